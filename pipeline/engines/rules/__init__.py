"""Recognizers of names that are rules over the lexicon and the register; one a file."""
