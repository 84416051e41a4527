"""Counts of errors against a known truth: never bare rates."""
