"""A whole lab, from the first key to a second release, in a sandbox; then every byte of it is searched for every name.

Out of scope: names that a person writes into the approved text and no recognizer finds (test_canaries.py).
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from canary_lab import dropped
from files import FORMS
from handing import mark
from lab import asked, wait_for
from leaks.canaries import LATER, NAMES, PARTICIPANT
from leaks.searching import Search
from openpyxl import load_workbook
from sandbox import Sandbox, is_exempt

from flows import server
from pipeline.codes import Code, Codebook
from pipeline.errors import ApprovalStale, EngineCrashed, PersonUnknown
from pipeline.exports.refi_project import tree

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.engines,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # of which the walk takes one minute to three
    pytest.mark.skipif(os.name == "nt", reason="signals"),
]

BY_HAND, DROPPED = "lab-P01-S1", "lab-P02-S1"
STORES = ["database", "qualcoder", "refi", "hwpx", "docx", "xlsx"]
TREE = Codebook("lab", 1, (Code("k1", None, "도움"),))
LIMITED = {"flows.server", "flows.up", "prefect.engine", "pipeline.apart"}
"""Programs of `chaerok up` that hold names, or could."""


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, dict[str, set[int]]]]:
    """The sandbox after all of it, and the limits of core dumps that were seen: program → bytes."""
    box = Sandbox(tmp_path_factory.mktemp("sandbox"))
    with (box.lab.home.root / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[publish]\nstores = {STORES}\ncoders = ['김코더', '이코더']\n")
    begin(box)
    fail(box)
    release(box)
    release_again(box)
    keep_keys(box)
    limits = serve(box)
    box.chaerok("review", DROPPED)  # and leave the sheet there
    yield box, limits


def begin(box: Sandbox) -> None:
    given = box.root / "given"
    box.chaerok("keys", "init", "--no-passphrase", "--custodian", given / "custodian.key", "--whose", "manager")
    recording, sheet = dropped(box.lab, given / f"{PARTICIPANT} 1.flac", 1)
    box.chaerok("take-in", recording, "--sheet", sheet)
    box.chaerok("take-in", recording, "--sheet", sheet)
    box.chaerok("hear", recording, "--json", given / "heard.json")
    (given / "lines.jsonl").write_text(f'{{"id": "1", "doc": "d", "text": "{PARTICIPANT}이라고 합니다"}}\n', "utf-8")
    box.chaerok("names", given / "lines.jsonl", given / "found.jsonl")


def fail(box: Sandbox) -> None:
    """A native library dies with a name on its lips, then a step of ours does."""
    box.chaerok("run", BY_HAND, code=EngineCrashed.exit_code, CHAEROK_TEST_ABORTS=PARTICIPANT)
    box.chaerok("run", BY_HAND, code=1, CHAEROK_TEST_RAISES=PARTICIPANT)
    box.chaerok("status")
    assert PARTICIPANT in box.chaerok("status", BY_HAND, "--failure", out="given") + last_error_moved(box)


def last_error_moved(box: Sandbox) -> str:
    """What ``--failure`` shows, to whoever asks, is shown on standard error: it is a person's own from then on."""
    (printed,) = (box.root / "printed").glob(f"{box.commands:02d}-*.err")
    text = printed.read_text("utf-8")
    printed.rename(box.root / "given" / printed.name)
    return text


def release(box: Sandbox) -> None:
    box.chaerok("run", BY_HAND)
    box.chaerok("listen", BY_HAND)
    corrected(box, {5: "그때 도깨비가 많이 도와줬어요"})
    box.chaerok("run", BY_HAND)
    box.chaerok("approve", BY_HAND, "--as", "reviewer1")
    box.chaerok("publish", BY_HAND)
    for form in FORMS:
        box.chaerok("export", BY_HAND, "--as", form)
    (box.root / "tmp" / "tree.qdc").write_bytes(tree(TREE))
    box.chaerok("codebook", "lab", "--import", box.root / "tmp" / "tree.qdc")
    assert "2판" in box.chaerok("publish", "--study", "lab")
    (project,) = (box.lab.home.exports / "lab" / "qualcoder" / "0002" / "김코더").iterdir()
    mark(project, "default", ("도움", "많이 도와줬어요"))
    assert "새 코딩 1" in box.chaerok("collect", "lab")
    box.chaerok("export", "--study", "lab", "--as", "qda", "--coder", "김코더", "--codings")
    for verb in ("themes", "member", "coders"):
        box.chaerok(verb, "lab")


