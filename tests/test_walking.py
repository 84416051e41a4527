"""Golden interviews from sound to store with recorded answers; what a correction and a re-run change; `hear`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import studies
from faults import tree
from golden.walked import (
    GOLDEN,
    NAMES,
    approved,
    corrections_of,
    expected_files,
    on,
    release_text,
    releases,
    reopened,
    second_draft_approved,
    taken_in,
    to_the_store,
)
from recordings import wav

from pipeline import inputs, steps
from pipeline import walking as walks
from pipeline.errors import ApprovalStale, EngineFailed, FileMissing, PlaceBusy, RecordingTooShort, ReleaseBlocked
from pipeline.interview import Person, Role
from pipeline.settings import Settings, load
from pipeline.sheets import Study
from pipeline.speech import Transcription
from pipeline.stages.enlist import enrol
from pipeline.stores import database
from pipeline.stores.vault import require_source
from pipeline.transcript import (
    Corrections,
    Mentions,
    Pseudonymized,
    Publication,
    Released,
    Reviewed,
    Ruling,
    TextCorrection,
    Transcript,
)
from pipeline.walk import Walk
from pipeline.walking import Outcome, hear, throwaway, walk_through

RULES = '[detect]\nrecognizers = ["roster", "patterns", "titles"]\n'
AUTOMATIC = '[release]\nmode = "automatic"\n'
ANY_SOUND = '[listen]\naccepted_sound = ["narrowband", "noisy", "quiet", "clipped", "blank"]\n'
AFTER_A_CORRECTION = ("review", "detect", "pseudonymize")
AFTER_AN_APPROVAL = ("release", "publish")


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """A golden interview that waits for its approval."""
    walk = taken_in("second_release", tmp_path, RULES)
    assert on(walk).waiting == "approval"
    return walk


def read(walk: Walk, kind: type) -> object:
    found = walk.vault.read(walk.interview, kind)
    assert found is not None
    return found


# --- from sound to store --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_release_reads_as_expected(name: str, tmp_path: Path) -> None:
    expected = tuple(path.read_text("utf-8") for path in expected_files(name))
    assert releases(name, tmp_path) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_store_holds_the_release_line_by_line(name: str, tmp_path: Path) -> None:
    walk = taken_in(name, tmp_path, RULES)
    to_the_store(walk)
    released = walk.vault.read(walk.interview, Released)
    stored = database.lines(database.sqlite_in(walk.home.store), walk.interview)
    assert released is not None
    assert [(line.line, line.segment, line.role, line.text) for line in stored] == [
        (line.line, line.id, line.role, line.text) for line in released.lines
    ]
    publication = walk.vault.read(walk.interview, Publication)
    assert publication is not None and publication.stores == (("database", 1),)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_the_sheet_is_anywhere_outside_the_seals(name: str, tmp_path: Path) -> None:
    walk = taken_in(name, tmp_path)
    to_the_store(walk)
    source = require_source(walk.vault, walk.interview)
    names = [form for person in source.sheet.people for form in (person.name, person.name[1:])]
    assert names
    for path in walk.home.root.rglob("*"):
        content = path.read_bytes() if path.is_file() else path.name.encode()
        assert not [form for form in names if form.encode() in content], path


def test_the_golden_folders_hold_what_they_must() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir() and not path.name.startswith("_")} == set(NAMES)
    for name in NAMES:
        assert {"audio.flac", "answers.json", "sheet.toml", "study.toml", "expected.txt"} <= {
            path.name for path in (GOLDEN / name).iterdir()
        }


def test_a_walk_reports_what_is_under_way(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    walk = taken_in("two_speakers", tmp_path, RULES)
    on(replace(walk, report=lambda step, share: told.append((step, share))))
    assert {step for step, _ in told} == {"diarize", "transcribe"}
    assert told and all(share == 1.0 for _, share in told)


def test_a_walk_stops_where_it_is_told_to(tmp_path: Path) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    outcome = walk_through(walk, last="merge", run=steps.run)
    assert outcome == Outcome(("diarize", "transcribe", "merge"), ("normalise",), None)


# --- a correction ---------------------------------------------------------------------------------------------------


def test_a_corrected_word_never_touches_a_network(walk: Walk) -> None:
    to_the_store(walk)
    inputs.correct(walk, corrections_of("second_release", walk))
    ran = walk_through(walk, last="pseudonymize", run=steps.run).ran
    assert ran == AFTER_A_CORRECTION
    inputs.approve(walk, "reviewer1")
    assert on(walk).ran == AFTER_AN_APPROVAL


def test_a_second_release_is_a_second_version_with_the_same_segments(walk: Walk) -> None:
    to_the_store(walk)
    first = read(walk, Released)
    inputs.correct(walk, corrections_of("second_release", walk))
    second_draft_approved(walk)
    second = read(walk, Released)
    assert isinstance(first, Released) and isinstance(second, Released)
    assert [line.id for line in first.lines] == [line.id for line in second.lines]
    assert [line.version for line in first.lines] == [1, 1, 1, 1]
    assert [line.version for line in second.lines] == [1, 2, 1, 2]
    publication = read(walk, Publication)
    assert isinstance(publication, Publication) and publication.stores == (("database", 2),)


@pytest.mark.parametrize(
    "change",
    [
        lambda walk, line: Corrections((TextCorrection(line.id, line.text, "아무 말"),)),
        lambda walk, line: Corrections(rulings=(Ruling(line.id, line.text.split()[0], None),)),
        lambda walk, line: Corrections(roles=((line.speaker, Role.UNKNOWN),)),
    ],
    ids=["word", "ruling", "role"],
)
def test_an_approval_is_void_once_the_draft_has_changed(walk: Walk, change: Callable[..., Corrections]) -> None:
    first = to_the_store(walk)
    transcript = read(walk, Transcript)
    assert isinstance(transcript, Transcript)
    inputs.correct(walk, change(walk, transcript.segments[1]))
    with pytest.raises(ApprovalStale):
        on(walk)
    assert release_text(walk) == first
    assert database.lines(database.sqlite_in(walk.home.store), walk.interview)
    assert approved(walk) != first


def test_a_correction_that_changes_nothing_keeps_the_approval(walk: Walk) -> None:
    to_the_store(walk)
    inputs.correct(walk, Corrections(actor="reviewer2"))
    outcome = on(walk)
    assert outcome.ran == ("review",) and outcome.waiting is None


def test_a_correction_of_what_is_no_longer_heard_is_an_orphan_and_never_on_another_line(walk: Walk) -> None:
    transcript = read(walk, Transcript)
    assert isinstance(transcript, Transcript)
    line = transcript.segments[1]
    inputs.correct(walk, Corrections((TextCorrection(line.id, "지난번에 들은 말", "고친 말"),)))
    on(walk)
    reviewed = read(walk, Reviewed)
    assert isinstance(reviewed, Reviewed)
    assert [segment.text for segment in reviewed.segments] == [segment.text for segment in transcript.segments]
    assert [orphan.after for orphan in reviewed.orphans] == ["고친 말"]


# --- heard anew -----------------------------------------------------------------------------------------------------


def heard_anew(walk: Walk, change: Callable[[list], None]) -> Walk:
    """The interview transcribed again, by an engine that answers a little differently."""
    path = Path(walk.settings.replay.folder) / "answers.json"
    answers = json.loads(path.read_text("utf-8"))
    for passage in answers["passages"]:
        for word in passage["words"]:
            change(word)
    path.write_text(json.dumps(answers, ensure_ascii=False), "utf-8")
    return reopened(walk)


def shifted(word: list) -> None:
    word[1], word[2] = round(word[1] + 0.05, 3), round(word[2] + 0.05, 3)


def misheard(word: list) -> None:
    word[0] = word[0].replace("이야기", "예기")


@pytest.mark.parametrize(("change", "versions"), [(shifted, [2, 2, 2, 2]), (misheard, [2, 1, 2, 2])])
def test_ids_outlive_another_transcription(walk: Walk, change: Callable[[list], None], versions: list[int]) -> None:
    before = read(walk, Transcript)
    again = heard_anew(walk, change)
    assert on(again).waiting == "approval"
    after = read(walk, Transcript)
    assert isinstance(before, Transcript) and isinstance(after, Transcript)
    assert [s.id for s in after.segments] == [s.id for s in before.segments]
    assert {descent.how for descent in after.lineage} == {"kept"}
    assert [s.version for s in after.segments] == versions


def test_corrections_outlive_another_transcription_where_the_words_are_the_same(walk: Walk) -> None:
    inputs.correct(walk, corrections_of("second_release", walk))
    on(walk)
    on(heard_anew(walk, shifted))
    reviewed = read(walk, Reviewed)
    assert isinstance(reviewed, Reviewed)
    assert reviewed.orphans == () and "세훈이가" in reviewed.segments[1].text


def test_a_correction_of_what_was_heard_anew_applies(walk: Walk) -> None:
    """Corrected, heard differently, corrected again: the last word of the person counts."""
    first = read(walk, Reviewed)
    assert isinstance(first, Reviewed)
    line = first.segments[3]
    inputs.correct(walk, Corrections((TextCorrection(line.id, line.text, "하나"),)))
    on(walk)
    again = heard_anew(walk, misheard)
    on(again)
    now = read(again, Reviewed)
    assert isinstance(now, Reviewed) and len(now.orphans) == 1
    new = Corrections((TextCorrection(line.id, now.segments[3].text, "둘"),))
    before = again.vault.read(again.interview, Corrections)
    inputs.correct(again, inputs.laid_over(before, new))
    on(again)
    last = read(again, Reviewed)
    assert isinstance(last, Reviewed)
    assert (last.segments[3].text, last.orphans) == ("둘", ())


def test_passages_without_words_are_left_out(walk: Walk) -> None:
    transcription = read(walk, Transcription)
    assert isinstance(transcription, Transcription)
    assert all(passage.words for passage in transcription.passages)


# --- the study as a whole -------------------------------------------------------------------------------------------


def test_a_name_found_later_is_looked_for_in_what_was_walked_before(walk: Walk) -> None:
    to_the_store(walk)
    person = "이야기요"  # stands in line 4, and nobody takes it for a name

    walk.change_register(lambda register: enrol((Person(person),), register))
    assert on(walk).waiting == "approval"
    draft, mentions = read(walk, Pseudonymized), read(walk, Mentions)
    assert isinstance(draft, Pseudonymized) and isinstance(mentions, Mentions)
    assert person in {mention.text for mention in mentions.mentions}
    assert person not in " ".join(line.text for line in draft.lines)


def test_a_walk_looks_for_its_names_in_the_whole_study_before_it_waits_for_anybody(tmp_path: Path) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    name = require_source(walk.vault, walk.interview).sheet.people[0].name
    earlier = studies.session(walk.home, "P08_S1", f"{name}", of="golden")
    studies.heard(earlier, "아무도 없었어요.", f"그때{name}처럼요.")
    clean = studies.session(walk.home, "P09_S1", "아무도 없었어요.", of="golden")
    assert name in studies.released(earlier) and studies.released(clean)
    outcome = on(walk)
    assert outcome.waiting == "approval"
    found = outcome.rescanned
    assert found.looked == (earlier.interview, clean.interview) and found.quarantined == (earlier.interview,)
    assert name not in studies.draft_of(earlier) and inputs.flags_of(earlier) == ("quarantined",)
    assert inputs.is_approved(clean) and studies.stored(clean) == "아무도 없었어요."
    assert on(walk).rescanned == replace(found, looked=())


def test_an_automatic_release_needs_no_person_where_nothing_is_doubtful(tmp_path: Path) -> None:
    walk = taken_in("second_release", tmp_path, RULES + AUTOMATIC + ANY_SOUND)
    outcome = on(walk)
    assert (outcome.ran[-2:], outcome.waiting, outcome.flags) == (AFTER_AN_APPROVAL, None, ())
    released = read(walk, Released)
    assert isinstance(released, Released) and released.provenance.approved_by == inputs.AUTOMATIC
    assert on(walk).ran == ()


def test_an_automatic_release_waits_where_the_draft_is_flagged_and_a_person_may_approve_it(tmp_path: Path) -> None:
    walk = taken_in("three_overlap", tmp_path, RULES + AUTOMATIC + ANY_SOUND)
    outcome = on(walk)
    assert (outcome.waiting, outcome.flags) == ("approval", ("roles", "unheard"))
    with pytest.raises(ReleaseBlocked):
        inputs.approve(walk, inputs.AUTOMATIC)
    assert not inputs.is_approved(walk)
    inputs.approve(walk, "reviewer1")
    assert inputs.is_approved(walk) and on(walk).waiting is None
    released = read(walk, Released)
    assert isinstance(released, Released) and released.provenance.flags == ("roles", "unheard")


def test_a_flag_that_comes_up_later_voids_the_approval(tmp_path: Path) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    to_the_store(walk)
    transcription = read(walk, Transcription)
    assert isinstance(transcription, Transcription) and inputs.flags_of(walk) == ()
    doubted = replace(transcription, passages=tuple(replace(p, doubts=("loop",)) for p in transcription.passages))
    stamp = walk.vault.stamp(walk.interview, Transcription)
    assert stamp is not None
    walk.vault.write(walk.interview, doubted, stamp)
    with pytest.raises(ApprovalStale):
        on(walk)
    assert inputs.flags_of(walk) == ("hallucination",) and not inputs.is_approved(walk)


def test_a_reviewer_who_gives_every_role_settles_that_flag(tmp_path: Path) -> None:
    walk = taken_in("three_overlap", tmp_path, RULES + ANY_SOUND)
    assert on(walk).flags == ("roles", "unheard")
    voices = {segment.speaker for segment in read(walk, Reviewed).segments}  # type: ignore[attr-defined]
    inputs.correct(walk, Corrections(roles=tuple((voice, Role.PARTICIPANT) for voice in sorted(voices))))
    assert on(walk).flags == ("unheard",)


def test_what_is_not_taken_down_yet_has_no_flags(tmp_path: Path) -> None:
    assert inputs.flags_of(taken_in("three_overlap", tmp_path, RULES)) == ()


def test_an_automatic_release_waits_where_a_mention_is_doubtful(tmp_path: Path) -> None:
    doubting = RULES + "sure_from = 1.0\n" + AUTOMATIC
    walk = taken_in("two_speakers", tmp_path, doubting)
    outcome = on(walk)
    draft = read(walk, Pseudonymized)
    assert isinstance(draft, Pseudonymized) and draft.doubtful
    assert outcome.waiting == "approval"


def test_the_same_walk_twice_at_once_is_one_walk(tmp_path: Path) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)

    def attempt(_: int) -> Outcome | None:
        try:
            return on(walk)
        except PlaceBusy:
            return None

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    ran = [name for outcome in outcomes if outcome for name in outcome.ran]
    assert len(ran) == len(set(ran))
    assert on(walk).waiting == "approval"


# --- hear -----------------------------------------------------------------------------------------------------------

AUDIO = GOLDEN / "two_speakers" / "audio.flac"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(walks.apart, "run", steps.run)
    monkeypatch.setattr(walk_through, "__defaults__", ("publish", steps.run))
    return tmp_path / "home"


def replaying(folder: Path = AUDIO.parent) -> Settings:
    replay = {"diarize": {"engine": "replay"}, "transcribe": {"engine": "replay"}, "replay": {"folder": str(folder)}}
    return load(None, replay)


def test_one_file_is_heard_and_nothing_is_kept(here: Path) -> None:
    heard = hear(AUDIO, 2, (), replaying())
    result = heard.as_json()
    assert [line["speaker"] for line in result["utterances"]][:5] == ["S1", "S1", "S2", "S2", "S1"]
    assert "김민수" in result["utterances"][2]["text"]
    words = result["utterances"][0]["words"]
    assert set(words[0]) == {"text", "start", "end", "probability", "overlapped", "doubtful"}
    assert " ".join(word["text"] for word in words) == result["utterances"][0]["text"]
    assert result["provenance"]["demo_grade"] is True and result["provenance"]["speakers_given"] is True
    assert json.dumps(result, ensure_ascii=False)
    assert set(result) == {"utterances", "gaps", "roles", "listen", "flags", "provenance"}
    assert {"question", "pause", "marked"} < set(result["utterances"][0])
    assert result["provenance"]["settings"]["notation"]["pauses"] is True
    assert list((here / "vault" / ".scratch").iterdir()) == []
    assert not (here / "keys").exists()


def test_doubts_are_told_and_unheard_speech_is_no_utterance(here: Path) -> None:
    audio = GOLDEN / "three_overlap" / "audio.flac"
    result = hear(audio, None, (), replaying(audio.parent)).as_json()
    (gap,) = result["gaps"]
    assert all(line["words"] and line["text"] for line in result["utterances"])
    assert not [line for line in result["utterances"] if line["start"] == gap["start"]]
    assert "[겹침: " in result["utterances"][1]["marked"] and "[" not in result["utterances"][1]["text"]
    assert {"speakers", "unheard"} <= set(result["flags"])
    first = result["listen"][0]
    assert first["start"] <= gap["start"] < gap["end"] <= first["end"] and first["reasons"] == ("gap",)
    assert {guess["speaker"] for guess in result["roles"]} == {line["speaker"] for line in result["utterances"]}
    by_words = " ".join(word["text"] for line in result["utterances"] for word in line["words"])
    assert by_words == " ".join(line["text"] for line in result["utterances"])


def test_the_turns_are_rttm(here: Path) -> None:
    rows = hear(AUDIO, None, ("간호사",), replaying()).as_rttm("audio").splitlines()
    assert rows[0] == "SPEAKER audio 1 2.215 6.201 <NA> <NA> S1 <NA> <NA>"
    assert all(len(row.split()) == 10 for row in rows)


@pytest.mark.parametrize("failing", [FileMissing, RecordingTooShort, EngineFailed])
def test_what_fails_leaves_nothing_and_names_the_file_as_it_was_given(
    here: Path, tmp_path: Path, failing: type[Exception]
) -> None:
    path = {FileMissing: tmp_path / "none.wav", RecordingTooShort: wav(tmp_path / "short.wav", 1.0)}.get(failing, AUDIO)
    with pytest.raises(failing) as raised:
        hear(path, 2, (), replaying(tmp_path))
    assert raised.value.facts.get("path") in (path, None)  # type: ignore[attr-defined]
    assert list((here / "vault" / ".scratch").iterdir()) == []


def test_what_a_killed_listener_left_is_gone_after_a_day(here: Path) -> None:
    left = here / "vault" / ".scratch" / "hear-dead"
    (left / "vault").mkdir(parents=True)
    hear(AUDIO, 2, (), replaying())
    assert left.exists()
    long_ago = time.time() - 2 * walks.DAY_SECONDS
    os.utime(left, (long_ago, long_ago))
    hear(AUDIO, 2, (), replaying())
    assert not left.exists()


def test_hearing_changes_no_study(here: Path, tmp_path: Path) -> None:
    walk = taken_in("two_speakers", tmp_path / "study", RULES)
    before = tree(walk.home.vault)
    hear(AUDIO, 2, (), replaying())
    assert tree(walk.home.vault) == before


def test_a_walk_that_is_thrown_away_knows_the_people_whom_a_sheet_would_list(here: Path) -> None:
    unheard = Person("표나루")
    with throwaway(AUDIO, 2, Study(id="hear"), replaying(), people=(unheard,)) as walk:
        assert walk_through(walk, last="pseudonymize").waiting is None
        assert [entry.forms for entry in walk.register().entries if entry.origin == "sheet"] == [("표나루",)]
        assert walk.vault.read(walk.interview, Pseudonymized)
    assert list((here / "vault" / ".scratch").iterdir()) == []
