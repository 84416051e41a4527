from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.marked import read_marked
from pipeline.evaluation.names import covered
from pipeline.evaluation.survival import Fate, Trace, fate, traces, unfounded
from pipeline.transcript import Finding, Label, Mention, State

SURE, DOUBTFUL, REJECTED = State.SURE, State.DOUBTFUL, State.REJECTED
Found = tuple[str, State]


def traced(marked: str, *heard: str) -> tuple[Trace, ...]:
    lines = read_marked(marked)
    return traces([line.text for line in lines], [line.truth for line in lines], heard)


def mention(line: str, text: str, state: State) -> Mention:
    start = line.index(text)
    return Mention("", start, start + len(text), text, Label.NAME, state, 0.9, ())


def fates(marked: str, heard: list[str], *found: Found) -> list[Fate]:
    mentions = [[mention(line, text, state) for text, state in found if text in line] for line in heard]
    return [fate(trace, mentions) for trace in traced(marked, *heard)]


# --- what was heard in its place ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marked", "heard", "in_its_place"),
    [
        ("{U} 수간호사 [[NAME|최은희]] 선생님이", "수간호사 최은희 선생님이", "최은희"),
        ("{U} 수간호사 [[NAME|최은희]] 선생님이", "수간호사 초연후의 선생님이", "초연후의"),
        ("{U} 저는 [[NAME|김민수]]라고 해요", "저는 김 민 수 라고 해요", "김민수"),
        ("{U} 저는 [[NAME|김민수]]라고 해요", "저는 김, 민수라고 해요.", "김민수"),
        ("{U} 저는 [[NAME|김민수]]라고 해요", "저는 김미인수라고 해요", "김미인수"),
        ("{U} 저는 [[NAME|김민수]]라고 해요", "저는 기민수라고 해요", "기민수"),
        ("{U} 어제 [[NAME|민석]]이가 왔어요", "어제 민서기가 왔어요", "민서"),
        ("{U} 어제 [[NAME|썩태]]가 왔어요", "어제 석때가 왔어요", "석때"),
        ("{U} [[NAME|박]] 과장님이 그랬어요", "과장님이 그랬어요", ""),
        ("{U} 어제 [[NAME|김민수]] 씨가 왔어요", "어제 씨가 왔어요", ""),
        ("{U} 어제 [[NAME|김민수]] 씨가 왔어요", "", ""),
        ("{U} 번호가 [[PHONE|공일공에 삼칠구팔]]이에요", "번호가 010-3798이에요", "0103798"),
        ("{U} 거기 [[ORG|KT플라자]] 앞이요", "거기 kt 플라자 앞이요", "kt플라자"),
        ("{U} [[NAME|김민수]]가 왔어요", "김민 네 수가 왔어요", "김민네수"),
        ("{U} [[NAME|김민수]]가 왔어요", "김민 네네네 맞아요 수가 왔어요", "김민수"),
    ],
)
def test_what_was_heard_in_its_place(marked: str, heard: str, in_its_place: str) -> None:
    (trace,) = traced(marked, heard)
    assert "".join(heard[at] for _, at in sorted(trace.heard)) == in_its_place


def test_lines_may_be_cut_elsewhere() -> None:
    (trace,) = traced("{N} 네 안녕하세요\n{U} 저는 [[NAME|김민수]]라고 해요", "네 안녕하세요 저는 김민", "수라고 해요")
    assert sorted(trace.heard) == [(0, 11), (0, 12), (1, 0)]


def test_the_same_name_twice_is_two_traces_in_order() -> None:
    first, second = traced("{U} [[NAME|민수]]가요 [[NAME|민수]]랑요", "민수가요 민수랑요")
    assert (sorted(first.heard), sorted(second.heard)) == ([(0, 0), (0, 1)], [(0, 5), (0, 6)])


# --- what became of it ----------------------------------------------------------------------------------------------

WARD = "{U} 수간호사 [[NAME|최은희]] 선생님이 도와주셨어요"
GARBLED = "수간호사 초연후의 선생님이 도와주셨어요"


