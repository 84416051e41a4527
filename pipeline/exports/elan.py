"""ELAN (.eaf, format 2.8): a tier a speaker, an annotation a line. The masked copy is linked in ELAN itself."""

from __future__ import annotations

from datetime import UTC

from pympi.Elan import Eaf, to_string

from pipeline.package import ORIGIN
from pipeline.printing import Convention, notices, shown, tiers
from pipeline.transcript import Released


def rendered(released: Released, convention: Convention) -> bytes:
    """XML in UTF-8; the same bytes for the same release."""
    made = Eaf(author=ORIGIN)
    made.adocument["DATE"] = released.provenance.approved_at.astimezone(UTC).isoformat(timespec="seconds")
    made.properties.append(("interview", str(released.interview)))
    made.properties += [("notice", notice) for notice in notices(released)]
    made.remove_tier("default")
    for name, intervals in tiers(released, convention).items():
        made.add_tier(name, part=name)
        for start, end, line in intervals:
            made.add_annotation(name, start, end, f"{line.line:04d} {shown(line.text)}")
    text: bytes = to_string(made, encoding="UTF-8")
    return text + b"\n"
