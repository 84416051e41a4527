"""The cast of config/stand-ins.ko.toml: invented names, and which of them are like a real one.

Alike are names of as many syllables whose last has a coda of the same class (none, ㄹ, another), so that no particle
behind them changes and no offset moves; of these, given names that give the same impression of gender come first.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from pipeline.errors import SettingsInvalid
from pipeline.korean import coda_class, is_hangul

PATH = Path(__file__).resolve().parent.parent / "config" / "stand-ins.ko.toml"
FEMININE, MASCULINE, NEUTRAL = "feminine", "masculine", "neutral"
_ORDER = {FEMININE: (FEMININE, NEUTRAL, MASCULINE), MASCULINE: (MASCULINE, NEUTRAL, FEMININE)}
_LONGEST_NICKNAME = 3


@dataclass(frozen=True)
class Cast:
    """The lists, as the file explains them."""

    surnames: tuple[str, ...]
    given: tuple[tuple[str, tuple[str, ...]], ...]
    """(impression, names)."""
    endings: tuple[tuple[str, frozenset[str]], ...]
    """(impression, last syllables)."""
    nicknames: tuple[str, ...]
    sha256: str

    def impression(self, given: str) -> str:
        """Which gender the given name seems to have, by its last syllable.

        >>> [cast().impression(name) for name in ("영희", "민수", "준호")]
        ['feminine', 'neutral', 'masculine']
        """
        return next((impression for impression, last in self.endings if given[-1:] in last), NEUTRAL)

    def surnames_like(self, surname: str) -> Iterator[str]:
        """Surnames of as many syllables, those of the same class first: nothing but a title or name follows one."""
        same = [name for name in self.surnames if len(name) == len(surname)]
        return iter(sorted(same, key=lambda name: coda_class(name) != coda_class(surname)))

    def givens_like(self, given: str) -> Iterator[tuple[str, ...]]:
        """Given names like `given`, the impression that it gives first, neutral ones next."""
        lists = dict(self.given)
        for impression in _ORDER.get(self.impression(given), (NEUTRAL, FEMININE, MASCULINE)):
            yield tuple(name for name in lists[impression] if _alike(name, given))

    def nicknames_like(self, form: str) -> tuple[str, ...]:
        """Nicknames like `form`; longer ones are put together, and for what is not Hangul there are some of two."""
        size = len(form) if all(map(is_hangul, form)) else 2
        ends = [name for name in self.nicknames if coda_class(name) == coda_class(form)]
        if size <= _LONGEST_NICKNAME:
            return tuple(name for name in ends if len(name) == size)
        fronts = self.nicknames_like("가" * (size - 2))
        return tuple(front + end for end in ends if len(end) == 2 for front in fronts if front[-1] != end[0])


def _alike(name: str, other: str) -> bool:
    return len(name) == len(other) and coda_class(name) == coda_class(other)


def _listed(path: Path, data: bytes) -> Cast:
    tables = tomllib.loads(data.decode())
    if set(tables) != {"surnames", "given", "impression", "nicknames"}:
        raise KeyError("tables")
    surnames, nicknames = tables["surnames"], tables["nicknames"]
    given = tuple((name, tuple(tables["given"].pop(name).split())) for name in (FEMININE, MASCULINE, NEUTRAL))
    endings = tuple((name, frozenset(tables["impression"].pop(name).split())) for name in (FEMININE, MASCULINE))
    found = Cast(
        (*surnames.pop("one").split(), *surnames.pop("two").split()),
        given,
        endings,
        tuple(nicknames.pop("names").split()),
        hashlib.sha256(data).hexdigest(),
    )
    called = [*chain.from_iterable(names for _, names in given), *found.nicknames]
    spelled = all(is_hangul(letter) for name in (*called, *found.surnames) for letter in name)
    left = any((surnames, nicknames, tables["given"], tables["impression"]))
    if left or not spelled or len(set(called)) < len(called) or not all((found.surnames, *dict(given).values())):
        raise ValueError(path)
    return found


@cache
def cast(path: Path = PATH) -> Cast:
    """The cast in `path`. Raises SettingsInvalid where it cannot be read, a list is missing, empty or no Hangul."""
    try:
        return _listed(path, path.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsInvalid(path=path, where=type(error).__name__) from None
