"""The numbers by which people cite passages: ``u0042``, and ``u0042a`` for one that was inserted after it later."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from string import ascii_lowercase

NUMBER = re.compile(r"u(\d+)([a-z]*)")


def numbered(order: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """A number for each segment id of `order`, a whole transcript, that is not in `known` yet.

    `known` holds every segment that the session ever had, so that no number is given twice. A segment that comes
    before one that has a number already is inserted: it takes the number of its predecessor with a letter (u0000 at the
    head). The others are appended: they count on. Letters tell what is new and not the order; lines do that.

    >>> numbered(["p", "q"], {})
    {'p': 'u0001', 'q': 'u0002'}
    >>> numbered(["p", "x", "q", "y"], {"p": "u0001", "q": "u0002"})
    {'x': 'u0001a', 'y': 'u0003'}
    """
    taken, given = set(known.values()), dict[str, str]()
    highest = max((base(number) for number in taken), default=0)
    tail = max((index + 1 for index, segment in enumerate(order) if segment in known), default=0)
    before = 0
    for index, segment in enumerate(order):
        if segment in known:
            before = base(known[segment])
            continue
        if index < tail:
            number = next(number for number in inserted_after(before) if number not in taken)
        else:
            highest += 1
            number = f"u{highest:04d}"
        taken.add(number)
        given[segment] = number
    return given


def base(number: str) -> int:
    """42 of ``u0042a``."""
    match = NUMBER.fullmatch(number)
    if match is None:
        raise ValueError(f"no segment number: {number}")
    return int(match[1])


def inserted_after(before: int) -> Iterator[str]:
    """``u0042a`` to ``u0042z``, then ``u0042aa`` and on."""
    for length in count(1):
        for letters in product(ascii_lowercase, repeat=length):
            yield f"u{before:04d}{''.join(letters)}"
