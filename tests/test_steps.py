"""The table of steps, what makes a step run again, and what is left when a walk is killed anywhere."""

from __future__ import annotations

import inspect
import os
import shutil
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Union, get_type_hints

import pytest
from faults import die, killed, leavings, tree, with_room
from golden.walked import approved, on, reopened, taken_in, with_settings

from pipeline import inputs, steps
from pipeline.engines.replay import ReplayDiarizer
from pipeline.errors import ApprovalStale, DiskFull, EngineFailed, PlaceBusy, SealBroken, VoicesOutdated, Waiting
from pipeline.interview import Artifact, EngineId, Recording, ReleasedAudio, Source
from pipeline.people import Entry
from pipeline.places import Home
from pipeline.sheets import Study
from pipeline.steps import STEPS, Step, is_fresh
from pipeline.stores import vault as vaults
from pipeline.stores.vault import Vault
from pipeline.stores.voices import Voice, write_voices
from pipeline.transcript import ARTIFACTS, Approval, Corrections, Label, Publication, Released, Reviewed, Transcript
from pipeline.walk import Walk
from pipeline.walking import SIDE_BY_SIDE, walk_through

FROM_PEOPLE: tuple[type[Artifact], ...] = (Source, Corrections, Approval)
RULES = '[detect]\nrecognizers = ["roster", "patterns", "titles"]\n[mask]\nenabled = true\ncheck = false\n'
"""Without morphology, whose seconds of loading have nothing to do with steps; with every step."""
NAMES = [row.name for row in STEPS]
SEALING = [row for row in STEPS if row.name != "publish"]
"""Those whose first write is into the vault, not into the coding store."""
each = pytest.mark.parametrize("row", STEPS, ids=NAMES)
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """A golden interview that went all the way. Not to be changed: `copied` is for that."""
    walk = taken_in("two_speakers", tmp_path_factory.mktemp("walked"), RULES)
    on(walk)
    approved(walk)
    return walk


@pytest.fixture
def copied(walked: Walk, tmp_path: Path) -> Walk:
    """The same, to be changed at will."""
    shutil.copytree(walked.home.root.parent / "home", tmp_path / "home")
    answers = tmp_path / "answers"
    shutil.copytree(walked.home.root.parent / "answers", answers)
    settings = tmp_path / "home" / "settings.toml"
    old = (walked.home.root.parent / "answers").as_posix()
    settings.write_text(settings.read_text("utf-8").replace(old, answers.as_posix()), "utf-8")
    home = Home(tmp_path / "home")
    return inputs.walk_of(home, walked.interview, inputs.identity_of(home))


def stale(walk: Walk) -> list[str]:
    """Steps whose own stamp says that they have to run."""
    return [row.name for row in STEPS if not is_fresh(row, walk)]


# --- the table ------------------------------------------------------------------------------------------------------


def test_names_are_unique_and_every_artifact_has_one_maker() -> None:
    assert len(set(NAMES)) == len(NAMES)
    makers = [row.makes for row in STEPS]
    assert len(set(makers)) == len(makers)
    assert set(makers) | set(FROM_PEOPLE) == set(ARTIFACTS)
    assert not set(makers) & set(FROM_PEOPLE)


@each
def test_every_need_is_made_before_or_given_by_a_person(row: Step) -> None:
    before = {earlier.makes for earlier in STEPS[: STEPS.index(row)]} | set(FROM_PEOPLE)
    assert {*row.needs, *row.wants} <= before
    assert not set(row.needs) & set(row.wants)


def test_files_are_numbered_as_the_steps_make_them() -> None:
    files = [row.makes.file for row in STEPS]
    assert files == sorted(files)
    assert [kind.file for kind in ARTIFACTS] == sorted(kind.file for kind in ARTIFACTS)


@each
def test_a_need_has_a_lower_number_than_what_is_made_of_it(row: Step) -> None:
    assert all(kind.file < row.makes.file for kind in (*row.needs, *row.wants))


