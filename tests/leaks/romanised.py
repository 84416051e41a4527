"""Korean names in Latin letters: Revised Romanization syllable by syllable, and surnames as people spell theirs.

Within a name, the romanization of 2000 writes no assimilation between syllables (문화관광부 고시 2000-8, 3.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

LEADS = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")  # noqa: SIM905 - a table of one line is read at once
VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()  # noqa: SIM905
TAILS = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ")  # noqa: SIM905

SURNAMES = {
    "김": ("kim",), "이": ("lee", "yi", "rhee"), "박": ("park", "pak"), "최": ("choi",), "정": ("jung", "chung"),
    "강": ("kang",), "조": ("cho",), "윤": ("yoon",), "임": ("lim",), "오": ("oh",), "신": ("shin",), "권": ("kwon",),
    "유": ("yoo", "ryu"), "문": ("moon",), "우": ("woo",), "구": ("koo",), "노": ("roh",), "하": ("ha",),
}  # fmt: skip
"""Beside the official spelling."""


def syllable(character: str) -> str:
    """One syllable: 김 is gim, 값 is gap, 읽 is ik."""
    index = ord(character) - 0xAC00
    return LEADS[index // 588] + VOWELS[index % 588 // 28] + TAILS[index % 28]


def romanised(name: str) -> Iterator[str]:
    """Every spelling of `name`, lower case: given name joined, hyphened or spaced, before or after the surname."""
    parts = [syllable(character) for character in name if "가" <= character <= "힣"]
    if not parts:
        return
    for joint in ("", "-", " "):
        yield joint.join(parts)
    firsts = (parts[0], *SURNAMES.get(name[0], ()))
    for first, joint, between in product(firsts, ("", "-", " "), ("", " ", ", ", "_")):
        given = joint.join(parts[1:])
        yield f"{first}{between}{given}"
        yield f"{given}{between}{first}"