@pytest.mark.parametrize(
    ("marked", "heard", "found", "became"),
    [
        (WARD, GARBLED, [("초연후의", SURE)], Fate.SURE),
        (WARD, GARBLED, [("초연후의", DOUBTFUL)], Fate.DOUBTFUL),
        (WARD, GARBLED, [("초연후", DOUBTFUL)], Fate.MISSED),
        (WARD, GARBLED, [("초연", SURE), ("후의", DOUBTFUL)], Fate.DOUBTFUL),
        (WARD, GARBLED, [("초연후의", REJECTED)], Fate.MISSED),
        (WARD, GARBLED, [("수간호사 초연후의 선생님", SURE)], Fate.SURE),
        (WARD, GARBLED, [], Fate.MISSED),
        (WARD, "수간호사 최은희 선생님이 도와주셨어요", [("은희", SURE)], Fate.MISSED),
        (WARD, "수간호사 은희 선생님이 도와주셨어요", [("은희", SURE)], Fate.SURE),
        (WARD, "수간호사 선생님이 도와주셨어요", [], Fate.GONE),
        (WARD, "수간호사 박바박 선생님이 도와주셨어요", [("박바박", SURE)], Fate.GONE),
        (WARD, "수간호사 박바박 선생님이 도와주셨어요", [], Fate.GONE),
        ("{U} 저는 [[NAME|김민수]]예요", "저는 김 민 수예요", [("김 민 수", SURE)], Fate.SURE),
        ("{U} 저는 [[NAME|김민수]]예요", "저는 김 민 수예요", [("김", SURE), ("수", SURE)], Fate.MISSED),
    ],
)
def test_what_became_of_a_name(marked: str, heard: str, found: list[Found], became: Fate) -> None:
    assert fates(marked, [heard], *found) == [became]


def test_a_name_across_two_lines_needs_both_halves() -> None:
    lines = ["저는 김민", "수라고 해요"]
    marked = "{U} 저는 [[NAME|김민수]]라고 해요"
    assert fates(marked, lines, ("김민", SURE)) == [Fate.MISSED]
    assert fates(marked, lines, ("김민", SURE), ("수", DOUBTFUL)) == [Fate.DOUBTFUL]


def test_mentions_where_nothing_of_the_truth_was_heard_are_unfounded() -> None:
    heard = "김민수 씨가 지하철에서 왔어요"
    found = [[mention(heard, "민수", SURE), mention(heard, "지하", SURE), mention(heard, "왔", DOUBTFUL)]]
    all_traces = traced("{U} [[NAME|김민수]] 씨가 지하철에서 왔어요", heard)
    assert (unfounded(all_traces, found, SURE), unfounded(all_traces, found, DOUBTFUL)) == (1, 1)


def test_lines_and_truth_must_agree() -> None:
    with pytest.raises(ValueError, match="zip"):
        traces(["네"], [], ["네"])


# --- what always holds ----------------------------------------------------------------------------------------------

SYLLABLES = st.text("김민수최은희박석이가 는네", min_size=1, max_size=12)


@st.composite
def spoken(draw: st.DrawFn) -> tuple[str, Finding]:
    """A line, and a stretch of it that is more than space."""
    line = draw(SYLLABLES.filter(str.strip))
    start = draw(st.sampled_from([at for at, sign in enumerate(line) if not sign.isspace()]))
    end = draw(st.integers(start + 1, len(line)))
    return line, Finding(0, start, end, Label.NAME, 1.0, "truth")


@st.composite
def mentioned(draw: st.DrawFn, line: str) -> Mention:
    start = draw(st.integers(0, len(line) - 1))
    end = draw(st.integers(start + 1, len(line)))
    return Mention("", start, end, line[start:end], Label.NAME, draw(st.sampled_from(State)), 0.9, ())


@given(st.lists(spoken(), min_size=1, max_size=4), st.data())
def test_where_all_was_heard_as_said_the_classes_are_those_of_text(
    rows: list[tuple[str, Finding]], data: st.DataObject
) -> None:
    lines = [line for line, _ in rows]
    found = [data.draw(st.lists(mentioned(line), max_size=3)) for line in lines]
    got = [fate(trace, found) for trace in traces(lines, [[one] for _, one in rows], lines)]
    wanted = [covered(line, one, mentions) for (line, one), mentions in zip(rows, found, strict=True)]
    assert [(one is Fate.SURE, one is Fate.DOUBTFUL, one is Fate.MISSED) for one in got] == [
        (bool(counts.sure), bool(counts.doubtful), bool(counts.missed)) for counts in wanted
    ]


@given(st.lists(spoken(), max_size=4), st.lists(SYLLABLES, max_size=4))
def test_where_nothing_is_found_all_is_gone_or_missed(rows: list[tuple[str, Finding]], heard: list[str]) -> None:
    all_traces = traces([line for line, _ in rows], [[one] for _, one in rows], heard)
    assert len(all_traces) == len(rows)
    for trace in all_traces:
        assert fate(trace, [[] for _ in heard]) is (Fate.GONE if trace.is_gone else Fate.MISSED)
        assert trace.kept <= trace.sounds
        assert trace.is_gone or trace.heard


@given(st.lists(spoken(), max_size=4), st.lists(SYLLABLES, max_size=4))
def test_where_everything_is_replaced_nothing_is_missed(rows: list[tuple[str, Finding]], heard: list[str]) -> None:
    found = [[Mention("", 0, len(line), line, Label.NAME, SURE, 0.9, ())] for line in heard]
    for trace in traces([line for line, _ in rows], [[one] for _, one in rows], heard):
        assert fate(trace, found) is (Fate.GONE if trace.is_gone else Fate.SURE)
