from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.codes import Code, Codebook
from pipeline.interview import InterviewId
from pipeline.stores.servers.labels import (
    LONGEST_NAME,
    LONGEST_PATH,
    code_note,
    code_of,
    document_name,
    project_name,
    release_note,
    release_of,
    shortened,
    tag_paths,
)

NAMES = st.text(st.sampled_from("가나/ a"), min_size=1, max_size=4).filter(str.strip)


@st.composite
def trees(draw: st.DrawFn) -> Codebook:
    codes: list[Code] = []
    for number, name in enumerate(draw(st.lists(NAMES, max_size=12))):
        parent = draw(st.sampled_from([None, *(code.id for code in codes)]))
        if not any((code.parent, code.name) == (parent, name) for code in codes):
            codes.append(Code(f"c{number}", parent, name))
    return Codebook("peers", 1, tuple(codes))


@given(trees())
def test_no_two_codes_have_one_path(book: Codebook) -> None:
    paths = tag_paths(book)
    assert paths.keys() == {code.id for code in book.codes}
    assert len(set(paths.values())) == len(paths)
    assert all(len(path) <= LONGEST_PATH for path in paths.values())


def test_paths_are_the_way_down() -> None:
    book = Codebook("peers", 1, (Code("a", None, "상위"), Code("b", "a", "하위"), Code("c", None, "상위/하위")))
    assert tag_paths(book) == {"a": "상위", "b": "상위/하위", "c": "상위/하위 (2)"}


def test_deep_trees_have_paths_that_the_program_takes() -> None:
    codes = [Code("c0", None, "가" * 60)]
    codes += [Code(f"c{n}", f"c{n - 1}", "가" * 60) for n in range(1, 8)]
    paths = tag_paths(Codebook("peers", 1, tuple(codes)))
    assert len(set(paths.values())) == 8 and max(map(len, paths.values())) <= LONGEST_PATH


@given(st.text(max_size=120), st.text(max_size=120))
def test_a_name_that_is_cut_is_still_another_than_others(one: str, other: str) -> None:
    assert len(shortened(one, 50)) <= 50
    assert one == other or shortened(one, 50) != shortened(other, 50)


def test_the_longest_codes_fit() -> None:
    interview = InterviewId("S" * 32, "P" * 32, "T" * 32)
    assert len(project_name("S" * 32, "가" * 40)) <= LONGEST_NAME
    assert len(document_name(interview, 999)) <= LONGEST_NAME
    assert document_name(interview, 1) != document_name(interview, 2)
    assert document_name(InterviewId("peers", "P01", "S1"), 2) == "P01-S1 v2"


@pytest.mark.parametrize("id", ["k1", "0f0e-1", "코드 하나", "a:b"])
def test_a_code_is_known_again_by_its_tag(id: str) -> None:
    assert code_of(code_note(Code(id, None, "이름", "", "무엇인지\n둘째 줄"))) == id
    assert code_of(code_note(Code(id, None, "이름")).replace("\n", "\r\n")) == id
    assert code_of("chaerok") is None and code_of("see chaerok:code:x") is None


def test_a_release_is_known_again_by_its_document() -> None:
    assert release_of(release_note("ab" * 32)) == "ab" * 32
    assert release_of("내 메모") == ""
