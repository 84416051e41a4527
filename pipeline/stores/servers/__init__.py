"""Coding stores that are servers of other people's programs, where each coder has a project of their own.

What they share is here: `rooms` sends releases there, takes them back and reads what coders marked; `ledger` is what
this side remembers; `wire` is HTTP. A further program is a file with `connected(…) -> Server` and its lines in
`pipeline.tools`.
"""
