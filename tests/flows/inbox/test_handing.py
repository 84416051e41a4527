from __future__ import annotations

import time

import pytest
from dropping import DEFAULTS, page, said, scan, settled_scan, sound
from lab import Lab

from flows import handing
from flows.inbox import journal, naming
from flows.inbox.journal import Became, Entry


def many(lab: Lab, count: int) -> None:
    """Two sessions of each participant."""
    said(lab.home.inbox / "폴더.toml", DEFAULTS)
    for number in range(count):
        sound(lab.home.inbox / f"P{number // 2 + 1:03d}_S{number % 2 + 1}.wav", number)


def all_of(count: int) -> list[str]:
    return [f"lab-P{number // 2 + 1:03d}-S{number % 2 + 1}" for number in range(count)]


def limited(lab: Lab, most: int) -> None:
    settings = lab.home.root / "settings.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("[inbox]\n", f"[inbox]\nmost_under_way = {most}\n"), "utf-8"
    )


def taken_at_once(lab: Lab, submitted: list[str], clock, monkeypatch, count: int, most: int) -> float:
    """Drop them all, take them in, hand them on; how many seconds the taking in took. Nothing is ever over `most`."""
    limited(lab, most)
    many(lab, count)
    under_way: list[int] = []
    monkeypatch.setattr(handing, "under_way", lambda: under_way[-1] if under_way else 0)
    scan(lab)
    clock(1)
    began = time.monotonic()
    assert scan(lab) == {"taken": count}
    took = time.monotonic() - began
    assert submitted == all_of(count)[:most]
    assert [str(found) for found in lab.walk("lab-P001-S1").vault.interviews()] == all_of(count)
    done = [path.name for path in (lab.home.inbox / naming.DONE).glob("*.wav")]
    assert len(done) == count and not list(lab.home.inbox.glob("*.wav"))
    while len(submitted) < count:
        before = len(submitted)
        under_way.append(most // 2)  # half of them have finished
        assert scan(lab) == {}
        assert len(submitted) - before == min(most - most // 2, count - before)
    under_way.append(0)
    assert scan(lab) == {} and submitted == all_of(count)
    return took


def test_many_at_once_are_one_interview_each_and_handed_on_a_few_at_a_time(
    lab: Lab, submitted, clock, monkeypatch
) -> None:
    taken_at_once(lab, submitted, clock, monkeypatch, 30, 4)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_at_once(lab: Lab, submitted, clock, monkeypatch) -> None:
    took = taken_at_once(lab, submitted, clock, monkeypatch, 1000, 20)
    print(f"1,000 drops taken in within {took:.0f} s")
    assert took < 1800


def test_what_waits_for_its_turn_says_so(lab: Lab, submitted, clock) -> None:
    limited(lab, 1)
    many(lab, 2)
    assert settled_scan(lab, clock) == {"taken": 2} and submitted == ["lab-P001-S1"]
    assert page(lab).count("보관소에 들어감, 차례를 기다림") == 1
    assert [entry.interview for entry in journal.to_hand_on(lab.home.inbox)] == ["lab-P001-S2"]
    assert handing.pass_on(lab.home) == 1 and submitted == ["lab-P001-S1", "lab-P001-S2"]
    assert handing.pass_on(lab.home) == 0


def test_what_waits_for_its_turn_is_known_to_who_resumes_the_others(lab: Lab, submitted, clock) -> None:
    limited(lab, 3)
    many(lab, 6)
    settled_scan(lab, clock)
    assert handing.in_turn(lab.home) == frozenset(all_of(6)[3:])
    while handing.pass_on(lab.home):
        pass
    assert submitted == all_of(6) and not handing.in_turn(lab.home)


def test_an_interview_that_was_taken_out_since_is_passed_over(lab: Lab, submitted, clock) -> None:
    limited(lab, 1)
    many(lab, 2)
    settled_scan(lab, clock)
    walk = lab.walk("lab-P001-S2")
    walk.vault.discard(walk.interview)
    handing.pass_on(lab.home)
    assert submitted == ["lab-P001-S1"] and journal.to_hand_on(lab.home.inbox) == ()


# --- the journal ----------------------------------------------------------------------------------------------------


def test_a_later_drop_of_the_same_name_takes_nothing_from_the_queue(tmp_path) -> None:
    taken = Entry("a.wav", Became.TAKEN, ("a.wav",), "", "lab-P01-S1")
    journal.add(tmp_path, Entry("a.wav", Became.AGAIN, tries=3), taken)
    journal.add(tmp_path, Entry("a.wav", Became.DUPLICATE, ("a.wav",), "", "lab-P01-S1"))
    journal.add(tmp_path, Entry("a.wav", Became.FAILED, ("a.wav",)))
    journal.add(tmp_path, Entry("a.wav", Became.TAKEN, ("a.wav",), "", "lab-P02-S1"))
    assert [entry.interview for entry in journal.to_hand_on(tmp_path)] == ["lab-P01-S1", "lab-P02-S1"]
    assert journal.failing(tmp_path) == {}


@pytest.mark.parametrize("left", ["", "{", '{"drop": 1}', '{"drop":"b","became":"eaten","files":[]}', "\xff"])
def test_a_line_that_was_cut_off_is_passed_over(tmp_path, left: str) -> None:
    journal.add(tmp_path, Entry("a.wav", Became.TAKEN, ("a.wav",), "", "lab-P01-S1"))
    with (tmp_path / naming.JOURNAL).open("a", encoding="latin-1") as file:
        file.write(left)
    journal.add(tmp_path, Entry("c.wav", Became.TAKEN, ("c.wav",), "", "lab-P03-S1"))
    assert [entry.drop for entry in journal.read(tmp_path)] == ["a.wav", "c.wav"]


def test_the_journal_does_not_grow_for_ever(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(journal, "MOST_LINES", 10)
    for number in range(50):
        journal.add(tmp_path, Entry("a.wav", Became.AGAIN, tries=number + 1))
        assert journal.failing(tmp_path)["a.wav"].tries == number + 1
    assert len((tmp_path / naming.JOURNAL).read_text("utf-8").splitlines()) <= 12
