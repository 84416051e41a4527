"""A release that shows what is hidden by now is quarantined: its approval is void, and the coding stores are told.

The order is what makes it safe to be killed anywhere: the quarantine is written before the draft that gave rise to it,
and what a store was not told yet stands in it until it was. It ends by itself: with the next release.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pipeline import destinations
from pipeline.errors import PlaceError, StoreError
from pipeline.interview import normal_text
from pipeline.lexicon import lexicon
from pipeline.people import Register, sought_forms
from pipeline.stages.pseudonymize import UNKNOWN, stand_in_of
from pipeline.stores.vault import Stamp, to_json
from pipeline.transcript import (
    Approval,
    Line,
    Mentions,
    Pseudonymized,
    Quarantine,
    Released,
    State,
)
from pipeline.walk import Walk

STEP = "quarantine"
"""Under which a store's failure is kept in the vault."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a draft hides in `segment`: `quote`, behind `stand_in`; an empty one where nobody knows whose it is."""

    segment: str
    quote: str
    stand_in: str


def outdated(
    released: Released, draft: Pseudonymized, hidden: Iterable[Hidden], forms: Iterable[str] = ()
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The segments of a release that read otherwise in the draft for what is hidden there, and what they show of it.

    A line shows what it has more often than its draft. Where its words were mended since, or the line is gone, it is
    searched for all `forms` of the register, too: its draft no longer tells what stood there.
    """
    now = {line.id: line for line in draft.lines}
    of_segment: dict[str, list[Hidden]] = {}
    for one in hidden:
        of_segment.setdefault(one.segment, []).append(one)
    known = frozenset(form for form in forms if len(form) > 1)
    found = ((line.id, _shows(line, now.get(line.id), of_segment.get(line.id, []), known)) for line in released.lines)
    return tuple((segment, shown) for segment, shown in found if shown is not None)


def _shows(line: Line, now: Line | None, hidden: list[Hidden], forms: frozenset[str]) -> tuple[str, ...] | None:
    """What `line` shows; nothing where it has other stand-ins alone; None where it may stay.

    It may where somebody nobody knew has a stand-in by now: ``[이름?]`` showed nobody.
    """
    text = now.text if now else ""
    if line.text == text:
        return None
    same_words = now is not None and now.version == line.version
    quotes = {normal_text(one.quote) for one in hidden} | (frozenset() if same_words else forms)
    shown = tuple(sorted(quote for quote in quotes if line.text.count(quote) > text.count(quote)))
    stand_ins = {one.stand_in for one in hidden if one.stand_in} if same_words else ()
    gained = sum(max(0, text.count(stand_in) - line.text.count(stand_in)) for stand_in in stand_ins)
    named = sum(max(0, line.text.count(unknown) - text.count(unknown)) for unknown in UNKNOWN.values())
    return shown if shown or gained > named else None


def mark(walk: Walk, draft: Pseudonymized, mentions: Mentions, register: Register) -> None:
    """Quarantine the interview's release where `draft`, which is to be written next, hides what it shows.

    An approval of another draft goes: it is void, and the walk waits for a person.
    """
    stamp = walk.vault.stamp(walk.interview, Released)
    released = walk.vault.read(walk.interview, Released) if stamp else None
    if stamp is None or released is None:
        return
    words = lexicon()
    forms = (form for entry in register.entries for form in sought_forms(entry, words))
    shown = outdated(released, draft, _hidden(mentions, register), forms)
    before = in_force(walk)
    if shown and (before is None or not set(shown) <= set(before.shown)):
        both = _together(before.shown if before else (), shown)
        _write(walk, Quarantine(stamp.made, before.at if before else datetime.now(UTC), both))
    if shown or before:
        _void(walk, draft)


def _hidden(mentions: Mentions, register: Register) -> Iterator[Hidden]:
    unknown, asked = {*UNKNOWN.values()}, dict[tuple[str, str, str], str]()
    for mention in mentions.mentions:
        if mention.state is not State.REJECTED:
            same = mention.label.value, mention.form, mention.text
            asked[same] = asked.get(same) or stand_in_of(mention, register)
            yield Hidden(mention.segment, mention.text, "" if asked[same] in unknown else asked[same])


def _together(
    one: Iterable[tuple[str, tuple[str, ...]]], other: Iterable[tuple[str, tuple[str, ...]]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    both: dict[str, tuple[str, ...]] = {}
    for segment, quotes in (*one, *other):
        both[segment] = tuple(sorted({*both.get(segment, ()), *quotes}))
    return tuple(both.items())


def _void(walk: Walk, draft: Pseudonymized) -> None:
    stamped = walk.vault.stamp(walk.interview, Approval) is not None
    approval = walk.vault.read(walk.interview, Approval) if stamped else None
    if approval is not None and approval.draft_sha256 != hashlib.sha256(to_json(draft)).hexdigest():
        walk.vault.remove(walk.interview, Approval)


def _write(walk: Walk, quarantine: Quarantine) -> None:
    walk.vault.write(walk.interview, quarantine, Stamp(STEP, 1, (("Released", quarantine.release_sha256),)))


def _read(walk: Walk) -> Quarantine | None:
    """Without asking for its stamp: it is made of nothing else, and a crash before its stamp must not cost it."""
    return walk.vault.read(walk.interview, Quarantine)


def in_force(walk: Walk) -> Quarantine | None:
    """The quarantine of the interview's newest release; None where that may be read."""
    stamp, found = walk.vault.stamp(walk.interview, Released), _read(walk)
    return found if found is not None and stamp is not None and found.release_sha256 == stamp.made else None


# --- the coding stores ----------------------------------------------------------------------------------------------


def untold(walk: Walk) -> tuple[str, ...]:
    """The study's coding stores that do not know of the interview's quarantine yet, also of one that is over."""
    found = _read(walk)
    stores = destinations.withholding_stores(walk.settings, walk.home) if found is not None else ()
    return tuple(name for name, _ in stores if found is not None and name not in found.told)


def tell(walk: Walk) -> tuple[str, ...]:
    """Tell the stores that were not told yet; those that could not be told, which the next walk tries again.

    Raises PlaceBusy while the interview is being published.
    """
    if not untold(walk):
        return ()
    with walk.vault.locked(walk.interview, "publish"):
        found, stamp = _read(walk), walk.vault.stamp(walk.interview, Released)
        assert found is not None  # nobody removes it
        newer = stamp.made if stamp and stamp.made != found.release_sha256 else ""
        for name, withhold in destinations.withholding_stores(walk.settings, walk.home):
            if name not in found.told and _told(walk, withhold, newer, dict(found.shown)):
                found = replace(found, told=(*found.told, name))
                _write(walk, found)
    return untold(walk)


def _told(walk: Walk, withhold: destinations.Withhold, newer: str, shown: Mapping[str, tuple[str, ...]]) -> bool:
    try:
        withhold(walk.interview, newer, shown)
    except (StoreError, PlaceError):
        walk.vault.write_failure(walk.interview, STEP, traceback.format_exc())
        return False
    walk.vault.clear_failure(walk.interview, STEP)
    return True
