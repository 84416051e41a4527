"""Which files lie still: size and time of change the same for so long, by a clock that nobody sets.

`time.monotonic` is the same in every process of a machine until it starts anew (Python's documentation: "always
system-wide"); so the memory, a file in the inbox, also names the start that its times belong to. Of another one, or
where a time lies ahead, counting begins anew: a file is at worst waited for once more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from pipeline.stores.sealed import write_atomically

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Linux: random, made anew at every start of the machine (random(4))."""


def waits(memory: Path, looks: Mapping[str, tuple[int, int]], seconds: float) -> dict[str, float]:
    """How many seconds each file has to lie still yet; 0 where it has settled. `looks`: size, time of change (ns)."""
    now, boot = _now(), _boot()
    before = _remembered(memory, boot)
    seen: dict[str, tuple[int, int, float]] = {}
    for name, look in looks.items():
        *known, since = before.get(name, (-1, -1, now))
        seen[name] = (*look, since if tuple(known) == look and since <= now else now)
    if seen != before:
        write_atomically(memory, [json.dumps({"boot": boot, "files": seen}, ensure_ascii=False).encode()])
    return {name: max(0.0, seconds - (now - since)) for name, (_, _, since) in seen.items()}


def _remembered(memory: Path, boot: str) -> dict[str, tuple[int, int, float]]:
    try:
        read = json.loads(memory.read_text("utf-8"))
        if read["boot"] != boot:
            return {}
        return {str(name): (int(size), int(changed), float(at)) for name, (size, changed, at) in read["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _now() -> float:
    return time.monotonic()


def _boot() -> str:
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return str(round(psutil.boot_time()))
