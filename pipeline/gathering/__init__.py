"""Coders' files → codings of ours and the rows that are none, a program a file. Nothing is written anywhere."""
