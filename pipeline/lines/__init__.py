"""What makes a transcript of words: lines and their ids, guide questions, roles, marks, and where to listen again."""
