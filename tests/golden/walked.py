"""The golden interviews, walked with recorded answers instead of networks, up to a real coding store."""

from __future__ import annotations

import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

from pipeline import exports, inputs, steps
from pipeline.interview import Role
from pipeline.places import Home
from pipeline.sheets import read_sheet
from pipeline.transcript import Corrections, Label, Released, Reviewed, Ruling, TextCorrection
from pipeline.walk import Walk
from pipeline.walking import Outcome, walk_through

GOLDEN = Path(__file__).resolve().parent
NAMES = ("two_speakers", "three_overlap", "second_release")
REVIEWER = "reviewer1"


def expected_files(name: str) -> tuple[Path, ...]:
    """Where the expected releases stand: the first, and the one after the corrections where there are any."""
    second = ("expected-2.txt",) if (GOLDEN / name / "corrections.toml").exists() else ()
    return tuple(GOLDEN / name / file for file in ("expected.txt", *second))


def taken_in(name: str, folder: Path, own: str = "") -> Walk:
    """A home under `folder` with the golden interview in its vault. `own` is laid into the home's settings.toml.

    With settings of its own a walk is about something else than lines, and splits sentences without loading kiwi.
    """
    home, golden = Home(folder / "home"), GOLDEN / name
    home.studies.mkdir(parents=True)
    shutil.copyfile(golden / "study.toml", home.studies / "golden.toml")
    answers = folder / "answers"
    answers.mkdir()
    shutil.copyfile(golden / "answers.json", answers / "answers.json")
    replayed = '[diarize]\nengine = "replay"\n[transcribe]\nengine = "replay"\n'
    replayed += '[segment]\nsplitter = "rules"\n' if own else ""
    (home.root / "settings.toml").write_text(f'{replayed}[replay]\nfolder = "{answers.as_posix()}"\n{own}', "utf-8")
    sheet = read_sheet(golden / "sheet.toml")
    identity = inputs.identity_of(home)
    assert inputs.take_in(home, identity, (golden / "audio.flac",), sheet).outcome == "new"
    return reopened(inputs.walk_of(home, sheet.interview, identity))


def reopened(walk: Walk) -> Walk:
    """The same walk as another process would open it: settings and study read again."""
    return inputs.walk_of(walk.home, walk.interview, inputs.identity_of(walk.home))


def on(walk: Walk) -> Outcome:
    """As far as it can go, every step in this process."""
    return walk_through(walk, run=steps.run)


def to_the_store(walk: Walk) -> str:
    """Walk, approve the draft, walk on; the release as text."""
    assert on(walk).waiting == "approval"
    return approved(walk)


def approved(walk: Walk) -> str:
    """Approve the present draft and walk on to the store; the release as text."""
    inputs.approve(walk, REVIEWER)
    assert on(walk).waiting is None
    return release_text(walk)


def release_text(walk: Walk) -> str:
    """The release as plain text, without what no two walks share: the draft's hash and the date."""
    released = walk.vault.read(walk.interview, Released)
    assert released is not None
    text = exports.rendered(released, "txt").decode()
    return re.sub(r"원고 [0-9a-f]{12} · 승인 (\S+) \d{4}-\d\d-\d\d", r"원고 <hash> · 승인 \1 <date>", text)


def releases(name: str, folder: Path) -> tuple[str, ...]:
    """Every release of the golden interview, in order."""
    walk = taken_in(name, folder)
    first = to_the_store(walk)
    if len(expected_files(name)) == 1:
        return (first,)
    inputs.correct(walk, corrections_of(name, walk))
    return first, second_draft_approved(walk)


def second_draft_approved(walk: Walk) -> str:
    """Remake the draft after a correction, approve it, walk on."""
    walk_through(walk, last="pseudonymize", run=steps.run)
    return approved(walk)


def corrections_of(name: str, walk: Walk) -> Corrections:
    """The golden interview's corrections.toml, anchored in the transcript as it stands."""
    given = tomllib.loads((GOLDEN / name / "corrections.toml").read_text("utf-8"))
    reviewed = walk.vault.read(walk.interview, Reviewed)
    assert reviewed is not None
    lines = {segment.line: segment for segment in reviewed.segments}
    texts = tuple(
        TextCorrection(lines[row["line"]].id, lines[row["line"]].text, row["after"]) for row in given.get("texts", ())
    )
    rulings = tuple(
        Ruling(lines[row["line"]].id, row["quote"], Label(row["label"]) if "label" in row else None)
        for row in given.get("rulings", ())
    )
    roles = tuple((voice, Role(role)) for voice, role in given.get("roles", {}).items())
    return Corrections(texts, rulings, roles, REVIEWER)


def with_settings(walk: Walk, table: str, **values: object) -> Walk:
    """The walk with other values in one table of its settings."""
    changed = getattr(walk.settings, table).model_copy(update=values)
    return replace(walk, settings=walk.settings.model_copy(update={table: changed}))
