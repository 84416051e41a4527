"""A vault in a bucket is the vault: the golden interview through it, with every heavy step in a process of its own."""

from __future__ import annotations

from pathlib import Path

import object_store as stores
import pytest
from faults import tree
from golden.walked import approved, corrections_of, release_text, reopened, second_draft_approved, taken_in
from leaks.searching import Search

from pipeline import custody, inputs, steps
from pipeline.errors import KeyWrong
from pipeline.interview import Recording
from pipeline.objects import ObjectPlace
from pipeline.transcript import Transcript
from pipeline.walk import Walk
from pipeline.walking import walk_through

pytestmark = pytest.mark.slow

RULES = '[detect]\nrecognizers = ["roster", "patterns", "titles"]\n'


def walked(folder: Path, own: str) -> tuple[Walk, tuple[str, str]]:
    """Both releases: the first, and the one after the corrections."""
    folder.mkdir()
    walk = taken_in("second_release", folder, RULES + own)
    assert walk_through(walk).waiting == "approval"
    first = approved(walk)
    inputs.correct(walk, corrections_of("second_release", walk))
    return walk, (first, second_draft_approved(walk))


@pytest.fixture
def lab(object_store: str) -> ObjectPlace:
    return stores.fresh(object_store, "lab")


def in_bucket(lab: ObjectPlace) -> str:
    return f'[places]\nvault = "{lab}/vault"\nregisters = "{lab}/registers"\nendpoint = "{lab.endpoint}"\n'


def test_the_golden_interview_is_the_same_in_a_bucket(
    lab: ObjectPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, expected = walked(tmp_path / "local", "")
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path / "shared" / "home"))
    walk, releases = walked(tmp_path / "shared", in_bucket(lab))
    assert releases == expected
    recording = walk.vault.read(walk.interview, Recording)
    assert recording and walk.vault.audio(walk.interview, recording).read(0, 5)
    assert not (walk.home.root / "vault").exists() and not (walk.home.root / "registers").exists()

    held = [lab / name for name in tree(lab)]
    assert len(held) > 20 and {place.relative_to(lab).parts[0] for place in held} == {"vault", "registers"}
    forms = {form for entry in walk.register().entries for form in entry.forms if len(form) > 1}
    transcript = walk.vault.read(walk.interview, Transcript)
    said = {form for form in forms if transcript and any(form in line.text for line in transcript.segments)}
    assert said  # in the bucket, and nowhere in it to be read
    assert not [place for place in held if any(form.encode() in place.read_bytes() for form in said)]
    assert {step: steps.is_fresh(steps.step(step), reopened(walk)) for step in ("diarize", "detect", "publish")} == {
        "diarize": True,
        "detect": True,
        "publish": True,
    }


def test_keys_in_a_bucket_are_rotated_and_people_in_it_destroyed(
    lab: ObjectPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path / "shared" / "home"))
    walk, (_, second) = walked(tmp_path / "shared", in_bucket(lab))
    before = walk.identity
    custodian = custody.begin(walk.home, tmp_path / "custodian.key", "data manager", "", "manager")
    assert custody.rotate(walk.home, custodian, "manager", everything=True) == len(custody.wrapped_keys(walk.home))
    with pytest.raises(KeyWrong):
        walk.vault.read(walk.interview, Recording)
    again = reopened(walk)
    assert again.identity != before and release_text(again) == second
    person = next(entry for entry in again.register().entries if entry.forms and entry.label.value == "NAME")
    custody.destroy(walk.home, walk.interview.study, person.id, "withdrawn", custodian, "manager")
    left = {entry.id: entry.forms for entry in reopened(walk).register().entries}
    assert left[person.id] == () and person.id in left
    assert Search(person.forms).folder(walk.home.root / "store") == set()
