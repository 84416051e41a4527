"""Titles as recognizers of speech garble them: 팀짱님, 산생님, 보호싸님. Standard library only.

Distances are those of `pipeline.phonetics`. A word of two syllables is near too many others, names among them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from pipeline.phonetics import distance

FARTHEST_SHORT, FARTHEST_LONG = 0.3, 0.6
"""Of a title of two syllables, and of a longer one."""
_HEARD_FOR_SAENG = frozenset("생샌쌩셍샹")


def heard_title(word: str, titles: Iterable[str], may_name: bool) -> str | None:
    """That of `titles` which `word` sounds like, with one other syllable; 선생 is heard in more ways than any other.

    `may_name`: `word` is made like a name, and then is one.

    >>> [heard_title(word, ("팀장", "보호사", "소장"), word == "소정") for word in ("팀짱", "보호싸", "성생", "소정")]
    ['팀장', '보호사', '선생', None]
    """
    if len(word) == 2 and word[1] in _HEARD_FOR_SAENG and distance(word, "선생") <= FARTHEST_LONG:
        return "선생"
    if may_name or len(word) < 2:
        return None
    alike = (title for title in titles if len(title) == len(word) and _others(word, title) == 1)
    far, title = min(((distance(word, title), title) for title in alike), default=(math.inf, ""))
    return title if far <= (FARTHEST_SHORT if len(word) == 2 else FARTHEST_LONG) else None


def _others(one: str, other: str) -> int:
    """How many syllables of two words of one length differ."""
    return sum(mine != theirs for mine, theirs in zip(one, other, strict=True))
