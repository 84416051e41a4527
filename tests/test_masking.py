"""The audio copy of a whole interview: what can be heard in it, when it is refused, and what a crash leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from faults import die, killed, tree, with_room
from golden.walked import GOLDEN, approved, on, reopened, taken_in, with_settings

from pipeline import inputs, masking, steps, tools
from pipeline.errors import ApprovalStale, AudioConsentMissing, DiskFull, MaskingOff, NameHeard
from pipeline.evaluation.cer import counted, edits
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress, Recording, ReleasedAudio, Source
from pipeline.places import ROOT, Home
from pipeline.sheets import read_sheet
from pipeline.speech import Passage, SpokenPassages, Transcription, Word
from pipeline.transcript import Corrections, Publication, Released, Reviewed, Ruling
from pipeline.walk import Walk

RULES = '[detect]\nrecognizers = ["roster", "patterns"]\n[mask]\nenabled = true\n'
ANSWERS = json.loads((GOLDEN / "two_speakers" / "answers.json").read_text("utf-8"))
SAID = tuple(tuple(Word(text, *times) for text, *times in one["words"]) for one in ANSWERS["passages"])
TRUE = tuple(word for words in SAID for word in words)
"""Every word of the interview and when it is said."""
NAMED = ("김민수", "박지영")
LEFT = SAMPLE_RATE // 20
"""50 ms of a word are enough for this ear."""


@dataclass
class Ear:
    """Hears a word wherever enough of its sound is left, untouched; as sharp an ear as there can be."""

    original: bytes = b""
    late: float = 0.0
    """Seconds by which the times that it gives are wrong, while it hears the original."""

    @property
    def engine(self) -> EngineId:
        return EngineId("ear", f"{self.late}")

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> SpokenPassages:
        sound = audio.read(0, audio.recording.samples)
        late = 0.0 if self.original else self.late
        self.original = self.original or sound
        same = np.frombuffer(sound, "<i2") == np.frombuffer(self.original, "<i2")
        end = audio.recording.seconds
        passages = []
        for words in SAID:
            heard = [word for word in words if longest(same[at(word.start) : at(word.end)]) >= LEFT]
            moved = [replace(w, start=min(w.start + late, end), end=min(w.end + late, end)) for w in heard]
            passages += [Passage(moved[0].start, moved[-1].end, tuple(moved))] if moved else []
        return SpokenPassages(tuple(passages))


def at(seconds: float) -> int:
    return int(seconds * SAMPLE_RATE)


def longest(same: np.ndarray) -> int:
    """Samples in the longest stretch that is the same."""
    edges = np.flatnonzero(np.diff(same.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return int((edges[:, 1] - edges[:, 0]).max(initial=0))


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    """Who listens, both to the recording and to the copy."""
    listening = Ear()
    monkeypatch.setattr(tools, "transcriber", lambda settings: listening)
    monkeypatch.setattr(masking, "SEEKERS", ("roster",))  # what sounds alike asks kiwi, which loads for seconds
    return listening


@pytest.fixture
def walk(tmp_path: Path, ear: Ear) -> Walk:
    """Of a study that has opted in; it waits for its approval."""
    walk = taken_in("two_speakers", tmp_path, RULES)
    assert on(walk).waiting == "approval"
    return walk


def heard_in(walk: Walk, ear: Ear) -> list[str]:
    """The words that can be heard in the copy."""
    heard = ear(copied_audio(walk, copy_of(walk)), (), lambda share: None)
    return [word.text for one in heard.passages for word in one.words]


def copy_of(walk: Walk) -> ReleasedAudio:
    made = walk.vault.read(walk.interview, ReleasedAudio)
    assert made is not None
    return made


def blobs(walk: Walk) -> list[str]:
    return sorted(path.stem for path in walk.vault.folder(walk.interview).glob("audio-*.blob"))


# --- what is heard --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sounding", ["bleep", "silence"])
def test_names_are_gone_and_everything_else_is_heard(walk: Walk, ear: Ear, sounding: str) -> None:
    walk = with_settings(walk, "mask", sound=sounding)
    approved(walk)
    said = heard_in(walk, ear)
    assert [word for word in said if any(name in word for name in NAMED)] == []
    released = walk.vault.read(walk.interview, Released)
    assert released
    replaced = sum(line.replaced for line in released.lines)
    assert copy_of(walk).mentions == replaced >= 2
    beside = 2 * replaced  # a margin of 0.25 s may take a short neighbour's sound
    assert len(TRUE) - replaced - beside <= len(said) <= len(TRUE) - replaced


def test_the_copy_says_what_it_is_of_and_who_listened(walk: Walk, ear: Ear) -> None:
    approved(walk)
    made, recording = copy_of(walk), walk.vault.read(walk.interview, Recording)
    assert recording and made.samples == recording.samples and made.sha256 != recording.sha256
    assert made.checked_by == ear.engine
    assert made.release_sha256 == walk.vault.stamp(walk.interview, Released).made
    assert 0.5 * made.mentions < made.hidden_seconds < 3 * made.mentions
    assert blobs(walk) == [made.blob]
    assert sum(map(len, masking.sound(walk, made))) == 2 * made.samples


def test_without_a_margin_names_are_gone_too_where_word_times_are_right(walk: Walk, ear: Ear) -> None:
    walk = with_settings(walk, "mask", margin_seconds=0.0)
    approved(walk)
    said = heard_in(walk, ear)
    assert len(TRUE) - len(said) == copy_of(walk).mentions


def test_an_interview_in_which_nobody_is_named_is_copied_as_it_is(walk: Walk, ear: Ear) -> None:
    walk = with_settings(walk, "detect", recognizers=())
    walk = replace(walk, settings=with_settings(walk, "mask", check=False).settings)
    approved_again(walk)
    made, recording = copy_of(walk), walk.vault.read(walk.interview, Recording)
    assert recording and (made.sha256, made.mentions, made.hidden_seconds) == (recording.sha256, 0, 0.0)
    assert made.checked_by is None


def approved_again(walk: Walk) -> None:
    on(walk)
    approved(walk)


def test_what_a_reviewer_leaves_standing_is_heard_and_is_no_leak(walk: Walk, ear: Ear) -> None:
    reviewed = walk.vault.read(walk.interview, Reviewed)
    assert reviewed
    line = next(segment for segment in reviewed.segments if "수원" in segment.text or "김민수" in segment.text)
    inputs.correct(walk, Corrections(rulings=(Ruling(line.id, "김민수", None),), actor="reviewer1"))
    approved_again(walk)
    assert [word for word in heard_in(walk, ear) if "김민수" in word] == ["김민수라고"]


# --- refused --------------------------------------------------------------------------------------------------------


def test_a_name_that_is_heard_again_fails_the_step_and_leaves_no_copy(tmp_path: Path, ear: Ear) -> None:
    """Word times that are two seconds late: another word is bleeped. The text is published all the same."""
    ear.late = 2.0
    walk = taken_in("two_speakers", tmp_path, RULES)
    on(walk)
    inputs.approve(walk, "reviewer1")
    with pytest.raises(NameHeard) as heard:
        on(walk)
    assert heard.value.facts["count"] >= 2
    said = heard.value.in_language("ko") + heard.value.in_language("en")
    assert not any(name[1:] in said for name in NAMED)
    assert walk.vault.read(walk.interview, Publication) is not None
    assert walk.vault.stamp(walk.interview, ReleasedAudio) is None and blobs(walk) == []
    assert list(walk.vault.failures(walk.interview)) == ["mask"]
    wider = with_settings(walk, "mask", margin_seconds=2.1)
    assert on(wider).ran == ("mask",)
    assert not [word for word in heard_in(wider, ear) if any(name in word for name in NAMED)]
    assert wider.vault.failures(wider.interview) == {}


def test_a_copy_that_passed_stays_where_the_next_one_does_not_and_is_not_current(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(walk)
    before, other = without_failures(walk), with_settings(walk, "mask", sound="silence")
    monkeypatch.setattr(masking, "heard_again", lambda *given: [(1.0, 2.0), (3.0, 4.0)])
    with pytest.raises(NameHeard, match="2 times"):
        on(other)
    assert without_failures(walk) == before
    assert steps.is_current(steps.step("mask"), walk) and not steps.is_current(steps.step("mask"), other)


def without_failures(walk: Walk) -> dict[str, str]:
    """What lies in the vault beside sealed tracebacks."""
    return {name: sha256 for name, sha256 in tree(walk.home.vault).items() if "failure" not in name}


@pytest.mark.parametrize("consent", [{"audio": False}, {"until": date(2020, 1, 1)}], ids=["not given", "ended"])
def test_without_consent_there_is_no_such_step_and_asking_for_a_copy_says_why(walk: Walk, consent: dict) -> None:
    source = walk.vault.read(walk.interview, Source)
    assert source
    masking.require_on(walk)
    sheet = replace(source.sheet, consent=replace(source.sheet.consent, **consent))
    walk.vault.write(walk.interview, replace(source, sheet=sheet), walk.vault.stamp(walk.interview, Source))
    assert not masking.is_on(walk)
    assert "mask" not in [row.name for row in steps.rows(walk)]
    with pytest.raises(AudioConsentMissing):
        masking.require_on(walk)


def test_consent_that_ends_today_still_holds(walk: Walk) -> None:
    source = walk.vault.read(walk.interview, Source)
    assert source
    for days, holds in ((0, True), (-1, False)):
        until = datetime.now(UTC).date() + timedelta(days)
        sheet = replace(source.sheet, consent=replace(source.sheet.consent, until=until))
        walk.vault.write(walk.interview, replace(source, sheet=sheet), walk.vault.stamp(walk.interview, Source))
        assert masking.is_on(walk) is holds


def test_a_study_that_has_not_opted_in_makes_no_copies(tmp_path: Path, ear: Ear) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES.replace("enabled = true", "enabled = false"))
    on(walk)
    approved(walk)
    assert walk.vault.stamp(walk.interview, ReleasedAudio) is None and blobs(walk) == []
    with pytest.raises(MaskingOff):
        masking.require_on(walk)


def test_a_release_of_another_draft_is_never_masked(walk: Walk) -> None:
    """The step alone, while mentions were found anew and nobody has approved what they make."""
    approved(walk)
    changed = with_settings(with_settings(walk, "detect", recognizers=()), "mask", sound="silence")
    assert steps.run(steps.step("detect"), changed)
    with pytest.raises(ApprovalStale):
        steps.run(steps.step("mask"), changed)


# --- accidents ------------------------------------------------------------------------------------------------------


def room_for(walk: Walk) -> Iterator[int]:
    recording = walk.vault.read(walk.interview, Recording)
    assert recording
    yield from (0, 1000, recording.samples, 2 * recording.samples - 1000)


def test_a_disk_that_fills_up_anywhere_in_the_copy_leaves_the_vault_as_it_was(walk: Walk) -> None:
    approved(walk)
    walk = with_settings(walk, "mask", sound="silence")
    before = without_failures(walk)
    for room in room_for(walk):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(DiskFull):
            with_room(patch, room)
            steps.run(steps.step("mask"), walk)
        assert without_failures(walk) == before
    assert steps.run(steps.step("mask"), walk)
    assert len(blobs(walk)) == 1


def halfway(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        if number == 2:
            die()
        yield piece


@pytest.mark.parametrize("when", ["writing", "checking"])
def test_a_copy_that_was_killed_is_never_taken_for_one_and_is_made_anew(walk: Walk, when: str) -> None:
    on(walk)
    inputs.approve(walk, "reviewer1")
    cut_out: Callable[..., Iterator[bytes]] = masking.cut_out

    def deadly() -> None:
        if when == "writing":
            masking.cut_out = lambda *given, **more: halfway(cut_out(*given, **more))
        else:
            masking.heard_again = lambda *given: die()
        on(walk)

    assert killed(deadly)
    assert walk.vault.stamp(walk.interview, ReleasedAudio) is None
    assert walk.vault.read(walk.interview, ReleasedAudio) is None
    assert on(walk).ran == ("mask",)
    assert blobs(walk) == [copy_of(walk).blob]
    assert steps.is_current(steps.step("mask"), reopened(walk))


# --- real networks --------------------------------------------------------------------------------------------------

SAMPLE = ROOT / "data" / "samples" / "P01_S1"
REAL = "\n[settings.mask]\nenabled = true\n"


@pytest.mark.engines
@pytest.mark.slow
def test_the_bundled_interview_is_masked_and_whoever_listens_hears_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From audio to audio, demo-grade weights; and with other words hidden than the names, the check says so."""
    home = Home(tmp_path / "home")
    home.studies.mkdir(parents=True)
    study = (ROOT / "config" / "example-study.toml").read_text("utf-8")
    (home.studies / "example.toml").write_text(study + REAL, "utf-8")
    sheet = tmp_path / "P01_S1.toml"
    sheet.write_text(SAMPLE.with_suffix(".toml").read_text("utf-8").replace("[consent]", "[consent]\naudio = true"))
    shutil.copyfile(SAMPLE.with_suffix(".flac"), tmp_path / "P01_S1.flac")
    identity = inputs.identity_of(home)
    taken = inputs.take_in(home, identity, (tmp_path / "P01_S1.flac",), read_sheet(sheet))
    walk = inputs.walk_of(home, taken.interview, identity)
    approved_again(walk)
    made, before = copy_of(walk), walk.vault.read(walk.interview, Transcription)
    assert before and made.checked_by and made.checked_by.name == "faster-whisper"
    named = ("박지영", "지영", "김민수", "민수", "이수진", "수진", "수원", "대전", "전주")
    said = counted("".join(word.text for word in before.words))
    assert len([name for name in named if name in said]) >= 7
    heard = counted("".join(word.text for word in listened(walk, made)))
    assert [name for name in named if name in heard] == []
    rest = [word for word in before.words if is_left(walk, made, word)]
    assert len(rest) > 0.8 * len(before.words)
    left = edits(counted("".join(word.text for word in rest)), heard)
    assert left.errors < 0.35 * left.total
    monkeypatch.setattr(masking.hiding, "hidden", lambda *given: [(16.0, 18.0)])
    with pytest.raises(NameHeard):
        steps.run(steps.step("mask"), with_settings(walk, "mask", sound="silence"))


def listened(walk: Walk, made: ReleasedAudio) -> tuple[Word, ...]:
    """The copy, heard once more."""
    audio = copied_audio(walk, made)
    passages = tools.transcriber(walk.settings)(audio, walk.study.terms, lambda share: None).passages
    return tuple(word for passage in passages for word in passage.words)


def copied_audio(walk: Walk, made: ReleasedAudio) -> Audio:
    recording = walk.vault.read(walk.interview, Recording)
    assert recording
    return walk.vault.audio(walk.interview, replace(recording, blob=made.blob))


def is_left(walk: Walk, made: ReleasedAudio, word: Word) -> bool:
    """Whether nine tenths of the word's sound are as they were."""
    recording = walk.vault.read(walk.interview, Recording)
    assert recording
    one, other = (
        np.frombuffer(audio.read(at(word.start), at(word.end)), "<i2")
        for audio in (walk.vault.audio(walk.interview, recording), copied_audio(walk, made))
    )
    return len(one) > 0 and bool((one == other).mean() > 0.9)