def release_again(box: Sandbox) -> None:
    """A correction brings a name that was not said before: a second version, and pages of the store that fell free."""
    corrected(box, {3: f"편하게 말씀해 주세요 {LATER}도 왔어요"})
    box.chaerok("run", BY_HAND, code=ApprovalStale.exit_code)
    box.chaerok("approve", BY_HAND, "--as", "reviewer1")
    assert "2판" in box.chaerok("publish", BY_HAND)


def corrected(box: Sandbox, texts: dict[int, str]) -> None:
    """Write a sheet, put these texts into these lines, read it back."""
    shown = box.chaerok("review", BY_HAND)
    path = Path(re.findall(r"수정 시트: (.+)", shown)[0])
    book = load_workbook(path)
    for line, text in texts.items():
        book["원고"].cell(line + 1, 5).value = text
    book.save(path)
    box.chaerok("review", BY_HAND, "--import", path, "--as", "reviewer1")


def keep_keys(box: Sandbox) -> None:
    key = ("--custodian", box.root / "given" / "custodian.key")
    shown = box.chaerok("keys", "reveal", "참여자1", "--study", "lab", "--reason", "ethics", *key, out="given")
    assert PARTICIPANT in shown
    box.chaerok(
        "keys", "reveal", PARTICIPANT, "--study", "lab", "--reason", "ethics", *key, code=PersonUnknown.exit_code
    )
    box.chaerok("keys", "rotate", *key)
    box.chaerok("keys", "log")


def serve(box: Sandbox) -> dict[str, set[int]]:
    """`chaerok up` takes the second session from the inbox and walks it. The limits that its programs had."""
    lab, limits = box.lab, dict[str, set[int]]()
    inbox = lab.home.inbox
    up = box.start("up")
    try:
        wait_for(lambda: server.is_up(lab.where), 90)
        dropped(lab, inbox / f"{PARTICIPANT} 2.flac", 2)
        (inbox / f"{LATER}.m4a").write_text(LATER)  # no audio, no sheet
        wait_for(lambda: limits_seen(up.pid, limits) and "process" in ended(box), 120)
        os.killpg(up.pid, signal.SIGINT)
        assert up.wait(30) == 0
    finally:
        up.kill()
        server.stop(lab.home)
    return limits


def ended(box: Sandbox) -> set[str]:
    """The flows of which a run has ended."""
    runs = asked(
        box.lab.where, "flow_runs", flow_runs={"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
    )
    names = {flow["id"]: flow["name"] for flow in asked(box.lab.where, "flows")}
    return {names[run["flow_id"]] for run in runs}


def limits_seen(pid: int, limits: dict[str, set[int]]) -> bool:
    """Add what the programs below `pid` may write as a core dump, soft and hard, to `limits`."""
    for process in psutil.Process(pid).children(recursive=True):
        try:
            words, allowed = process.cmdline(), process.rlimit(psutil.RLIMIT_CORE)
        except psutil.Error:
            continue
        limits.setdefault(words[2] if words[1:2] == ["-m"] else "", set()).update(allowed)
    return True


def test_no_name_lies_where_none_may(walked: tuple[Sandbox, dict[str, set[int]]]) -> None:
    box, _ = walked
    assert sorted(map(str, Search(NAMES).folder(box.root, is_exempt))) == []


def test_the_search_finds_them_where_they_may_lie(walked: tuple[Sandbox, dict[str, set[int]]]) -> None:
    box, _ = walked
    found = Search(NAMES).folder(box.root, lambda where: not is_exempt(where))
    places = {re.sub(r"buried/\d+-\d+/", "buried/", trace.where).partition("!")[0] for trace in found}
    assert {f"home/review/{DROPPED}.xlsx", "buried/given", f"home/inbox/{PARTICIPANT} 2.toml"} & places
    assert {trace.name for trace in found} >= set(NAMES)


def test_the_walk_left_what_is_searched(walked: tuple[Sandbox, dict[str, set[int]]]) -> None:
    """A search of nothing would find nothing."""
    box, _ = walked
    there = {path.relative_to(box.root).as_posix() for path in box.root.rglob("*") if path.is_file()}
    assert there >= {
        "home/store/coding.sqlite",
        "home/prefect/prefect.db",
        "home/prefect/server.log",
        "home/keys/custody.log",
        f"work/{BY_HAND}.txt",
        "home/registers/lab.register",
        "home/vault/lab/P01/S1/12-released",
    }
    assert any(re.fullmatch(rf"buried/\d+-\d+/home/review/{BY_HAND}.xlsx", where) for where in there)


def test_nobody_left_a_core(walked: tuple[Sandbox, dict[str, set[int]]]) -> None:
    box, limits = walked
    assert [path for path in box.root.rglob("core*") if path.is_file()] == []
    assert limits.keys() >= LIMITED and {limit for of in limits.values() for limit in of} == {0}
