"""`Released` → bytes, one format a file. Nothing but a release is accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.errors import SettingsInvalid
from pipeline.exports import plain, structured
from pipeline.transcript import Released

FORMATS: Mapping[str, Callable[[Released], bytes]] = {"txt": plain.rendered, "json": structured.rendered}
"""Every format, by the ending of its files."""


def rendered(released: Released, form: str) -> bytes:
    """The release in that format. Raises SettingsInvalid where there is no such format."""
    if form not in FORMATS:
        raise SettingsInvalid(path=f"--as {form}", where=", ".join(FORMATS))
    if not isinstance(released, Released):
        raise TypeError(f"only a Released may be exported, not a {type(released).__name__}")
    return FORMATS[form](released)
