"""A lab in a folder that is all its programs know of the machine: home, temporary folder, Prefect's, what they print.

::

    given/      what people put in, and what a command makes for them to read: it holds names
    home/       CHAEROK_HOME          user/  HOME          tmp/  TMPDIR          work/  the working folder
    printed/    what every command wrote on its standard output and error
    buried/     copies of what was removed or written over, from just before
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from canary_lab import canary_lab
from faults import allow_cores
from lab import INJECTED, Lab, free_port, python

from pipeline.places import ROOT

MAY_HOLD_NAMES = re.compile(
    r"(buried/\d+-\d+/)?("
    r"given(/.*)?"  # people's own
    r"|home/inbox(/.*)?"  # drops, until a person removes them; what lies beside them bears their names
    r"|home/review/[^/]+\.xlsx"  # a correction sheet while it is out
    r"|tmp/sheet-\w+\.xlsx"  # written by this test, as a person's spreadsheet program would
    r")"
)
"""Everything else may not, be it sealed or not. Of what was removed, the same."""


def is_exempt(where: str) -> bool:
    """Whether names may lie at that path below the sandbox."""
    return MAY_HOLD_NAMES.fullmatch(where) is not None


@dataclass
class Sandbox:
    """The folder, and the lab in it."""

    root: Path
    lab: Lab = field(init=False)
    commands: int = 0

    def __post_init__(self) -> None:
        for name in ("user", "tmp", "work", "printed", "buried"):
            (self.root / name).mkdir(parents=True)
        self.lab = canary_lab(self.root, free_port())

    def environment(self, **more: str) -> dict[str, str]:
        """For every program; `more` is what tests do to it."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "PREFECT_", "CHAEROK_"))
        }
        own = {
            "CHAEROK_HOME": str(self.lab.home.root),
            "HOME": str(self.root / "user"),
            "TMPDIR": str(self.root / "tmp"),
            "LANG": "ko_KR.UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONPATH": os.pathsep.join((str(INJECTED), str(ROOT))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONFAULTHANDLER": "1",
            "CHAEROK_TEST_BURIES": f"{self.root / 'buried'}:{self.root}",
        }
        return {**kept, **own, **more}

    def start(self, *words: object, out: str = "printed", **more: str) -> subprocess.Popen[bytes]:
        """`chaerok` with these words. What it prints goes into a file in ``printed``, or in the folder `out`."""
        self.commands += 1
        printed = self.root / out / f"{self.commands:02d}-{words[0]}.out"
        errors = self.root / "printed" / f"{self.commands:02d}-{words[0]}.err"
        with printed.open("wb") as stdout, errors.open("wb") as stderr:
            return subprocess.Popen(
                python("-m", "flows.cli", *map(str, words)),
                cwd=self.root / "work",
                env=self.environment(**more),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                preexec_fn=allow_cores,
                process_group=0,
            )

    def chaerok(self, *words: object, code: int = 0, out: str = "printed", **more: str) -> str:
        """The same, to its end, with that exit code; what it printed."""
        assert self.start(*words, out=out, **more).wait(120) == code, self.said("err")
        return self.said("out", out)

    def said(self, which: str, folder: str = "printed") -> str:
        """What the last command printed."""
        (printed,) = (self.root / folder).glob(f"{self.commands:02d}-*.{which}")
        return printed.read_text("utf-8")
