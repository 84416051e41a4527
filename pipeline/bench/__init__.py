"""Systems × cases → one table: how well each hears, and what it costs.

`runs` measures, `tables` shows. Nothing is imported here: `python -m pipeline.bench` is the process that is measured.
"""
