from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline import swap
from pipeline.swap import Device, Verdict, is_safe, places, read_device, verdict

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


def line(name: str, kind: str = "partition") -> str:
    return f"{name:<40}{kind}\t8388604\t\t0\t\t-2\n"


LUKS = Device("CRYPT-LUKS2-2f144136b0de4f7f9e1e1f1f1f1f1f1f-swap")
RANDOM_KEY = Device("CRYPT-PLAIN-cryptswap1")
PLAIN, ZRAM, ZRAM_ON_DISK = Device(), Device(backing="none\n"), Device(backing="/dev/sdb1\n")
VOLUME_ON_LUKS = Device("LVM-abcdef", beneath=(LUKS,))
VOLUME_ON_DISK = Device("LVM-abcdef", beneath=(PLAIN,))
VOLUME_ON_BOTH = Device("LVM-abcdef", beneath=(LUKS, PLAIN))


@pytest.mark.parametrize(
    ("device", "safe"),
    [
        (PLAIN, False),
        (LUKS, True),
        (RANDOM_KEY, True),
        (Device("CRYPT-LUKS1-aa-b"), True),
        (Device("CRYPT-VERITY-aa-root"), False),
        (Device("CRYPT-INTEGRITY-aa-swap"), False),
        (Device("CRYPT-SUBDEV-aa-swap_dif"), False),
        (Device("LVM-CRYPT-"), False),
        (Device("mpath-36001405"), False),
        (ZRAM, True),
        (Device(backing=""), True),
        (ZRAM_ON_DISK, False),
        (VOLUME_ON_LUKS, True),
        (VOLUME_ON_DISK, False),
        (VOLUME_ON_BOTH, False),
        (Device(beneath=(VOLUME_ON_LUKS, LUKS)), True),
    ],
)
def test_what_a_device_keeps_to_itself(device: Device, safe: bool) -> None:
    assert is_safe(device) is safe


@pytest.mark.parametrize(
    ("swaps", "on", "said"),
    [
        (HEAD, {}, Verdict.SAFE),
        ("", {}, Verdict.SAFE),
        (None, {}, Verdict.UNKNOWN),
        (HEAD + line("/dev/sda2"), {"/dev/sda2": PLAIN}, Verdict.PLAIN),
        (HEAD + line("/swap.img", "file"), {"/swap.img": PLAIN}, Verdict.PLAIN),
        (HEAD + line("/swap.img", "file"), {"/swap.img": LUKS}, Verdict.SAFE),
        (HEAD + line("/swap\\040file", "file"), {"/swap file": VOLUME_ON_LUKS}, Verdict.SAFE),
        (HEAD + line("/dev/dm-1"), {"/dev/dm-1": LUKS}, Verdict.SAFE),
        (HEAD + line("/dev/zram0"), {"/dev/zram0": ZRAM}, Verdict.SAFE),
        (HEAD + line("/dev/zram0"), {"/dev/zram0": ZRAM_ON_DISK}, Verdict.PLAIN),
        (HEAD + line("/dev/zram0") + line("/dev/dm-0"), {"/dev/zram0": ZRAM, "/dev/dm-0": RANDOM_KEY}, Verdict.SAFE),
        (HEAD + line("/dev/zram0") + line("/dev/sda2"), {"/dev/zram0": ZRAM, "/dev/sda2": PLAIN}, Verdict.PLAIN),
        (HEAD + line("/swapfile", "file"), {}, Verdict.UNKNOWN),
        (HEAD + line("/dev/dm-0") + line("/swapfile", "file"), {"/dev/dm-0": LUKS}, Verdict.UNKNOWN),
        (HEAD + line("/swapfile", "file") + line("/dev/sda2"), {"/dev/sda2": PLAIN}, Verdict.PLAIN),
    ],
)
def test_a_machine_is_as_safe_as_its_worst_swap(swaps: str | None, on: dict[str, Device], said: Verdict) -> None:
    assert verdict(swaps, on.get) is said


def test_names_are_read_as_the_kernel_writes_them() -> None:
    assert places(HEAD + line("/a\\040b\\134c", "file") + line("/dev/sda2")) == ("/a b\\c", "/dev/sda2")


def laid(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "device"),
    [
        ({"size": "8"}, PLAIN),
        ({"dm/uuid": "CRYPT-PLAIN-cryptswap1\n"}, RANDOM_KEY),
        ({"dm/uuid": "LVM-abcdef\n", "slaves/sda2/size": "8"}, VOLUME_ON_DISK),
        ({"dm/uuid": "LVM-abcdef\n", "slaves/dm-0/dm/uuid": f"{LUKS.uuid}\n"}, VOLUME_ON_LUKS),
        ({"backing_dev": "none\n"}, ZRAM),
        ({"backing_dev": "/dev/sdb1\n"}, ZRAM_ON_DISK),
    ],
)
def test_a_device_is_read_as_the_kernel_shows_it(tmp_path: Path, files: dict[str, str], device: Device) -> None:
    assert read_device(laid(tmp_path / "device", files)) == device


def test_a_device_that_the_kernel_does_not_show_is_unknown(tmp_path: Path) -> None:
    assert read_device(tmp_path / "0:44") is None


@pytest.mark.skipif(not hasattr(os, "major"), reason="device numbers")
def test_a_swap_file_is_as_safe_as_the_disk_it_lies_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "swapfile"
    file.write_bytes(b"")
    number = file.stat().st_dev
    laid(tmp_path / f"{os.major(number)}:{os.minor(number)}", {"dm/uuid": LUKS.uuid})
    monkeypatch.setattr(swap, "DEVICES", tmp_path)
    assert swap.device_of(str(file)) == LUKS
    assert swap.device_of(str(tmp_path / "gone")) is None


@pytest.mark.parametrize(
    ("platform", "swaps", "said"),
    [
        ("darwin", HEAD + line("/gone"), Verdict.SAFE),
        ("win32", HEAD, Verdict.UNKNOWN),
        ("linux", HEAD, Verdict.SAFE),
        ("linux", HEAD + line("/gone"), Verdict.UNKNOWN),
        ("linux", None, Verdict.UNKNOWN),
    ],
)
def test_each_system_is_asked_in_its_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, swaps: str | None, said: Verdict
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(swap, "SWAPS", tmp_path / "swaps")
    if swaps is not None:
        (tmp_path / "swaps").write_text(swaps)
    assert swap.here() is said
