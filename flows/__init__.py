"""Prefect flows around `pipeline`, and the command `chaerok`.

`pipeline` is imported first: it sets the switches that keep every library silent (see there).
"""

import pipeline  # noqa: F401 - for the switches it sets before Prefect is imported
