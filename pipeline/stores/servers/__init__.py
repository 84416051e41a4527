"""Coding stores that are servers of other people's programs, where each coder has a project of their own.

What they share is here: `rooms` sends releases there, takes them back and reads what coders marked; `contract` is what
a program must be able to do for that, `ledger` what this side remembers, `wire` HTTP. A further program is a file with
`connected(…) -> Server`, and a line in `houses`.
"""
