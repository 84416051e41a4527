"""`chaerok demo`: an example study and the bundled interview, through real Prefect, engines and coding store."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import server
from flows.terminal import FLAGGED, either, err, flag_lines, out, progress_shown
from pipeline import custody, inputs
from pipeline.interview import InterviewId
from pipeline.places import ROOT, Home
from pipeline.printing import DEFAULT, labels
from pipeline.settings import Server, load
from pipeline.sheets import read_sheet
from pipeline.stores.keyring import custodians, make_service_identity
from pipeline.stores.sealed import private_folder
from pipeline.transcript import Publication, Released
from pipeline.walk import Report, Walk

if TYPE_CHECKING:  # Prefect reads its settings when it is imported: not before `server.enter`
    from prefect.client.schemas.objects import State

    from pipeline.stores.keyring import Identity

HOME = Home(Path(os.environ.get("CHAEROK_DEMO_HOME") or ROOT / "data" / "demo"))
CUSTODIAN = HOME.root / "custodian" / "custodian.key"
"""Apart from ``keys``, as it would be in a lab; on the same disk, as it would not."""
SAMPLE = ROOT / "data" / "samples" / "P01_S1.flac"
STUDY = ROOT / "config" / "example-study.toml"
LABELS = {
    "diarize": ("누가 말하는지", "who speaks"),
    "transcribe": ("무엇을 말하는지", "what is said"),
    "walk": ("전체", "the walk"),
}
"""What is shown a bar while it runs."""

SHOWN = 8
"""Lines of the transcript that are printed."""


def demonstrate() -> None:
    """Walk the example from the sample's audio to the coding store, and say where everything is.

    Safe to repeat: what is fresh is skipped. Raises what the walk raises, ServerFailed, StepFailed.
    """
    from pipeline import tools, weights
    from pipeline.places import weights_folder

    for name in weights.DEFAULTS:
        with weights.shown(name) as report:
            weights.get(name, weights_folder(), makers=tools.makers(), report=report)
    interview = _taken_in()
    serving = _serving()
    out.print(either("2분짜리 녹음을 받아 적습니다 …", "transcribing a recording of 2 minutes ..."))
    run = _process(interview)
    walk = inputs.walk_of(HOME, interview, make_service_identity(HOME.keys))
    if run.name in ("Waiting", FLAGGED):
        inputs.approve(walk, inputs.DEMO)  # by the ordinary function: allowed as this study says ``example = true``
        _process(interview)
    _tell(walk, f"{server.url(serving)}/runs/flow-run/{run.state_details.flow_run_id}")


def _taken_in() -> InterviewId:
    private_folder(HOME.studies)
    shutil.copyfile(STUDY, HOME.studies / "example.toml")
    identity = _two_identities()
    return inputs.take_in(HOME, identity, (SAMPLE,), read_sheet(SAMPLE.with_suffix(".toml"))).interview


def _two_identities() -> Identity:
    """The service's, made together with a custodian's where there is none yet."""
    if not custodians(HOME.keys):
        CUSTODIAN.unlink(missing_ok=True)  # of a demo that was stopped here: nothing was wrapped for it
        custody.begin(HOME, CUSTODIAN, inputs.DEMO, "", inputs.DEMO)
    return make_service_identity(HOME.keys)


def _serving() -> Server:
    """The demo's Prefect server, up; on another port where a stranger has the configured one."""
    settings = load(HOME).server
    settings = server.running(HOME, settings) or settings
    if server.is_taken(settings) and not server.running(HOME, settings):
        settings = settings.model_copy(update={"port": _free_port(settings.host)})
    server.enter(HOME, settings)
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"  # an error is one line of ours
    out.print(either("Prefect 서버를 켭니다 …", "starting the Prefect server ..."))
    server.start(HOME, settings)
    return settings


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _process(interview: InterviewId) -> State[Any]:
    """A run's last state. Raises what it ended with: StepFailed, as a rule."""
    from flows.process import process, watched

    with progress_shown() as report, watched(lambda step, share: _show(report, step, share)):
        state: State[Any] = process(str(interview), return_state=True)
    failure = None if state.name == FLAGGED else state.result(raise_on_failure=False)
    if isinstance(failure, Exception):
        err.print(either("시연의 자리", "the demo's place") + f": CHAEROK_HOME={HOME.root}", markup=False)
        raise failure
    return state


def _show(report: Report, step: str, share: float) -> None:
    """The steps that take long, and the whole; the others are done in a moment."""
    if step in LABELS:
        report(either(*LABELS[step]), share)


def _tell(walk: Walk, page: str) -> None:
    released = walk.vault.read(walk.interview, Released)
    publication = walk.vault.read(walk.interview, Publication)
    assert released is not None and publication is not None  # process ends with a publication, or raises
    out.print()
    for line, label in list(zip(released.lines, labels(released, DEFAULT), strict=True))[:SHOWN]:
        out.print(f"{line.line:04d} {label}: {line.text}", markup=False)
    out.print(f"… {len(released.lines)}{either('줄', ' lines')}", markup=False)
    out.print()
    if released.provenance.demo_grade:
        from flows.terminal import warn_demo_grade

        warn_demo_grade()
    for flagged in flag_lines(released.provenance.flags, str(walk.interview)):
        out.print(flagged, markup=False)
    by = either("승인: 보기 연구라서 채록이 스스로(demo)", "approved by the actor demo, as this is an example study")
    out.print(by, markup=False)
    out.print(f"{either('코딩 저장소', 'coding store')}: {HOME.store / 'coding.sqlite'}", markup=False)
    out.print(f"{either('보관소(봉인됨)', 'vault (sealed)')}: {HOME.vault}", markup=False)
    kept = f"{either('관리자 열쇠', 'custodian identity')}: {CUSTODIAN}"
    apart = "실제 연구실에서는 자료관리자가 따로, 자기 매체에 암호로 잠가 둡니다"
    elsewhere = "in a lab the data manager keeps it elsewhere, on a medium of their own, under a passphrase"
    out.print(f"{kept} ({either(apart, elsewhere)})", markup=False)
    out.print(f"Prefect UI: {page}", markup=False)
    out.print(either("서버 끄기: python3 go.py down", "stop the server: python3 go.py down"), markup=False)
