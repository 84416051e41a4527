from __future__ import annotations

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
        "der": {"total": 50.0, "missed": 1.0, "false_alarm": 0.0, "confused": 0.5},
        "cer": {"total": 200, "substitutions": errors, "deletions": 2, "insertions": 0},
        "cp_cer": {"total": 200, "substitutions": errors + 2, "deletions": 2, "insertions": 0},
        "speakers": {"truth": 2, "found": 2},
        "gaps": 1,
        "gap_seconds": 2.5,
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
        "CPU-s": "20",
        "CPU-s/s": "0.200",
        "peak MiB": "1000",
        "gaps": "1",
    }


def test_the_columns_are_aligned() -> None:
    lines = table([row("a", "chaerok", 8), row("a longer one", "plain", 100, gaps=None)]).splitlines()
    assert len({len(line) for line in lines if line.startswith("|")}) == 1


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
    heads, _, line = cells(table([row("a", "plain", 8, cer=None, cp_cer=None, gaps=None, gap_seconds=None)]))
    seen = dict(zip(heads, line, strict=True))
    assert (seen["CER"], seen["cpCER"], seen["gaps"], seen["DER"]) == ("–", "–", "–", "3.00")


def test_the_first_system_is_set_against_the_others() -> None:
    rows = [row("a", "chaerok", 8), row("a", "plain", 12, seconds=30.0, cpu_seconds=50.0, peak_mib=1500.0)]
    *_, costs, points = table(rows).splitlines()
    assert costs == "plain : chaerok (cases: 1): wall 3.00, CPU 2.50, peak memory 1.50"
    assert "CER -2.00" in points and "DER +0.00" in points


def test_a_failure_is_shown_and_counted_nowhere() -> None:
    failed = {"case": "b", "system": "plain", "audio_seconds": 100.0, "failed": "exit code -9"}
    rows = [row("a", "chaerok", 8), row("b", "chaerok", 80), row("a", "plain", 8), failed]
    text = table(rows)
    assert any(line[:3] == ["b", "plain", "exit code -9"] for line in cells(text))
    assert "plain : chaerok (cases: 1)" in text
    assert [line[0] for line in cells(text)].count("all 2") == 1


@pytest.mark.parametrize("others", [[], ["plain"]])
def test_nothing_to_compare(others: list[str]) -> None:
    failed = [{"case": "a", "system": system, "audio_seconds": 1.0, "failed": "x"} for system in ["chaerok", *others]]
    assert not table(failed).splitlines()[-1].startswith("plain :")
