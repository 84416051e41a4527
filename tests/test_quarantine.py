"""Which lines of a release read otherwise now, for what is hidden in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interview import InterviewId, Role
from pipeline.quarantine import Hidden, outdated
from pipeline.transcript import Line, Provenance, Pseudonymized, Released

ID = InterviewId("peers", "P01", "S1")
PROVENANCE = Provenance((), "", 1.0, "", "reviewer", datetime(2026, 5, 4, tzinfo=UTC), False)


def line(text: str, version: int = 1, id: str = "a") -> Line:
    return Line(id, 1, version, "S1", Role.PARTICIPANT, 0.0, 1.0, text)


def release(*lines: Line) -> Released:
    return Released(ID, lines, (), (), (), PROVENANCE)


def draft(*lines: Line) -> Pseudonymized:
    return Pseudonymized(ID, lines, (), (), 0, 0)


KKACHI = Hidden("a", "까치", "[이름1]")


@pytest.mark.parametrize(
    ("was", "now", "version", "hidden", "found"),
    [
        ("까치가 왔어요", "[이름1]이 왔어요", 1, (KKACHI,), ("까치",)),
        ("까치가 왔어요", "[이름1]이 왔어요", 2, (KKACHI,), ("까치",)),
        ("까치랑 [이름1]이요", "[이름1]이랑 [이름1]이요", 1, (KKACHI, KKACHI), ("까치",)),
        ("[이름1]이 왔어요", "[이름1]이 왔어요", 1, (KKACHI,), None),
        ("[이름2]가 왔어요", "[이름1]이 왔어요", 1, (KKACHI,), ()),
        ("[이름2]가 왔어요", "[이름1]이 갔어요", 2, (KKACHI,), None),  # its words are others, and it shows nobody
        ("[이름?]가 왔어요", "[이름1]이 왔어요", 1, (KKACHI,), None),  # it showed nobody
        ("[이름?]랑 [이름2]가 왔어요", "[이름2]랑 [이름1]이 왔어요", 1, (KKACHI,), None),
        ("[이름1]이 왔어요", "[이름?]가 왔어요", 1, (Hidden("a", "까치", ""),), None),  # the name was destroyed
        ("(3초) 왔어요", "왔어요", 1, (), None),  # other marks
        ("[이름1]이 왔어요", "까치가 왔어요", 1, (), None),  # rejected by a reviewer
        ("까치가 까치를", "[이름1]이 까치를", 1, (KKACHI,), ("까치",)),  # one of two was rejected
        ("김 [겹침: 민수]요", "[이름1]이요", 1, (Hidden("a", "김 민수", "[이름1]"),), ()),  # a mark within the name
        ("까치가 왔어요", "누가 왔어요", 2, (), ("까치",)),  # mended since: what stood there is sought by its form
        ("까치가 왔어요", "까치가 갔어요", 2, (), None),  # it stands in the draft as well: rejected there
        ("나라가 와요", "나라는 갔어요", 2, (), None),
    ],
)  # fmt: skip
def test_what_a_line_shows(was: str, now: str, version: int, hidden: tuple[Hidden, ...], found: object) -> None:
    shown = outdated(release(line(was)), draft(line(now, version)), hidden, ("까치", "나라"))
    assert shown == (() if found is None else (("a", found),))


def test_a_line_that_is_gone_is_searched_for_every_form() -> None:
    gone = outdated(release(line("까치가 왔어요"), line("누가 왔어요", id="b")), draft(), (), ("까치", "박"))
    assert gone == (("a", ("까치",)),)


def test_a_decomposed_name_is_found_in_a_release() -> None:
    import unicodedata

    decomposed = Hidden("a", unicodedata.normalize("NFD", "까치"), "[이름1]")
    shown = outdated(release(line("까치가 와요")), draft(line("[이름1]이 와요")), (decomposed,))
    assert shown == (("a", ("까치",)),)


@given(st.lists(st.sampled_from(("까치", "민수", "병원", "와요")), max_size=8), st.data())
def test_a_release_of_the_draft_itself_shows_nothing_and_one_without_stand_ins_everything(
    words: list[str], data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from(("까치", "민수"))))
    plain, hiding = " ".join(words), " ".join("[이름1]" if word in names else word for word in words)
    hidden = tuple(Hidden("a", word, "[이름1]") for word in words if word in names)
    assert outdated(release(line(hiding)), draft(line(hiding)), hidden, names) == ()
    shown = dict(outdated(release(line(plain)), draft(line(hiding)), hidden, names))
    assert set(shown.get("a", ())) == {one.quote for one in hidden}
