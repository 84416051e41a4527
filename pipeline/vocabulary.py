"""A study's own words in what a recognizer heard: which of them it may have missed, and whether it found more.

Giving the words to Whisper with every window costs more than it brings: it leaves out more and puts in words that
nobody said. So a window is heard with them only where something in it sounds like one of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

NEAR_SHARE = 0.34
"""Letters (consonants and vowels) of a word that may be other than heard, missing or too many."""

LESS_PROBABLE, SHORTER = 0.1, 0.85
"""A hearing with the words is not believed where its mean log probability is lower, or its text shorter, by more."""


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
    heard = letters(whole)
    missing = (term for term in terms if plain(term) and plain(term) not in whole)
    return tuple(term for term in missing if distance(letters(term), heard) <= int(NEAR_SHARE * len(letters(term))))


def found_more(before: str, after: str, more_probable: float, terms: Sequence[str]) -> bool:
    """Whether `after`, heard with `terms`, is to be believed rather than `before`: it holds more of them.

    `more_probable`: how much higher its mean log probability is. It may be little lower, and leave out little.
    """
    held, now = (sum(plain(term) in plain(text) for term in terms) for text in (before, after))
    return now > held and more_probable >= -LESS_PROBABLE and len(plain(after)) >= SHORTER * len(plain(before))


def letters(text: str) -> str:
    """`text` as consonants and vowels, without spaces and marks."""
    return unicodedata.normalize("NFD", plain(text))


def distance(word: str, text: str) -> int:
    """The fewest letters to change, add or take away so that `word` stands somewhere in `text` (Sellers 1980).

    >>> distance("abc", "xxabcxx"), distance("abc", "xxadcxx"), distance("abc", "")
    (0, 1, 3)
    """
    row = [0] * (len(text) + 1)
    for number, letter in enumerate(word, 1):
        above, row = row, [number]
        for at, other in enumerate(text, 1):
            row.append(min(above[at - 1] + (letter != other), above[at] + 1, row[-1] + 1))
    return min(row)
