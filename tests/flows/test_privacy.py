"""Plants a name wherever one may turn up, runs everything, and searches every byte that Prefect has kept for it."""

from __future__ import annotations

import base64
import pickle
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from lab import INJECTED, SAID, Lab, asked, built, wait_for

from pipeline import inputs
from pipeline.errors import PlaceBusy, StepFailed
from pipeline.places import Home

CANARY = "뷁쉛궳"
CONTROL = "쀍읗낑"
"""A name that is leaked on purpose, to see that the search would find one."""


LEAKED = {"flow_run", "flow_run_state", "task_run_state", "log", "events"}
"""Tables in which the search must find it: what is sent last comes there last."""


def phases(data: bytes) -> Iterator[bytes]:
    """What base64 makes of `data` wherever it begins, less the characters that its neighbours share."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data + b"\0" * (-(before + len(data)) % 3))
        whole = (before + len(data)) // 3 * 4
        yield coded[4 * (before > 0) : whole]


def forms(name: str) -> set[bytes]:
    """Every way to write `name` down that is looked for."""
    found: set[bytes] = set()
    for text in {unicodedata.normalize(form, name) for form in ("NFC", "NFD")}:
        escaped = text.encode("unicode-escape")
        plain = {text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), escaped, escaped.upper()}
        plain |= {escaped.upper().replace(b"\\U", b"\\u"), escaped.replace(b"\\", b"\\\\"), pickle.dumps(text, 0)[1:-4]}
        coded = {phase for data in plain for phase in phases(data)}
        percent = quote(text).encode()
        found |= plain | coded | {phase.translate(bytes.maketrans(b"+/", b"-_")) for phase in coded}
        found |= {percent, percent.lower()}
    return found


def traces(name: str, folder: Path) -> list[str]:
    """Files and database cells under `folder` that hold `name` in any form."""
    looked_for = forms(name)
    held = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in folder.rglob("*.db"):  # a cell may be spread over pages
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            held |= {f"{path}:{where}": cells for where, cells in _tables(database)}
    return [where for where, data in held.items() if any(form in data for form in looked_for)]


def _tables(database: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    database.text_factory = bytes
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        cells = (cell for row in database.execute(f'SELECT * FROM "{table.decode()}"') for cell in row)
        yield table.decode(), b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)


@pytest.mark.parametrize(
    "written",
    [
        CANARY.encode(),
        unicodedata.normalize("NFD", CANARY).encode(),
        CANARY.encode("utf-16-le"),
        CANARY.encode("utf-16-be"),
        repr(CANARY.encode("unicode-escape").decode()).encode(),
        ascii(CANARY).upper().encode(),
        quote(CANARY).encode(),
        quote(unicodedata.normalize("NFD", CANARY)).lower().encode(),
        *(
            base64.b64encode(b"a" * before + CANARY.encode() + b"z" * after)
            for before in range(4)
            for after in range(3)
        ),
        base64.urlsafe_b64encode(pickle.dumps(ValueError(CANARY))),
        *(pickle.dumps([CANARY], protocol) for protocol in range(6)),
    ],
)
def test_the_search_knows_every_form(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "kept").write_bytes(b"before " + written + b" after")
    assert traces(CANARY, tmp_path) == [str(tmp_path / "kept")]
    assert traces(CONTROL, tmp_path) == []


@pytest.fixture
def planted(serving: Lab, tmp_path: Path, entered, capfd: pytest.CaptureFixture[str]) -> Lab:
    """A lab whose study, sheet, file and transcript hold the name."""
    study = f'id = "lab"\ntitle = "{CANARY}"\nterms = ["{CANARY}"]\nquestions = ["{CANARY}?"]\n'
    return entered(built(Home(tmp_path / "home"), serving.where.port, study))


def leak(name: str) -> None:
    """A flow as one would write it, without any thought."""
    from prefect import flow, task

    @task
    def work(said: str) -> None:
        raise ValueError(said)

    @flow(name="throwaway")
    def throwaway(said: str) -> None:
        work(said)

    with pytest.raises(ValueError):
        throwaway(name)


def drop(lab: Lab, session: str, seed: int) -> None:
    said = (*SAID[:1], (5, "B", f"네 저는 {CANARY}라고 합니다 {CANARY}"), *SAID[2:])
    recording = lab.recording(lab.home.inbox / f"{CANARY} {seed}.flac", seed, said)
    lab.sheet(recording.with_suffix(".toml"), session, people=(CANARY, "박지영"))


@pytest.mark.prefect
def test_no_name_ever_reaches_prefect(planted: Lab, serving: Lab, quick, monkeypatch, capfd) -> None:
    from flows.intake import intake
    from flows.process import process

    process.to_deployment("process").apply()
    monkeypatch.setattr("flows.inbox._settled", lambda memory, files, seconds: set(files))

    drop(planted, "P90-S1", 90)
    (planted.home.inbox / f"{CANARY}.m4a").write_text(CANARY)  # no audio
    planted.sheet(planted.home.inbox / f"{CANARY}.toml", "P91-S1", people=(CANARY,))
    assert intake() == {"taken": 1, "failed": 1}
    (planted.home.inbox / f"{CANARY} 90.toml").write_text(f'{CANARY} = "{CANARY}"')
    (planted.home.inbox / "처리됨" / f"{CANARY} 90.flac").rename(planted.home.inbox / f"{CANARY} 90.flac")
    assert intake() == {"failed": 1}

    interview = "lab-P90-S1"
    fails_in_native_code(process, interview, monkeypatch)
    fails_for_good(process, interview, monkeypatch)
    comes_through_at_the_second_try(process, interview, monkeypatch)
    walk = planted.walk(interview)
    inputs.approve(walk, "reviewer")
    assert process(interview, return_state=True).name == "Completed"

    leak(CONTROL)
    homes = (serving.home.prefect, planted.home.prefect)
    wait_for(lambda: not LEAKED - {where.rpartition(":")[2] for where in traces(CONTROL, homes[0])})
    assert [trace for home in homes for trace in traces(CANARY, home)] == []
    printed = "".join(capfd.readouterr())
    assert not any(form in printed.encode() for form in forms(CANARY))
    kinds = {task["state_type"] for task in asked(serving.where, "task_runs", sort="EXPECTED_START_TIME_DESC")}
    assert {"FAILED", "COMPLETED"} <= kinds


def fails_in_native_code(process, interview: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("CHAEROK_TEST_ABORTS", CANARY)
        patched.setenv("PYTHONPATH", str(INJECTED))
        with pytest.raises(StepFailed, match="EngineCrashed"):
            process(interview)


def fails_for_good(process, interview: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ValueError(CANARY) from KeyError(CANARY)

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.steps.merge", broken)
        with pytest.raises(StepFailed, match="ValueError") as caught:
            process(interview)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def comes_through_at_the_second_try(process, interview: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.steps import segment

    tries: list[int] = []

    def busy_at_first(*args: object) -> object:
        tries.append(1)
        if len(tries) == 1:
            raise PlaceBusy(what=CANARY)
        return segment(*args)

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.steps.segment", busy_at_first)
        assert process(interview, return_state=True).name == "Flagged"  # canaries say nothing of who asks
    assert len(tries) == 2