@each
def test_the_function_takes_what_the_row_needs_and_makes_what_it_says(row: Step) -> None:
    hints = get_type_hints(row.run)
    assert hints.pop("return") is row.makes
    parameters = [hints[name] for name in inspect.signature(row.run).parameters]
    wants = [Union[kind, None] for kind in row.wants]  # noqa: UP007  # compared with hints of either spelling
    assert parameters[0] is Walk
    given = [_union(hint) for hint in parameters[1:]]
    assert given == [*row.needs, *map(_union, wants)]


def _union(hint: Any) -> Any:
    """`X | None` and `Optional[X]` as the same thing."""
    union = typing.get_origin(hint) in (types.UnionType, Union)
    return frozenset(typing.get_args(hint)) if union else hint


@each
def test_the_row_names_settings_that_exist(row: Step, walked: Walk) -> None:
    assert all(hasattr(walked.settings, name) for name in row.settings)


def test_the_heavy_steps_are_those_with_networks() -> None:
    assert [row.name for row in STEPS if row.heavy] == [*SIDE_BY_SIDE, "mask"]


def test_what_stands_side_by_side_needs_nothing_of_each_other() -> None:
    both = [steps.step(name) for name in SIDE_BY_SIDE]
    assert not {row.makes for row in both} & {kind for row in both for kind in (*row.needs, *row.wants)}


def test_an_interview_has_no_step_that_its_study_did_not_ask_for(copied: Walk) -> None:
    """It neither runs, nor waits, nor is it counted; what it made before stays where it is."""
    assert [row.name for row in steps.rows(copied)] == NAMES
    without, row = with_settings(copied, "mask", enabled=False, sound="silence"), steps.step("mask")
    assert [row.name for row in steps.rows(without)] == NAMES[:-1]
    before = tree(without.home.vault)
    assert is_fresh(row, without) and not steps.run(row, without)
    assert on(without).fresh == tuple(NAMES[:-1])
    assert tree(without.home.vault) == before


def test_a_step_is_current_where_all_that_it_is_made_of_is_fresh(copied: Walk) -> None:
    row = steps.step("mask")
    assert steps.is_current(row, copied)
    assert steps.is_current(row, settings_of("publish", stores=())(copied))
    for changed in (more_people, settings_of("merge", min_gap_seconds=0.5), settings_of("mask", margin_seconds=0.5)):
        assert not steps.is_current(row, changed(copied))


def test_a_release_tells_the_engines_that_it_was_made_with_and_no_later_ones(copied: Walk) -> None:
    before = steps.engines(copied)
    made, stamp = (look(copied.interview, ReleasedAudio) for look in (copied.vault.read, copied.vault.stamp))
    copied.vault.write(copied.interview, made, replace(stamp, engine=EngineId("ear", "1")))
    assert steps.engines(copied) == before
    assert {"normalise", "transcribe"} <= {name for name, _ in before}


def test_a_step_is_found_by_its_name() -> None:
    assert [steps.step(name) for name in NAMES] == list(STEPS)
    with pytest.raises(KeyError):
        steps.step("intake")


# --- what makes a step run again ------------------------------------------------------------------------------------


def test_walking_again_runs_nothing(walked: Walk) -> None:
    before = tree(walked.home.root)
    assert stale(walked) == []
    outcome = on(walked)
    assert (outcome.ran, outcome.fresh, outcome.waiting) == ((), tuple(NAMES), None)
    assert tree(walked.home.root) == before


def test_freshness_outlives_the_process(walked: Walk) -> None:
    assert stale(reopened(walked)) == []


def more_people(walk: Walk) -> Walk:
    entry = Entry("entry-9", Label.NAME, ("나문희",), "[이름9]")
    walk.change_register(lambda register: replace(register, entries=(*register.entries, entry)))
    return walk


def other_answers(walk: Walk) -> Walk:
    with (Path(walk.settings.replay.folder) / "answers.json").open("a") as file:
        file.write("\n")
    return walk


def enrolled(walk: Walk) -> Walk:
    write_voices(walk.home.registers, walk.interview.study, walk.identity, [Voice((1.0, 0.0), "w")])
    return walk


def settings_of(table: str, **values: object) -> Callable[[Walk], Walk]:
    return lambda walk: with_settings(walk, table, **values)


LISTED = Study(id="golden", categories=({"name": "프로그램", "words": ("두드림",)},))  # type: ignore[arg-type]


