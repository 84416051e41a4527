from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import parts


@pytest.mark.parametrize(
    ("stem", "number"),
    [
        ("P01_S1", 0), ("P01_S1_001", 1), ("P01_S1-2", 2), ("P01_S1 (2)", 2), ("P01_S1(3)", 3), ("P01_S1.part1", 1),
        ("P01_S1_part2", 2), ("P01_S1 Part 12", 12), ("P01_S1_pt3", 3), ("P01_S1 2", 2), ("P01_S1 - 2", 2),
        ("P01_S1[4]", 4), ("P01_S1_000", 0), ("P01_S1_파트2", 2), ("P01_S1 2부", 2), ("P01_S12부", 2),
    ],
)  # fmt: skip
def test_the_number_of_a_part(stem: str, number: int) -> None:
    assert parts.number(stem, "P01_S1") == number


@pytest.mark.parametrize(
    "stem",
    ["P01_S12", "P01_S2", "P01_S1a", "P01_S1_a", "P01_S1_20250101", "P01_S1 복사본", "P01_S1_2_3", "P01_S", "P02_S1_1",
     "P01_S1_", "P01_S1_-2x", "2_P01_S1", "P01_S1_half2", ""],
)  # fmt: skip
def test_near_misses_of_a_part(stem: str) -> None:
    assert parts.number(stem, "P01_S1") is None


@pytest.mark.parametrize(
    ("numbers", "absent"),
    [([0], None), ([1], None), ([1, 2, 3], None), ([0, 1], None), ([0, 2], None), ([0, 1, 2], None), ([0, 2, 3], None),
     ([2], 1), ([1, 3], 2), ([0, 3], 2), ([2, 3], 1), ([0, 1, 3], 2), ([1, 2, 4, 6], 3)],
)  # fmt: skip
def test_the_first_number_that_is_not_there(numbers: list[int], absent: int | None) -> None:
    assert parts.absent(numbers) == absent


def test_a_number_that_is_there_twice() -> None:
    assert parts.repeated([1, 2, 3]) is None
    assert parts.repeated([1, 2, 2]) == 2


@pytest.mark.parametrize(
    ("given_", "ordered"),
    [
        ("a10 a2 a1", "a1 a2 a10"),
        ("P01_S1-2 P01_S1", "P01_S1 P01_S1-2"),
        ("P01_S1 (10) P01_S1 (2) P01_S1", "P01_S1 P01_S1 (2) P01_S1 (10)"),
        ("20250102_0010 20250101_2350", "20250101_2350 20250102_0010"),
        ("REC_0009_x REC_0010_x", "REC_0009_x REC_0010_x"),
        ("전반 후반", "전반 후반"),
        ("앞 뒤", "앞 뒤"),
        ("뒤 앞", "뒤 앞"),
        ("b2 a1", "b2 a1"),
        ("a2 A1", "A1 a2"),
        ("1부 2부", "1부 2부"),
        ("one", "one"),
    ],
)
def test_files_are_in_the_order_of_their_numbers_or_as_given(given_: str, ordered: str) -> None:
    names = given_.split(" ") if "(" not in given_ else ["P01_S1 (10)", "P01_S1 (2)", "P01_S1"]
    wanted = ordered.split(" ") if "(" not in ordered else ["P01_S1", "P01_S1 (2)", "P01_S1 (10)"]
    assert [path.stem for path in parts.in_order([Path(f"{name}.wav") for name in names])] == wanted


def test_macs_spelling_of_a_name_is_the_same_name() -> None:
    second = Path(unicodedata.normalize("NFD", "면담-2.m4a"))
    assert parts.in_order([second, Path("면담.m4a")]) == (Path("면담.m4a"), second)


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=8, unique=True), st.randoms())
def test_every_order_of_numbered_files_becomes_the_same(numbers: list[int], random: object) -> None:
    files = [Path(f"rec_{number}.wav") for number in numbers]
    random.shuffle(files)  # type: ignore[attr-defined]
    assert parts.in_order(files) == tuple(Path(f"rec_{number}.wav") for number in sorted(numbers))


@pytest.mark.parametrize(
    ("sheets", "found"),
    [(["P01_S1_001.toml", "P01_S1.toml"], "P01_S1_001.toml"), (["P01_S1.toml", "P01.toml"], "P01_S1.toml"),
     (["P01_S1.TOML"], "P01_S1.TOML"), (["P01_S1_001.yaml", "P01_S1.toml"], "P01_S1_001.yaml"),
     (["P01_S1.yml"], "P01_S1.yml"), (["P01_S2.toml"], "P01_S1_001.toml"), ([], "P01_S1_001.toml")],
)  # fmt: skip
def test_the_sheet_beside_the_files(tmp_path: Path, sheets: list[str], found: str) -> None:
    for name in sheets:
        (tmp_path / name).touch()
    files = [tmp_path / "P01_S1_001.m4a", tmp_path / "P01_S1_002.m4a"]
    assert parts.sheet_beside(files) == tmp_path / found
