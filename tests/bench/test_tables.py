from __future__ import annotations

import re
from typing import Any

import pytest

from pipeline.bench.tables import table


def row(case: str, system: str, errors: int, **other: Any) -> dict[str, Any]:
    return {
        "case": case,
        "system": system,
        "audio_seconds": 100.0,
        "seconds": 10.0,
        "cpu_seconds": 20.0,
        "peak_mib": 1000.0,
        "pss_mib": 900.0,
        "der": {"total": 50.0, "missed": 1.0, "false_alarm": 0.0, "confused": 0.5},
        "cer": {"total": 200, "substitutions": errors, "deletions": 2, "insertions": 0},
        "cp_cer": {"total": 200, "substitutions": errors + 2, "deletions": 2, "insertions": 0},
        "speakers": {"truth": 2, "found": 2},
        "gaps": 1,
        "gap_seconds": 2.5,
        "flags": [],
        **other,
    }


def cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]


def test_one_row() -> None:
    heads, _, line = cells(table([row("a", "chaerok", 8)]))
    assert dict(zip(heads, line, strict=True)) == {
        "case": "a",
        "system": "chaerok",
        "DER": "3.00",
        "miss": "2.00",
        "fa": "0.00",
        "conf": "1.00",
        "CER": "5.00",
        "del": "1.00",
        "cpCER": "6.00",
        "speakers": "2/2",
        "s": "10",
        "s/s": "0.100",
        "CPU-s": "20",
        "CPU-s/s": "0.200",
        "peak MiB": "1000",
        "PSS MiB": "900",
        "gaps": "1",
        "flagged": "no",
    }


def test_the_columns_are_aligned() -> None:
    lines = table([row("a", "chaerok", 8), row("a longer one", "plain", 100, gaps=None)]).splitlines()
    assert len({len(line) for line in lines if line.startswith("|")}) == 1


def test_the_rule_is_one_that_markdown_knows() -> None:
    failed = {"case": "a", "system": "plain", "audio_seconds": 1.0, "failed": "x"}
    _, rule, *_ = cells(table([failed]))
    assert all(re.fullmatch("-{2,}[-:]", cell) for cell in rule)


def test_a_system_is_pooled_by_counts_and_its_peak_is_the_highest() -> None:
    long = row("b", "chaerok", 0, cer={"total": 1800, "substitutions": 0, "deletions": 0, "insertions": 0})
    long |= {"speakers": {"truth": 2, "found": 3}, "peak_mib": 2000.0, "audio_seconds": 300.0, "gaps": 4}
    heads, _, *_, pool = cells(table([row("a", "chaerok", 8), long]))
    seen = dict(zip(heads, pool, strict=True))
    assert (seen["case"], seen["CER"], seen["speakers"], seen["peak MiB"]) == ("all 2", "0.50", "1 of 2 right", "2000")
    assert (seen["CPU-s"], seen["CPU-s/s"], seen["gaps"]) == ("40", "0.100", "5")


def test_three_cases_have_an_interval() -> None:
    heads, _, *_, pool = cells(
        table([row(case, "chaerok", errors) for case, errors in zip("abc", (2, 4, 6), strict=True)])
    )
    assert dict(zip(heads, pool, strict=True))["CER"] == "3.00 [2.00, 4.00]"


def test_what_has_no_text_has_no_cer_and_what_keeps_no_ledger_no_gaps() -> None:
    heads, _, line = cells(
        table([row("a", "plain", 8, cer=None, cp_cer=None, gaps=None, gap_seconds=None, flags=None)])
    )
    seen = dict(zip(heads, line, strict=True))
    assert [seen[name] for name in ("CER", "cpCER", "gaps", "flagged", "DER")] == ["–", "–", "–", "–", "3.00"]


def test_flags_are_named_and_flagged_cases_are_counted() -> None:
    rows = [row("a", "chaerok", 8, flags=["unheard", "roles"]), row("b", "chaerok", 8), row("c", "chaerok", 8)]
    heads, _, *lines = cells(table(rows))
    assert [line[heads.index("flagged")] for line in lines] == ["unheard, roles", "no", "no", "1 of 3"]


def test_memory_that_the_system_does_not_tell() -> None:
    heads, _, line = cells(table([row("a", "chaerok", 8, pss_mib=None)]))
    assert dict(zip(heads, line, strict=True))["PSS MiB"] == "–"


