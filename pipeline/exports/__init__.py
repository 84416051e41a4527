"""A package of releases → a file, or files in a folder, one format a module. Nothing but releases is accepted.

A format is a module with ``rendered`` and a line in `FORMATS`. Those that hold one transcript a file make a folder of a
package of several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.archives import Content
from pipeline.errors import SettingsInvalid
from pipeline.exports import (
    commas,
    elan,
    hangul,
    plain,
    praat,
    qualcoder,
    refi_project,
    spreadsheet,
    structured,
    subtitles,
    timestamped,
    word,
)
from pipeline.package import Package
from pipeline.printing import Convention
from pipeline.transcript import Released

Rendered = Content | Mapping[str, Content]
"""A file, or the files of a folder by their paths in it."""


def each(ending: str, one: Callable[[Released, Convention], bytes]) -> Callable[[Package], Rendered]:
    """A format that holds one transcript a file."""

    def rendered(package: Package) -> Rendered:
        files = {f"{it.interview}.{ending}": one(it, package.convention) for it in package.releases}
        return files if len(files) > 1 else next(iter(files.values()))

    return rendered


FORMATS: Mapping[str, Callable[[Package], Rendered]] = {
    "txt": each("txt", plain.rendered),
    "json": each("json", lambda released, _: structured.rendered(released)),
    "docx": each("docx", word.rendered),
    "hwpx": each("hwpx", hangul.rendered),
    "xlsx": spreadsheet.rendered,
    "csv": commas.rendered,
    "vtt": each("vtt", subtitles.webvtt),
    "srt": each("srt", subtitles.subrip),
    "eaf": each("eaf", elan.rendered),
    "TextGrid": each("TextGrid", praat.rendered),
    "qdpx": refi_project.project,
    "qdc": refi_project.codebook,
    "qda": qualcoder.folder,
    "nvivo": each("nvivo.txt", timestamped.nvivo),
    "maxqda": each("maxqda.txt", timestamped.maxqda),
}
"""Every format, by the word that asks for it."""

CODED = frozenset({"xlsx", "qdpx", "qdc", "qda"})
"""Formats that hold the code tree, and codings."""

ENDINGS = {"nvivo": "nvivo.txt", "maxqda": "maxqda.txt"}
"""Of formats whose files end otherwise than they are called."""


def rendered(what: Package | Released, form: str) -> Rendered:
    """The package, or one release alone, in that format.

    Raises SettingsInvalid where there is no such format, TypeError for what is no release.
    """
    if form not in FORMATS:
        raise SettingsInvalid(path=f"--as {form}", where=", ".join(FORMATS))
    return FORMATS[form](what if isinstance(what, Package) else Package((what,)))
