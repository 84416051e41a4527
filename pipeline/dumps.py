"""No core dumps: what a process holds when it dies, names among it, is written nowhere.

A limit of 0 bytes keeps the kernel from writing a file. Where ``core_pattern`` pipes dumps to a program, such as
systemd-coredump or apport, it does not heed the limit, but for one value: of 1 byte it says "RLIMIT_CORE is set to 1,
aborting core" (fs/coredump.c). Limits are inherited: ffmpeg has them too.
"""

from __future__ import annotations

import resource
from pathlib import Path

CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")


def limit(core_pattern: str, hard: int) -> int:
    """The bytes to allow, given the system's pattern and the hard limit, which may not be raised.

    >>> limit("core", -1), limit("|/usr/lib/systemd/systemd-coredump %P", -1), limit("|/bin/keep", 0)
    (0, 1, 0)
    """
    wanted = int(core_pattern.startswith("|"))
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def switch_off() -> None:
    """For this process and all that it starts, for good."""
    try:
        pattern = CORE_PATTERN.read_text()
    except OSError:  # no Linux
        pattern = ""
    bytes_allowed = limit(pattern, resource.getrlimit(resource.RLIMIT_CORE)[1])
    resource.setrlimit(resource.RLIMIT_CORE, (bytes_allowed, bytes_allowed))
