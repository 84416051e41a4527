"""Two who publish at once take turns; one who is cut off leaves the store as it was."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.interview import InterviewId
from pipeline.places import ROOT
from pipeline.stores.database import interviews, lines, publish, schema, sqlite_in
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Descent, Released

MakeRelease = Callable[..., Released]

INTERVIEW = InterviewId("peers", "P03", "S1")
A, B = "1" * 64, "2" * 64
SAID = (("a", "하나"), ("b", "둘"))
LONG = tuple((chr(0x4E00 + index), "긴 이야기 " * 200) for index in range(3000))
"""More than SQLite keeps in memory: it is in the file before the commit."""

PUBLISH = """
import pickle, sys
from pathlib import Path
from pipeline.stores import database
print(database.publish(*pickle.loads(Path(sys.argv[1]).read_bytes())))
"""
DIE_BEFORE_COMMIT = """
import os, signal
from sqlalchemy import event
from sqlalchemy.orm import Session
event.listen(Session, "before_commit", lambda session: (session.flush(), os.kill(os.getpid(), signal.SIGKILL)))
"""


def elsewhere(folder: Path, program: str, *call: object) -> subprocess.Popen[str]:
    """`program` in another process, publishing `call`."""
    argument = folder / "call.pickle"
    argument.write_bytes(pickle.dumps(call))
    command = [sys.executable, "-c", program, str(argument)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def test_two_processes_make_one_store_and_one_version(url: str, tmp_path: Path, release: MakeRelease) -> None:
    both = [elsewhere(tmp_path, PUBLISH, release(SAID), A, url) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in both] == ["1", "1"]
    assert [line.text for line in lines(url, INTERVIEW)] == ["하나", "둘"]


def test_two_releases_at_once_take_turns(url: str, tmp_path: Path, release: MakeRelease) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first = elsewhere(tmp_path / "one", PUBLISH, release(SAID), A, url)
    second = elsewhere(tmp_path / "two", PUBLISH, release(SAID[:1]), B, url)
    assert sorted(process.communicate()[0].strip() for process in (first, second)) == ["1", "2"]
    assert [(stored.version, stored.lines) for stored in interviews(url)] in ([(2, 2)], [(2, 1)])


def test_a_second_writer_waits_for_the_first(url: str, release: MakeRelease) -> None:
    publish(release(SAID), A, url)
    with ThreadPoolExecutor(1) as pool:

        def read_then_write(session: Session) -> Future[int]:
            session.scalars(select(schema.Study)).all()
            second = pool.submit(publish, release(SAID[:1]), B, url)
            time.sleep(0.5)
            session.add(schema.Study(code="another"))
            return second

        assert in_transaction(url, read_then_write, write=True).result() == 2


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
@pytest.mark.parametrize("published_before", [False, True])
def test_a_publisher_killed_half_way_leaves_the_version_before(
    tmp_path: Path, release: MakeRelease, published_before: bool
) -> None:
    url, folder = sqlite_in(tmp_path / "store"), tmp_path / "store"
    if published_before:
        publish(release(SAID), A, url)
    killed = elsewhere(tmp_path, DIE_BEFORE_COMMIT + PUBLISH, release(LONG), B, url)
    assert (killed.communicate()[0], killed.returncode) == ("", -signal.SIGKILL)
    assert (folder / "coding.sqlite-journal").exists(), "it died in the middle of writing"
    assert [(stored.version, stored.lines) for stored in interviews(url)] == ([(1, 2)] if published_before else [])
    assert publish(release(SAID), B, url) == (2 if published_before else 1), "and a retry completes"
    assert [path.name for path in folder.iterdir()] == ["coding.sqlite"]


def test_an_error_half_way_leaves_the_version_before(url: str, release: MakeRelease) -> None:
    publish(release(SAID), A, url)
    with pytest.raises(ValueError, match="vanished"):
        publish(release(SAID[:1], lineage=(Descent("a", "vanished"),)), B, url)
    assert [(stored.version, stored.lines) for stored in interviews(url)] == [(1, 2)]
