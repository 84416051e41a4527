"""What an export made, in memory: a file's bytes, or a folder's files."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

from pipeline import exports
from pipeline.archives import Content, put
from pipeline.package import Package
from pipeline.places import ROOT
from pipeline.transcript import Released

WITHOUT_RELEASES = ("qdc",)
"""Formats that hold a code tree and no transcript."""
FORMS = tuple(form for form in exports.FORMATS if form not in WITHOUT_RELEASES)

SCHEMAS = Path(os.environ.get("CHAEROK_SCHEMAS") or ROOT.parent / "shared" / "schemas")
"""Where the published schemas lie: beside the repository."""


def held(content: Content) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    put(content, file)
    return file.getvalue()


def files(what: Package | Released, form: str) -> dict[str, bytes]:
    """Every file of an export by its path; of a format that is one file, by its ending."""
    made = exports.rendered(what, form)
    return {name: held(content) for name, content in (made if isinstance(made, Mapping) else {form: made}).items()}


def written(what: Package | Released, form: str, folder: Path) -> list[Path]:
    """The files of an export, below `folder`."""
    paths = []
    for name, data in files(what, form).items():
        path = folder / f"export-{name}" if "/" not in name else folder / form / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(data)
        paths.append(path)
    return paths
