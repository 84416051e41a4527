"""What engines and stages that hear lean on: listening, clustering, what to doubt, whose a word is, what is missing."""
