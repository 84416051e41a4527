"""Releases to a coding server, each coder's into a project of their own, and what coders marked there back again.

Documents there are never changed. A corrected release is a new document beside the one before, which stays with all
that was marked in it; what is found beyond doubt in the new one (`pipeline.coding.carrying`) is marked there, too, and
counts there from then on. What is not stays where it was marked, and comes back from there.

Everything is done so that it can be done again: what is there already is looked up and left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.codes import Codebook, Coding, Gathered, Unread, Why
from pipeline.coding.anchors import Anchor, Passage
from pipeline.coding.anchors import Place as Spot
from pipeline.coding.carrying import carry, descent
from pipeline.documents import Document, codings, document, words_in
from pipeline.errors import SettingsInvalid
from pipeline.interview import InterviewId, normal_text
from pipeline.printing import milliseconds
from pipeline.stores.servers.contract import House, Room, Server
from pipeline.stores.servers.labels import project_name, tag_paths
from pipeline.stores.servers.ledger import Ledger, Mark, Seat, Sent, blotted, opened
from pipeline.transcript import Released

# --- sending ----------------------------------------------------------------------------------------------------------


def publish(released: Released, release_sha256: str, *, house: House) -> int:
    """Put the release into every coder's project there; its version. The same again completes what is missing.

    What is withdrawn does not return. Raises TypeError for anything but a `Released`, PlaceBusy while somebody else
    publishes there, SettingsInvalid for coders who cannot be told apart, and the errors of `wire`.
    """
    if not isinstance(released, Released):
        raise TypeError(f"a coding store takes a Released and nothing else, not a {type(released).__name__}")
    study = released.interview.study
    with opened(house.folder / study) as ledger:
        sent = ledger.admit(released, release_sha256, document(released, house.convention))
        if sent.withdrawn or sent.release != ledger.of(sent.interview)[-1].release:
            return sent.version
        coders, alike = house.accounts()
        if alike or not coders:
            raise SettingsInvalid(path=f"publish.{house.name}.coders", where=", ".join(alike) or "-")
        book = house.book(study)
        with house.connected() as server:
            for coder, account in coders.items():
                name = project_name(study, coder, house.round)
                _seat(ledger, server, sent, house.key(coder), name, account, book)
        return sent.version


def _seat(ledger: Ledger, server: Server, sent: Sent, coder: str, name: str, account: str, book: Codebook) -> None:
    """One coder has it, with what they marked before."""
    seat = ledger.seat(coder)
    room = server.room(name, seat, account, book, True)
    assert room is not None
    seat = replace(seat, project=room.id, called=_called(seat, room, book))
    ledger.put_seat(coder, seat)
    copies = {release: copy for copy, release in room.copies()}
    copy = copies.get(sent.release) or room.add(sent)
    seat = replace(seat, placed=tuple(dict.fromkeys((*seat.placed, sent.release))))
    ledger.put_seat(coder, seat)
    spans, moved = defaultdict[tuple[int, int], set[str]](set), set[str]()
    for old in ledger.of(sent.interview):
        if old.version < sent.version:
            left = [mark for mark in _marks(room, copies, seat, old) if f"{old.release}:{mark.id}" not in seat.moved]
            for mark, places in _onward(ledger, old, sent, left, room):
                moved.add(f"{old.release}:{mark.id}")
                for place in places:
                    spans[place].add(mark.code or "")
    there = {(mark.start, mark.end, mark.code) for mark in room.marks(copy, sent.document)} if spans else set()
    missing = {
        place: frozenset(code for code in codes if (*place, code) not in there) for place, codes in spans.items()
    }
    room.mark(copy, sent.document, {place: codes for place, codes in missing.items() if codes})
    ledger.put_seat(coder, replace(seat, moved=seat.moved | moved))


def _called(seat: Seat, room: Room, book: Codebook) -> dict[str, str]:
    """What each code was called when it was sent: a name that a coder gave it is none of these."""
    wanted = tag_paths(book)
    new = {id: name for id, name in room.codes.items() if id not in seat.called or wanted.get(id) == name}
    return {**seat.called, **new}


def _onward(
    ledger: Ledger, old: Sent, new: Sent, marks: Sequence[Mark], room: Room
) -> Iterator[tuple[Mark, list[tuple[int, int]]]]:
    """Each mark that is found in the newer release beyond doubt, with where."""
    seen = [
        (mark, [Spot(line.id, low, high) for line, low, high in words_in(old.document, mark.start, mark.end)])
        for mark in marks
        if mark.why is None and mark.code in room.codes
    ]
    seen = [(mark, spots) for mark, spots in seen if spots]
    since = [one.lineage for one in ledger.of(new.interview) if old.version < one.version <= new.version]
    known = {place.line.id for place in old.document.places}
    found = carry([spots for _, spots in seen], _passages(old), _passages(new), descent(since, known))
    for (mark, _), each in zip(seen, found, strict=True):
        if each.state in (Anchor.EXACT, Anchor.MOVED):
            yield mark, _joined(new.document, each.places)


def _passages(sent: Sent) -> list[Passage]:
    lines = (place.line for place in sent.document.places)
    return [
        Passage(one.id, milliseconds(one.start), milliseconds(one.end), normal_text(one.text), one.role.value)
        for one in lines
    ]


def _joined(document: Document, spots: Sequence[Spot]) -> list[tuple[int, int]]:
    """The spots in the document; those on neighbouring lines, each to its end, are one."""
    at = {place.line.id: number for number, place in enumerate(document.places)}
    found: list[tuple[int, int]] = []
    last = -2
    for number, spot in sorted((at[spot.segment], spot) for spot in spots):
        place = document.places[number]
        start, end = place.start + spot.start, place.start + spot.end
        if number == last + 1 and spot.start == 0 and found[-1][1] == document.places[last].end:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
        last = number
    return found


# --- taking back ------------------------------------------------------------------------------------------------------


def withhold(interview: InterviewId, newer: str, shown: Mapping[str, Sequence[str]], *, house: House) -> None:
    """Coders have no document of the interview any more but that of the release `newer`.

    What they marked is read and kept first, and comes back with every gathering. Documents are deleted even of coders
    who are not in the settings any more. Raises PlaceBusy and the errors of `wire`.
    """
    if not (house.folder / interview.study).is_dir():
        return
    with opened(house.folder / interview.study) as ledger:
        old = [sent for sent in ledger.of(interview) if sent.release != newer]
        if not old:
            return
        for sent in old:
            ledger.put_sent(replace(sent, withdrawn=True))
        with house.connected() as server:
            for coder in [coder for coder, seat in ledger.seats.items() if seat.project]:
                room = server.room("", ledger.seat(coder), "", Codebook(interview.study, 1), False)
                if room is not None:
                    _clear(ledger, coder, room, [sent.release for sent in old])
        for sent in old:
            ledger.put_sent(blotted(sent, shown))  # last: places there are found by the text that is there


def _clear(ledger: Ledger, coder: str, room: Room, releases: Sequence[str]) -> None:
    """Keep what is marked, then delete, document by document."""
    for copy, release in room.copies():
        if release in releases:
            seat = ledger.seat(coder)
            live = room.marks(copy, ledger.sent[release].document)
            marks = {mark.id: mark for mark in (*seat.kept.get(release, ()), *live)}
            ledger.put_seat(coder, replace(seat, kept={**seat.kept, release: tuple(marks.values())}))
            room.remove(copy)


# --- back -------------------------------------------------------------------------------------------------------------


def gather(study: str, *, house: House) -> Gathered:
    """Everything that the study's coders marked there, and what cannot be a coding; projects get codes that are new.

    All of it is read before any is given. Raises PlaceBusy and the errors of `wire`.
    """
    if not (house.folder / study).is_dir():
        return Gathered()
    apart, alike = house.accounts()
    found, unread = list[Coding](), [Unread(study, Why.SAME_CODER, coder) for coder in alike]
    with opened(house.folder / study) as ledger, house.connected() as server:
        book = house.book(study)
        for coder in [coder for coder in apart if ledger.seat(house.key(coder)).project]:
            seat = ledger.seat(house.key(coder))
            room = server.room(project_name(study, coder, house.round), seat, apart[coder], book, False)
            if room is not None:
                seat = replace(seat, called=_called(seat, room, book))
                ledger.put_seat(house.key(coder), seat)
            mine = _gathered(ledger, coder, seat, room)
            found += mine.codings
            unread += mine.unread
    return Gathered(tuple(dict.fromkeys(found)), tuple(unread))


def _gathered(ledger: Ledger, coder: str, seat: Seat, room: Room | None) -> Gathered:
    """One coder's."""
    listed = room.copies() if room else ()
    copies = {release: copy for copy, release in listed}
    found, unread = list[Coding](), list[Unread]()
    for release in seat.placed:
        sent = ledger.sent.get(release)
        if sent is None or (release not in copies and release not in seat.kept):
            unread.append(Unread(_row(sent, release), Why.UNKNOWN_DOCUMENT, coder))
            continue
        for mark in _marks(room, copies, seat, sent):
            if f"{release}:{mark.id}" in seat.moved:
                continue
            row = f"{_row(sent, release)} {mark.id}"
            here = codings(sent.document, coder, mark.code, mark.start, mark.end) if mark.code and not mark.why else ()
            found += here
            if why := mark.why or _doubt(mark, here, seat):
                unread.append(Unread(row, why, coder))
    for copy, release in listed:
        if room and release not in seat.placed:
            unread += [Unread(f"{copy} {mark.id}", Why.UNKNOWN_DOCUMENT, coder) for mark in room.marks(copy, None)]
    return Gathered(tuple(found), tuple(unread))


def _row(sent: Sent | None, release: str) -> str:
    return f"{sent.interview} v{sent.version}" if sent else release[:12]


def _doubt(mark: Mark, here: Sequence[Coding], seat: Seat) -> Why | None:
    if mark.code is None:
        return Why.UNKNOWN_CODE
    if not here:
        return Why.NO_WORDS
    return Why.RENAMED_CODE if seat.called.get(mark.code, mark.called) != mark.called else None


def _marks(room: Room | None, copies: Mapping[str, str], seat: Seat, sent: Sent) -> tuple[Mark, ...]:
    """What is marked in a release there, and what was kept of it."""
    live = room.marks(copies[sent.release], sent.document) if room and sent.release in copies else ()
    return (*live, *seat.kept.get(sent.release, ()))
