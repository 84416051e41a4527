"""What a person is told of the machine that Chaerok runs on."""

from __future__ import annotations

from flows.terminal import either, err
from pipeline import swap
from pipeline.swap import Verdict

OF_SWAP = {
    Verdict.PLAIN: (
        "주의: 이 컴퓨터의 스왑이 암호화되어 있지 않습니다. 이름이 디스크에 남을 수 있으니 암호화하거나 끄세요.",
        "warning: this machine's swap is not encrypted; names may stay on the disk. Encrypt it, or switch it off.",
    ),
    Verdict.UNKNOWN: (
        "주의: 이 컴퓨터의 스왑이 암호화되어 있는지 알 수 없습니다. 확인하세요(docs/data-protection.md).",
        "warning: cannot tell whether this machine's swap is encrypted; check it (docs/data-protection.md).",
    ),
}


def warn_of_swap() -> None:
    """A line on standard error where what is swapped out may be read by who takes the disk."""
    if (found := swap.here()) in OF_SWAP:
        err.print(either(*OF_SWAP[found]), markup=False)
