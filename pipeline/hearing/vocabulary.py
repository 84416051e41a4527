"""A study's own words in what a recognizer heard: which of them it may have missed, and whether it found more.

Giving the words to Whisper with every window costs more than it brings: it leaves out more and puts in words that
nobody said. So a window is heard with them only where something in it sounds like one of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rapidfuzz.fuzz import partial_ratio

NEAR_SHARE = 0.66
"""Of a term's letters (consonants and vowels): as many as are heard in their order where it may have been said."""

LESS_PROBABLE, SHORTER = 0.1, 0.96
"""A hearing with the words is not believed where its mean log probability is lower, or its text shorter, by more.

Ten interviews, 12 terms each: at 0.85 of the length 114 of 145 terms are heard and deletions rise from 2.0 to 2.3 %; at
0.96 107 are, and deletions stay. Without terms 80 are."""


def plain(text: str) -> str:
    """`text` without spaces and marks, in lower case: what is compared.

    >>> plain("네, 그렇죠. OK!")
    '네그렇죠ok'
    """
    return "".join(sign for sign in unicodedata.normalize("NFC", text).lower() if sign.isalnum())


def misheard(text: str, terms: Sequence[str]) -> tuple[str, ...]:
    """Those of `terms` that `text` does not hold, but something that sounds like them.

    >>> misheard("그 조연병이라고", ("조현병", "회복"))
    ('조현병',)
    """
    whole = plain(text)
    missing = (term for term in terms if plain(term) and plain(term) not in whole)
    return tuple(term for term in missing if sounds_like(term, whole))


def found_more(before: str, after: str, more_probable: float, terms: Sequence[str]) -> bool:
    """Whether `after`, heard with `terms`, is to be believed rather than `before`: it holds more of them.

    `more_probable`: how much higher its mean log probability is. It may be little lower, and leave out little.
    """
    held, now = (sum(plain(term) in plain(text) for term in terms) for text in (before, after))
    return now > held and more_probable >= -LESS_PROBABLE and len(plain(after)) >= SHORTER * len(plain(before))


def letters(text: str) -> str:
    """`text` as consonants and vowels, without spaces and marks."""
    return unicodedata.normalize("NFD", plain(text))


def sounds_like(term: str, text: str) -> bool:
    """Whether somewhere in `text`, in a stretch of the length of `term`, stand `NEAR_SHARE` of its letters in order.

    >>> sounds_like("조현병", "그 조연병이"), sounds_like("회복", "행복했어요"), sounds_like("조현병", "병")
    (True, False, False)
    """
    sought, heard = letters(term), letters(text)
    return len(heard) >= NEAR_SHARE * len(sought) and partial_ratio(sought, heard) >= 100 * NEAR_SHARE
