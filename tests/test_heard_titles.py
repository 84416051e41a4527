"""Titles that were misheard: what stands before them is a name, and they are none."""

from __future__ import annotations

import pytest

from pipeline.lexicon import lexicon


@pytest.mark.parametrize(
    ("heard", "title"),
    [
        ("팀짱", "팀장"),
        ("꽈장", "과장"),
        ("산생", "선생"),
        ("성생", "선생"),
        ("선쌩", "선생"),
        ("보호싸", "보호사"),
        ("수간호싸", "수간호사"),
        ("사회복쥐사", "사회복지사"),
        ("팀장", None),  # as it is
        ("간호서", None),  # 간 is a surname, 호서 a given name
        ("소정", None),  # near 소장, and a name
        ("정무", None),  # near 전무
        ("김지훈", None),
        ("병원", None),
        ("a", None),
        ("가", None),
    ],
)
def test_a_title_is_heard(heard: str, title: str | None) -> None:
    assert lexicon().garbled_title(heard) == title


@pytest.mark.parametrize(
    ("line", "at", "title"),
    [
        ("도하임 팀짱님이 왔어요", 3, "팀장"),
        ("박산생님이요", 1, "선생"),
        ("도하임 팀짱이 왔어요", 3, None),  # without 님 it may be anything
        ("도하임 햇님이 왔어요", 3, None),
    ],
)
def test_a_garbled_title_stands_behind_a_name_with_님(line: str, at: int, title: str | None) -> None:
    assert lexicon().title_at(line, at) == title