def study_with(**values: object) -> Callable[[Walk], Walk]:
    return lambda walk: replace(walk, study=walk.study.model_copy(update=values))


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda walk: walk, []),
        (settings_of("normalise", min_seconds=1.5), ["normalise"]),
        (settings_of("diarize", min_cluster_size=7), ["diarize"]),
        (settings_of("diarize", threads=3), ["diarize"]),
        (settings_of("transcribe", beam_size=1), ["transcribe"]),
        (settings_of("merge", min_gap_seconds=0.5), ["merge"]),
        (settings_of("segment", max_seconds=9.0), ["segment"]),
        (settings_of("detect", sure_from=0.71), ["detect"]),
        (settings_of("detect", recognizers=("roster",)), ["detect"]),
        (settings_of("release", mode="automatic"), ["release"]),
        (settings_of("publish", stores=()), ["publish"]),
        (settings_of("mask", margin_seconds=0.5), ["mask"]),
        (settings_of("mask", enabled=False, margin_seconds=0.5), []),
        (settings_of("server", port=4300), []),
        (settings_of("intake", require_consent=False), []),
        (settings_of("inbox", scan_seconds=1), []),
        (study_with(terms=("재활",)), ["transcribe"]),
        (study_with(title="다른 제목"), []),
        (study_with(questions=("왜요?",)), ["segment"]),
        (study_with(categories=LISTED.categories), ["detect"]),
        (settings_of("pseudonymize", ages="decade"), ["detect", "pseudonymize"]),
        (settings_of("pseudonymize", style="natural"), ["detect", "pseudonymize"]),
        (settings_of("segment", splitter="kiwi"), ["segment"]),
        (more_people, ["detect", "pseudonymize"]),
        (enrolled, ["diarize"]),
        (other_answers, ["diarize", "transcribe"]),
    ],
    ids=["nothing", "normalise", "diarize", "threads", "transcribe", "merge", "segment", "detect", "recognizers",
         "release", "publish", "mask", "no mask", "server", "intake", "inbox", "terms", "title", "questions", "listed",
         "ages", "style", "splitter", "register", "voices", "weights"],
)  # fmt: skip
def test_a_change_makes_exactly_what_depends_on_it_run(
    copied: Walk, change: Callable[[Walk], Walk], again: list[str]
) -> None:
    assert stale(change(copied)) == again


@each
def test_a_new_version_of_a_step_makes_it_run(row: Step, walked: Walk) -> None:
    assert is_fresh(row, walked)
    assert not is_fresh(replace(row, version=row.version + 1), walked)


