"""Whether what this machine swaps out, names among it, lies on a disk in the clear.

Linux says where it swaps to in ``/proc/swaps`` (proc_swaps(5)), and what a block device is in ``/sys``: the uuid of a
device of dm-crypt begins with ``CRYPT-`` (https://gitlab.com/cryptsetup/cryptsetup), a logical volume names what it
lies on under ``slaves``, and zram is in memory unless it has a ``backing_dev``
(https://docs.kernel.org/admin-guide/blockdev/zram.html). macOS encrypts its swap always; Windows only if told to.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

SWAPS, DEVICES = Path("/proc/swaps"), Path("/sys/dev/block")
NOT_SECRET = ("CRYPT-VERITY", "CRYPT-INTEGRITY", "CRYPT-SUBDEV")
"""Devices of cryptsetup that check what they hold and do not encrypt it."""


class Verdict(Enum):
    """What is known of a machine's swap."""

    SAFE = "safe"
    """There is none, or all of it is encrypted or in memory."""
    PLAIN = "plain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Device:
    """What ``/sys`` says of a block device."""

    uuid: str = ""
    """``dm/uuid``; empty for what is no device of the mapper."""
    backing: str | None = None
    """``backing_dev`` of zram; None for anything else."""
    beneath: tuple[Device, ...] = ()
    """What it lies on."""


def places(swaps: str) -> tuple[str, ...]:
    """The devices and files in the text of ``/proc/swaps``.

    >>> places("Filename  Type  Size\\n/swap\\\\040file  file  8388604\\n")
    ('/swap file',)
    """
    named = (line.split()[0] for line in swaps.splitlines()[1:] if line.strip())
    return tuple(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), name) for name in named)


def is_safe(device: Device) -> bool:
    """Whether what is written to it can be read only with a key, or while the machine runs."""
    if device.backing is not None:
        return device.backing.strip() in ("", "none")
    if device.uuid.startswith("CRYPT-") and not device.uuid.startswith(NOT_SECRET):
        return True
    return bool(device.beneath) and all(map(is_safe, device.beneath))


def verdict(swaps: str | None, device_of: Callable[[str], Device | None]) -> Verdict:
    """On the text of ``/proc/swaps`` (None: unreadable). `device_of`: what a place lies on; None where nobody knows."""
    if swaps is None:
        return Verdict.UNKNOWN
    devices = [device_of(place) for place in places(swaps)]
    if any(device is not None and not is_safe(device) for device in devices):
        return Verdict.PLAIN
    return Verdict.UNKNOWN if None in devices else Verdict.SAFE


# --- this machine ---------------------------------------------------------------------------------------------------


def here() -> Verdict:
    """On this machine."""
    if sys.platform == "darwin":
        return Verdict.SAFE
    if not sys.platform.startswith("linux"):
        return Verdict.UNKNOWN
    return verdict(_text(SWAPS), device_of)


def device_of(place: str) -> Device | None:
    """The block device that `place` is, or on whose file system it lies."""
    try:
        found = Path(place).stat()
    except OSError:
        return None
    number = found.st_rdev or found.st_dev
    return read_device(DEVICES / f"{os.major(number)}:{os.minor(number)}")


def read_device(folder: Path) -> Device | None:
    """The block device whose folder under ``/sys`` is `folder`; None where there is none (btrfs, zfs, a container)."""
    if not folder.is_dir():
        return None
    beneath = [read_device(one) for one in sorted(folder.glob("slaves/*"))]
    return Device(
        (_text(folder / "dm" / "uuid") or "").strip(),
        _text(folder / "backing_dev"),
        tuple(one for one in beneath if one is not None),
    )


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return None
