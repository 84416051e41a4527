"""What people give: recordings, corrections, approvals. After every refusal the vault is byte for byte as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from faults import die, killed, leavings, tree, with_room
from golden.walked import GOLDEN, on, taken_in
from hypothesis import given
from hypothesis import strategies as st
from recordings import cut_off, recorded, wav

from pipeline import inputs, steps
from pipeline.errors import (
    ApprovalStale,
    AudioTruncated,
    ConsentMissing,
    DiskFull,
    FileEmpty,
    FileMissing,
    InterviewTaken,
    InterviewUnknown,
    KeyMissing,
    NotAudio,
    RecordingSilent,
    RecordingTooShort,
    ReleaseBlocked,
    StudyInvalid,
    Waiting,
)
from pipeline.inputs import AUTOMATIC, DEMO, identity_of, laid_over, take_in
from pipeline.interview import Consent, InterviewId, Recording, Role, Sheet, Source
from pipeline.places import Home
from pipeline.stores import vault as vaults
from pipeline.stores.vault import Stamp, Vault, require_source
from pipeline.transcript import Approval, Corrections, Label, Ruling, TextCorrection
from pipeline.walk import Walk

SHEET = Sheet(InterviewId("peers", "P01", "S1"), Consent(True, True))
RULES = '[detect]\nrecognizers = ["roster", "patterns"]\n'
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.studies.mkdir(parents=True)
    (home.studies / "peers.toml").write_text('id = "peers"\n', "utf-8")
    return home


def taking(home: Home, *files: Path, sheet: Sheet = SHEET) -> str:
    return take_in(home, identity_of(home), files, sheet).outcome


def session(number: int) -> Sheet:
    return replace(SHEET, interview=InterviewId("peers", "P01", f"S{number}"))


# --- taking in ------------------------------------------------------------------------------------------------------


def test_a_session_is_sealed_decoded_and_known_again(home: Home, tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", 3.0)
    assert taking(home, path) == "new"
    vault = Vault(home.vault, identity_of(home))
    source, recording = require_source(vault, SHEET.interview), vault.read(SHEET.interview, Recording)
    assert source.sheet == SHEET and recording is not None and recording.seconds == 3.0
    before = tree(home.vault)
    assert taking(home, path) == "known"
    assert take_in(home, identity_of(home), (path,), session(2)) == inputs.Taken(SHEET.interview, "duplicate")
    assert tree(home.vault) == before
    assert path.exists()


def test_a_session_of_two_files_is_one_recording(home: Home, tmp_path: Path) -> None:
    first, second = wav(tmp_path / "a.wav", 3.0), wav(tmp_path / "b.wav", 2.0, peak=0.2)
    assert taking(home, first, second) == "new"
    recording = Vault(home.vault, identity_of(home)).read(SHEET.interview, Recording)
    assert recording is not None and recording.seconds == 5.0
    assert taking(home, second, first, sheet=session(2)) == "new"


def test_another_recording_under_the_same_id_is_refused(home: Home, tmp_path: Path) -> None:
    taking(home, wav(tmp_path / "a.wav", 3.0))
    before = tree(home.vault)
    with pytest.raises(InterviewTaken):
        taking(home, wav(tmp_path / "b.wav", 4.0))
    assert tree(home.vault) == before


def test_the_same_sound_in_another_study_is_another_interview(home: Home, tmp_path: Path) -> None:
    (home.studies / "other.toml").write_text('id = "other"\n', "utf-8")
    path = wav(tmp_path / "a.wav", 3.0)
    assert taking(home, path) == "new"
    assert taking(home, path, sheet=replace(SHEET, interview=InterviewId("other", "P01", "S1"))) == "new"


TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("consent", "allowed"),
    [
        (Consent(True, True), True),
        (Consent(True, True, TODAY), True),
        (Consent(True, True, TODAY + timedelta(days=1)), True),
        (Consent(True, True, TODAY - timedelta(days=1)), False),
        (Consent(True, True, date(2020, 1, 1)), False),
        (Consent(True, False), False),
        (Consent(False, True), False),
    ],
)
def test_consent_is_asked_for(home: Home, tmp_path: Path, consent: Consent, allowed: bool) -> None:
    path = wav(tmp_path / "a.wav", 3.0)
    if allowed:
        assert taking(home, path, sheet=replace(SHEET, consent=consent)) == "new"
        return
    with pytest.raises(ConsentMissing):
        taking(home, path, sheet=replace(SHEET, consent=consent))
    assert tree(home.vault) == {}


def test_a_study_may_do_without_consent_on_the_sheet(home: Home, tmp_path: Path) -> None:
    (home.root / "settings.toml").write_text("[intake]\nrequire_consent = false\n", "utf-8")
    sheet = replace(SHEET, consent=Consent(False, False))
    assert taking(home, wav(tmp_path / "a.wav", 3.0), sheet=sheet) == "new"


BAD: dict[str, tuple[Callable[[Path], Path], type[Exception]]] = {
    "missing": (lambda folder: folder / "none.m4a", FileMissing),
    "empty": (lambda folder: wav_named(folder, "empty.m4a", b""), FileEmpty),
    "text": (lambda folder: wav_named(folder, "text.m4a", "안녕하세요\n".encode()), NotAudio),
    "short": (lambda folder: wav(folder / "short.wav", 1.0), RecordingTooShort),
    "silent": (lambda folder: wav(folder / "silent.wav", 5.0, peak=0.0), RecordingSilent),
    "muted": (lambda folder: wav(folder / "muted.wav", 5.0, peak=0.0005), RecordingSilent),
    "cut mp3": (lambda folder: cut_off(recorded(folder, "mp3", 20.0)), AudioTruncated),
    "cut wav": (lambda folder: cut_off(wav(folder / "cut.wav", 20.0)), AudioTruncated),
    "cut flac": (lambda folder: cut_off(recorded(folder, "flac", 20.0)), AudioTruncated),
    "cut m4a": (lambda folder: cut_off(recorded(folder, "m4a", 20.0)), NotAudio),
    "cut mp4": (lambda folder: cut_off(recorded(folder, "mp4", 20.0)), AudioTruncated),
}


def wav_named(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("first", [True, False], ids=["empty vault", "others there"])
def test_what_cannot_be_used_leaves_the_vault_as_it_was(home: Home, tmp_path: Path, name: str, first: bool) -> None:
    if not first:
        taking(home, wav(tmp_path / "good.wav", 3.0), sheet=session(2))
    before = tree(home.vault)
    make, error = BAD[name]
    path = make(tmp_path)
    content = path.read_bytes() if path.exists() else None
    with pytest.raises(error) as raised:
        taking(home, path)
    assert raised.value.facts.get("path", path) == path  # type: ignore[attr-defined]
    assert tree(home.vault) == before
    assert (path.read_bytes() if path.exists() else None) == content
    assert taking(home, wav(tmp_path / "right.wav", 3.5)) == "new"


def test_a_bad_second_file_is_the_one_that_is_named(home: Home, tmp_path: Path) -> None:
    good, bad = wav(tmp_path / "a.wav", 5.0), cut_off(wav(tmp_path / "b.wav", 20.0))
    with pytest.raises(AudioTruncated) as raised:
        taking(home, good, bad)
    assert raised.value.facts["path"] == bad
    assert tree(home.vault) == {}


@pytest.mark.parametrize("study", ["none", "wrong"])
def test_a_study_must_have_its_file(home: Home, tmp_path: Path, study: str) -> None:
    (home.studies / "wrong.toml").write_text('id = "peers"\n', "utf-8")
    with pytest.raises(StudyInvalid) as raised:
        taking(home, wav(tmp_path / "a.wav", 3.0), sheet=replace(SHEET, interview=InterviewId(study, "P01", "S1")))
    assert raised.value.facts["path"] == home.studies / f"{study}.toml"
    assert tree(home.vault) == {}


# --- faults while taking in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.001, 0.003, 0.25, 0.49, 0.5, 0.51, 0.75, 0.99, 0.998])
def test_a_full_disk_takes_nothing_in(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """With room for a `share` of what taking in writes, and then, elsewhere, with room for all of it."""
    path, identity = wav(tmp_path / "a.wav", 3.0), identity_of(home)
    elsewhere = Home(tmp_path / "elsewhere")
    shutil.copytree(home.studies, elsewhere.studies)
    disk = with_room(monkeypatch, None)
    take_in(elsewhere, identity, (path,), SHEET)
    monkeypatch.undo()
    with_room(monkeypatch, int(disk.written * share))
    with pytest.raises(DiskFull):
        take_in(home, identity, (path,), SHEET)
    monkeypatch.undo()
    assert tree(home.vault) == {}
    assert taking(home, path) == "new"


def dying_at(place: str) -> None:
    """Die before `place` (``participant.key``, ``part01.blob``, ``01-source``, ``01-source.stamp`` …) is written."""
    write = vaults.write_atomically
    seal = vaults.seal

    def deadly_write(path: Path, pieces: object) -> None:
        if path.name == place:
            die()
        write(path, pieces)  # type: ignore[arg-type]

    def deadly_seal(path: Path, pieces: object, key: bytes, at: str) -> str:
        if path.name == place:
            die()
        return seal(path, pieces, key, at)  # type: ignore[arg-type]

    vaults.write_atomically, vaults.seal = deadly_write, deadly_seal


@forks
@pytest.mark.parametrize(
    "place", ["part01.blob", "01-source", "01-source.stamp", "recording.blob", "02-recording", "02-recording.stamp"]
)
def test_a_taking_in_that_was_killed_is_done_by_the_next(home: Home, tmp_path: Path, place: str) -> None:
    path, identity = wav(tmp_path / "a.wav", 3.0), identity_of(home)

    def work() -> None:
        dying_at(place)
        take_in(home, identity, (path,), SHEET)

    assert killed(work)
    assert taking(home, path) in ("new", "known")
    walk = inputs.walk_of(home, SHEET.interview, identity_of(home))
    steps.run(steps.step("normalise"), walk)
    recording = walk.vault.read(SHEET.interview, Recording)
    assert recording is not None and recording.seconds == 3.0
    assert require_source(walk.vault, SHEET.interview).parts[0].seconds == 3.0
    assert leavings(home.root) == []
    assert taking(home, path) == "known"


@forks
def test_after_a_kill_another_recording_may_take_the_id_that_nothing_wholly_took(home: Home, tmp_path: Path) -> None:
    first, identity = wav(tmp_path / "a.wav", 3.0), identity_of(home)

    def work() -> None:
        dying_at("01-source.stamp")
        take_in(home, identity, (first,), SHEET)

    assert killed(work)
    assert taking(home, wav(tmp_path / "b.wav", 4.0)) == "new"


# --- the service identity -------------------------------------------------------------------------------------------


def test_a_new_home_gets_an_identity_and_keeps_it(home: Home) -> None:
    assert identity_of(home) == identity_of(home)


def test_a_home_where_something_is_sealed_never_gets_another_identity(home: Home, tmp_path: Path) -> None:
    taking(home, wav(tmp_path / "a.wav", 3.0))
    shutil.rmtree(home.keys)
    with pytest.raises(KeyMissing):
        identity_of(home)
    assert not home.keys.exists()


def test_a_refused_recording_and_a_listening_leave_the_home_open(home: Home, tmp_path: Path) -> None:
    (home.vault / ".scratch").mkdir(parents=True)
    with pytest.raises(FileEmpty):
        taking(home, wav_named(tmp_path, "empty.m4a", b""))
    shutil.rmtree(home.keys)
    assert taking(home, wav(tmp_path / "a.wav", 3.0)) == "new"


# --- corrections ----------------------------------------------------------------------------------------------------


def test_corrections_of_an_interview_that_is_not_there_are_refused(home: Home) -> None:
    walk = inputs.walk_of(home, SHEET.interview, identity_of(home))
    with pytest.raises(InterviewUnknown):
        inputs.correct(walk, Corrections())
    with pytest.raises(InterviewUnknown):
        inputs.draft_sha256(walk)


IDS = st.sampled_from(("id-1", "id-2"))
WORDS = st.sampled_from(("가", "나", "다"))


@st.composite
def sheets_of_corrections(draw: st.DrawFn) -> list[Corrections]:
    """Sheets filled in one after the other, each on the text that the one before left."""
    texts = {"id-1": "가", "id-2": "나"}
    sheets = []
    for number in range(draw(st.integers(1, 4))):
        rows = []
        for id in draw(st.lists(IDS, unique=True)):
            after = draw(WORDS.filter(lambda word, now=texts[id]: word != now))
            rows.append(TextCorrection(id, texts[id], after))
            texts[id] = after
        sheets.append(Corrections(tuple(rows), actor=f"reviewer{number}"))
    return sheets


@given(sheets_of_corrections())
def test_corrections_of_corrections_go_from_what_was_heard_to_the_last_word(sheets: list[Corrections]) -> None:
    together: Corrections | None = None
    last = {"id-1": "가", "id-2": "나"}
    for sheet in sheets:
        together = laid_over(together, sheet)
        last |= {text.segment: text.after for text in sheet.texts}
    assert together is not None
    heard = {"id-1": "가", "id-2": "나"}
    assert {text.segment: text.before for text in together.texts}.items() <= heard.items()
    assert heard | {text.segment: text.after for text in together.texts} == last
    assert together.actor == sheets[-1].actor


def test_a_later_ruling_and_role_win_and_others_stay() -> None:
    name, none = Ruling("id-1", "민수", Label.NAME), Ruling("id-1", "민수", None)
    other = Ruling("id-2", "민수", Label.NAME)
    before = Corrections(rulings=(name, other), roles=(("S1", Role.UNKNOWN), ("S2", Role.PARTICIPANT)))
    after = laid_over(before, Corrections(rulings=(none,), roles=(("S1", Role.INTERVIEWER),)))
    assert set(after.rulings) == {none, other}
    assert dict(after.roles) == {"S1": Role.INTERVIEWER, "S2": Role.PARTICIPANT}


# --- approvals ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    walk = taken_in("two_speakers", tmp_path_factory.mktemp("drafted"), RULES)
    assert on(walk).waiting == "approval"
    return walk


def test_before_there_is_a_draft_there_is_nothing_to_approve(tmp_path: Path) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    with pytest.raises(Waiting) as waiting:
        inputs.approve(walk, "reviewer1")
    assert waiting.value.what == "pseudonymized"


@pytest.mark.parametrize("length", [8, 12, 64])
def test_a_draft_is_approved_by_its_hash(drafted: Walk, length: int) -> None:
    present = inputs.draft_sha256(drafted)
    approval = inputs.approve(drafted, f"reviewer{length}", present[:length])
    assert (approval.draft_sha256, approval.actor) == (present, f"reviewer{length}")
    assert approval.at.tzinfo is not None
    assert drafted.vault.read(drafted.interview, Approval) == approval


def test_approving_twice_is_once(drafted: Walk) -> None:
    assert inputs.approve(drafted, "reviewer1") == inputs.approve(drafted, "reviewer1")


@pytest.mark.parametrize("named", ["", "0", "00000000", "g" * 64])
def test_another_hash_approves_nothing(drafted: Walk, named: str) -> None:
    drafted.vault.remove(drafted.interview, Approval)
    with pytest.raises(ApprovalStale):
        inputs.approve(drafted, "reviewer1", named)
    with pytest.raises(ApprovalStale):
        inputs.approve(drafted, "reviewer1", inputs.draft_sha256(drafted)[:7])
    assert drafted.vault.read(drafted.interview, Approval) is None


@pytest.mark.parametrize(
    ("actor", "example", "mode", "allowed"),
    [
        ("reviewer1", False, "approval", True),
        ("연구원", False, "approval", True),
        ("", False, "approval", False),
        ("  ", False, "approval", False),
        (DEMO, False, "approval", False),
        (DEMO, True, "approval", True),
        (AUTOMATIC, False, "approval", False),
        (AUTOMATIC, True, "approval", False),
        (AUTOMATIC, False, "automatic", True),
    ],
)
def test_who_may_approve(drafted: Walk, actor: str, example: bool, mode: str, allowed: bool) -> None:
    drafted.vault.remove(drafted.interview, Approval)
    release = drafted.settings.release.model_copy(update={"mode": mode})
    study = drafted.study.model_copy(update={"example": example})
    walk = replace(drafted, study=study, settings=drafted.settings.model_copy(update={"release": release}))
    if allowed:
        assert inputs.approve(walk, actor).actor == actor
        return
    with pytest.raises(ReleaseBlocked):
        inputs.approve(walk, actor)
    assert walk.vault.read(walk.interview, Approval) is None


def test_a_source_whose_stamp_is_gone_counts_as_not_taken_in(home: Home) -> None:
    vault = Vault(home.vault, identity_of(home))
    vault.write(SHEET.interview, Source(SHEET.interview, (), SHEET), Stamp("intake", 1))
    (vault.folder(SHEET.interview) / "01-source.stamp").unlink()
    assert taking(home, GOLDEN / "two_speakers" / "audio.flac") == "new"