@pytest.mark.parametrize("made_with", ["w", "of another network"])
def test_voices_of_another_network_are_refused(copied: Walk, made_with: str, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = with_settings(enrolled(copied), "diarize", engine="pyannote")
    given: list[object] = []
    monkeypatch.setattr(steps.tools, "voice_weights", lambda settings: made_with)
    monkeypatch.setattr(
        steps.tools, "diarizer", lambda settings, own_microphones, enrolled: given.append(enrolled) or ReplayDiarizer(
            Path(settings.replay.folder)))  # fmt: skip
    if made_with == "w":
        assert not is_fresh(steps.step("diarize"), walk)
        assert given == [((1.0, 0.0),)]
    else:
        with pytest.raises(VoicesOutdated):
            is_fresh(steps.step("diarize"), walk)


def test_another_version_of_an_engine_makes_its_step_run(walked: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.engines import ffmpeg, kiwi

    monkeypatch.setattr(ffmpeg, "version", lambda: "99")
    assert stale(walked) == ["normalise"]
    monkeypatch.undo()
    monkeypatch.setattr(kiwi, "VERSION", "99")
    assert stale(walked) == ["detect"]


def test_a_step_that_makes_the_same_again_leaves_later_ones_fresh(copied: Walk) -> None:
    outcome = on(with_settings(copied, "merge", min_gap_seconds=1.01))
    assert outcome.ran == ("merge",)


@each
def test_what_is_gone_is_made_again_and_nothing_before_it(row: Step, copied: Walk) -> None:
    copied.vault.remove(copied.interview, row.makes)
    assert not is_fresh(row, copied)
    runs: list[str] = []

    def counted(step: Step, walk: Walk) -> bool:
        if ran := steps.run(step, walk):
            runs.append(step.name)
        return ran

    if row.name == "segment":  # new ids make another draft, which nobody has approved
        with pytest.raises(ApprovalStale):
            walk_through(copied, run=counted)
    else:
        walk_through(copied, run=counted)
    assert runs[0] == row.name and len(set(runs)) == len(runs)
    assert NAMES.index(runs[-1]) >= NAMES.index(row.name)


@each
def test_a_step_without_its_needs_waits_and_writes_nothing(row: Step, tmp_path: Path, walked: Walk) -> None:
    vault = Vault(tmp_path / "vault", walked.identity)
    walk = replace(walked, vault=vault)
    with pytest.raises(Waiting) as waiting:
        steps.run(row, walk)
    assert waiting.value.what == row.needs[0].file[3:]
    assert set(tree(tmp_path).values()) <= {"/"}


def test_a_step_never_runs_twice_at_once(copied: Walk) -> None:
    copied.vault.remove(copied.interview, Reviewed)
    with copied.vault.locked(copied.interview, "review"), pytest.raises(PlaceBusy):
        steps.run(steps.step("review"), copied)


# --- failures -------------------------------------------------------------------------------------------------------


def failing(row: Step, error: Exception) -> Step:
    def fail(*given: object) -> Artifact:
        raise error

    return replace(row, run=fail, version=99)


def test_a_failure_is_sealed_shown_and_cleared(copied: Walk) -> None:
    row = steps.step("merge")
    with pytest.raises(ZeroDivisionError):
        steps.run(failing(row, ZeroDivisionError("김민수")), copied)
    assert list(copied.vault.failures(copied.interview)) == ["merge"]
    assert "김민수" in copied.vault.failures(copied.interview)["merge"]
    assert is_fresh(row, copied)
    assert steps.run(replace(row, version=99), copied)
    assert copied.vault.failures(copied.interview) == {}


def test_a_step_that_makes_something_else_is_a_failure(copied: Walk) -> None:
    row = replace(steps.step("merge"), run=lambda *given: None, version=99)
    with pytest.raises(TypeError, match="step merge made a NoneType"):
        steps.run(row, copied)
    assert stale(copied) == []


def test_a_damaged_artifact_is_an_error_of_the_step_that_needs_it(copied: Walk) -> None:
    path = copied.vault.folder(copied.interview) / Transcript.file
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SealBroken):
        steps.run(replace(steps.step("review"), version=99), copied)


@pytest.mark.parametrize("row", SEALING, ids=[row.name for row in SEALING])
@pytest.mark.parametrize("room", [0, 60, 400])
def test_a_full_disk_at_any_step_leaves_the_vault_as_it_was(
    row: Step, room: int, copied: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(copied.home.vault)
    with_room(monkeypatch, room)
    with pytest.raises(DiskFull):
        steps.run(replace(row, version=99), copied)
    monkeypatch.undo()
    assert tree(copied.home.vault) == before
    assert stale(copied) == []


def test_a_walk_goes_on_where_the_disk_was_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, walked: Walk) -> None:
    """For every step the disk fills up once, at another place; in the end the text is the undisturbed one."""
    walk, ran = taken_in("two_speakers", tmp_path, RULES), []
    for room in (0, 700, 2_000, 4_000, 7_000, 11_000, 16_000, None):
        with_room(monkeypatch, room)
        try:
            ran += on(walk).ran
        except DiskFull:
            assert leavings(walk.home.vault) == []
        finally:
            monkeypatch.undo()
    approved(walk)
    assert said(walk) == said(walked)
    assert len(ran) == len(set(ran))


# --- kill -9 --------------------------------------------------------------------------------------------------------


def said(walk: Walk) -> list[tuple[object, ...]]:
    """The release without what no two walks share: ids of segments."""
    released = walk.vault.read(walk.interview, Released)
    assert released is not None
    return [
        (line.line, line.speaker, line.role, line.start, line.end, line.text, line.version) for line in released.lines
    ]


def halfway(pieces: Iterable[bytes]) -> Iterator[bytes]:
    whole = b"".join(pieces)
    yield whole[: len(whole) // 2]
    die()


def while_sealing(file: str) -> None:
    """Die with half of `file` written."""
    seal = vaults.seal

    def deadly(path: Path, pieces: Iterable[bytes], key: bytes, place: str) -> str:
        return seal(path, halfway(pieces) if path.name == file else pieces, key, place)

    vaults.seal = deadly


def before_the_stamp(file: str) -> None:
    """Die with `file` written and its stamp not."""
    write = vaults.write_atomically

    def deadly(path: Path, pieces: Iterable[bytes]) -> None:
        if path.name == f"{file}.stamp":
            die()
        write(path, pieces)

    vaults.write_atomically = deadly


def while_stamping(file: str) -> None:
    """Die with half of the stamp written."""
    write = vaults.write_atomically

    def deadly(path: Path, pieces: Iterable[bytes]) -> None:
        write(path, halfway(pieces) if path.name == f"{file}.stamp" else pieces)

    vaults.write_atomically = deadly


def completed(walk: Walk) -> list[str]:
    """Steps that are done and need not be done again, for what is there."""
    return [row.name for row in STEPS if walk.vault.stamp(walk.interview, row.makes) is not None]


def finished(walk: Walk, walked: Walk, done: list[str]) -> None:
    """Walk on after the accident: nothing that was done runs again, each other step runs once, the end is the same."""
    ran = [*on(walk).ran]
    if walk.vault.stamp(walk.interview, Publication) is None:
        inputs.approve(walk, "reviewer1")
        ran += on(walk).ran
    assert sorted(done + ran, key=NAMES.index) == NAMES
    assert said(walk) == said(walked)
    assert leavings(walk.home.root) == []
    assert stale(reopened(walk)) == []


@forks
@each
@pytest.mark.parametrize("accident", [while_sealing, before_the_stamp, while_stamping])
def test_a_walk_killed_while_a_step_writes_is_finished_by_the_next(
    row: Step, accident: Callable[[str], None], tmp_path: Path, walked: Walk
) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    if row.name in ("release", "publish", "mask"):
        on(walk)
        inputs.approve(walk, "reviewer1")
    if row.name == "normalise":
        walk.vault.remove(walk.interview, Recording)

    def killed_walk() -> None:
        accident(row.makes.file)
        on(walk)

    assert killed(killed_walk)
    done = completed(walk)
    assert row.name not in done
    finished(walk, walked, done)


@forks
@each
def test_a_walk_killed_between_two_steps_is_finished_by_the_next(row: Step, tmp_path: Path, walked: Walk) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    if row.name in ("release", "publish", "mask"):
        on(walk)
        inputs.approve(walk, "reviewer1")

    def deadly(step: Step, walk: Walk) -> bool:
        ran = steps.run(step, walk)
        if step.name == row.name:
            die()
        return ran

    assert killed(lambda: walk_through(walk, run=deadly))
    done = completed(walk)
    assert row.name in done
    finished(walk, walked, done)


@forks
def test_a_recording_killed_while_it_is_sealed_is_decoded_again(tmp_path: Path, walked: Walk) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    walk.vault.remove(walk.interview, Recording)

    def killed_walk() -> None:
        while_sealing("recording.blob")
        on(walk)

    assert killed(killed_walk)
    finished(walk, walked, [])


@forks
def test_an_approval_killed_before_its_stamp_is_given_again(tmp_path: Path, walked: Walk) -> None:
    walk = taken_in("two_speakers", tmp_path, RULES)
    assert on(walk).waiting == "approval"

    def killed_approval() -> None:
        before_the_stamp(Approval.file)
        inputs.approve(walk, "reviewer1")

    assert killed(killed_approval)
    assert on(walk).waiting == "approval"
    approved(walk)
    assert said(walk) == said(walked)


def test_an_engine_that_gives_something_impossible_is_a_failure_of_the_step(copied: Walk) -> None:
    path = Path(copied.settings.replay.folder) / "answers.json"
    path.write_text(path.read_text("utf-8").replace('"turns": [', '"turns": [[0.0, 9999.0, "S1"],', 1), "utf-8")
    with pytest.raises(EngineFailed, match="outside the recording"):
        on(copied)
    assert "diarize" in copied.vault.failures(copied.interview)
