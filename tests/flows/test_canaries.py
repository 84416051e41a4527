"""Every recognizer earns its place: switch it off, and the search finds a name in what coders get.

Out of scope: names that a reviewer writes into the text, or leaves standing, and no recognizer finds. A person has read
them and approved them; the search would find them, and so it should.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from canary_lab import RECOGNIZERS, canary_lab, dropped
from files import FORMS, written
from leaks.canaries import NAMES, ONLY_FOUND_BY
from leaks.searching import Search

from pipeline import inputs, recognizers, steps
from pipeline.settings import load
from pipeline.sheets import read_sheet
from pipeline.transcript import Released
from pipeline.walking import walk_through

pytestmark = pytest.mark.engines

ECHOES = load().detect.echoes


def found_by_coders(folder: Path, without: str = "") -> set[str]:
    """The names that are in the coding store or an export, once the canaries were released as the machine proposes."""
    lab = canary_lab(folder, 1, tuple(name for name in RECOGNIZERS if name != without))
    recording, sheet = dropped(lab, folder / "given" / "drop.flac", 1)
    taken = inputs.take_in(lab.home, inputs.identity_of(lab.home), (recording,), read_sheet(sheet))
    walk = lab.walk(str(taken.interview))
    walk_through(walk, run=steps.run)
    inputs.approve(walk, "reviewer1")
    assert walk_through(walk, run=steps.run).waiting is None
    released = walk.vault.read(walk.interview, Released)
    assert released
    for form in FORMS:
        written(released, form, lab.home.store)
    return {trace.name for trace in Search(NAMES).folder(lab.home.store)}


def test_with_every_recognizer_nothing_is_found(tmp_path: Path) -> None:
    assert found_by_coders(tmp_path) == set()


@pytest.mark.parametrize("recognizer", [*RECOGNIZERS, *ECHOES])
def test_each_recognizer_has_a_name_that_only_it_finds(
    recognizer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if recognizer in ECHOES:
        others = [echo for echo in recognizers.echoes(load()) if echo.name != recognizer]
        monkeypatch.setattr(recognizers, "echoes", lambda settings: tuple(others))
    assert found_by_coders(tmp_path, recognizer) & {name for name, _ in ONLY_FOUND_BY[recognizer]}