def test_the_first_system_is_set_against_the_others() -> None:
    rows = [row("a", "chaerok", 8), row("a", "plain", 12, seconds=30.0, cpu_seconds=50.0, peak_mib=1500.0)]
    *_, costs, points = table(rows).splitlines()
    assert costs == "plain : chaerok (cases: 1): wall 3.00, CPU 2.50, peak memory 1.50"
    assert "CER -2.00" in points and "DER +0.00" in points


def test_a_failure_is_shown_and_counted_nowhere() -> None:
    failed = {"case": "b", "system": "plain", "audio_seconds": 100.0, "failed": "exit code -9"}
    rows = [row("a", "chaerok", 8), row("b", "chaerok", 80), row("a", "plain", 8), failed]
    text = table(rows)
    assert any(line[:3] == ["b", "plain", "failed"] for line in cells(text))
    assert text.splitlines()[-1] == "plain failed (cases: 1): exit code -9"
    assert "plain : chaerok (cases: 1)" in text
    assert [line[0] for line in cells(text)].count("all 2") == 1


@pytest.mark.parametrize("others", [[], ["plain"]])
def test_nothing_to_compare(others: list[str]) -> None:
    failed = [{"case": "a", "system": system, "audio_seconds": 1.0, "failed": "x"} for system in ["chaerok", *others]]
    assert not table(failed).splitlines()[-1].startswith("plain :")


def test_three_cases_give_the_ratio_an_interval() -> None:
    rows = [row(case, "chaerok", 8) for case in "abc"]
    rows += [row(case, "plain", 8, seconds=seconds) for case, seconds in zip("abc", (20.0, 30.0, 40.0), strict=True)]
    (costs,) = (line for line in table(rows).splitlines() if line.startswith("plain : chaerok"))
    assert "wall 3.00 [2.00, 4.00], CPU 1.00 [1.00, 1.00], peak memory 1.00" in costs


@pytest.mark.parametrize("kind", ["CER", "cpCER", "conf"])
def test_differences_are_drawn_pair_by_pair(kind: str) -> None:
    """Cases differ by far more than the systems do: only pairs show that one is better on each."""
    rows = []
    for case, errors in zip("abc", (2, 50, 99), strict=True):
        counts = {"total": 200, "deletions": 0, "insertions": 0}
        for system, more in (("chaerok", 0), ("plain", 4)):
            both = {name: {**counts, "substitutions": errors + more} for name in ("cer", "cp_cer")}
            seconds = {"total": 200.0, "missed": 0.0, "false_alarm": 0.0, "confused": float(errors + more)}
            rows.append(row(case, system, 0, **both, der=seconds))
    points = table(rows).splitlines()[-1]
    assert f"{kind} -2.00 [-2.00, -2.00]" in points


def test_what_is_not_the_same_every_time_is_said() -> None:
    rows = [row("a", "chaerok", 8, steady=False), row("b", "chaerok", 8, steady=True), row("c", "chaerok", 8)]
    assert table(rows).splitlines()[-1] == "not the same every time: a chaerok"


@pytest.mark.parametrize(("told", "said"), [(True, False), (False, True)])
def test_it_says_where_the_count_was_not_told(told: bool, said: bool) -> None:
    assert ("the count of speakers was not told" in table([row("a", "chaerok", 8, told=told)])) is said


def test_sessions_of_several_lengths_are_taken_by_the_minute() -> None:
    lengths = {"minutes": 1.0, "audio_seconds": 60.0}
    rows = [
        row("10 min", "chaerok", 8, minutes=10.0, audio_seconds=600.0, seconds=50.0, cpu_seconds=80.0),
        row("1 min", "chaerok", 8, seconds=4.0, cpu_seconds=10.0, **lengths),
        {"case": "1 min", "system": "plain", "failed": "x", **lengths},
    ]
    text = table(rows)
    lines = cells(text)
    assert not any(line[0].startswith("all") for line in lines)
    at = next(index for index, line in enumerate(lines) if line[0] == "system")
    assert lines[at + 2 :] == [
        ["chaerok", "1.0", "4.00", "10.00", "1000", "900", "+0 %", "+0 %"],
        ["chaerok", "10.0", "5.00", "8.00", "1000", "900", "+25 %", "-20 %"],
    ]
