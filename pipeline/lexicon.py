"""The lists of config/names.ko.toml: surnames, syllables of given names, titles, places, institutions.

They are knowledge of the language, the same for every study, and are read once. `Lexicon.sha256` belongs into the stamp
of whatever was found with them.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsInvalid
from pipeline.korean import coda, is_hangul, is_tail, tail_of

PATH = Path(__file__).resolve().parent.parent / "config" / "names.ko.toml"


@dataclass(frozen=True)
class Lexicon:
    """The lists, by the names that they have in the file, where each is explained."""

    surnames: frozenset[str]
    compound_surnames: frozenset[str]
    surnames_that_determine: frozenset[str]
    given_first: frozenset[str]
    given_last: frozenset[str]
    names_that_are_words: frozenset[str]
    office: frozenset[str]
    kin: frozenset[str]
    never_a_name: frozenset[str]
    ends_like_honorific: frozenset[str]
    drugs: frozenset[str]
    harmless: frozenset[str]
    nouns_with_i: frozenset[str]
    never_a_fragment: frozenset[str]
    never_introduced: frozenset[str]
    cities: frozenset[str]
    cities_that_are_words: frozenset[str]
    districts: frozenset[str]
    provinces: frozenset[str]
    place_suffixes: frozenset[str]
    never_a_place: frozenset[str]
    org_kinds: tuple[tuple[str, str], ...]
    """(ending, kind) of institutions, longest ending first."""
    generic: frozenset[str]
    birth_words: frozenset[str]
    sha256: str

    @cached_property
    def titles(self) -> frozenset[str]:
        """Titles of office and kin."""
        return self.office | self.kin

    @cached_property
    def stoplist(self) -> frozenset[str]:
        """Words that are no personal name whatever stands around them."""
        return self.never_a_name | self.harmless | self.drugs | self.titles | self.provinces

    @cached_property
    def counties(self) -> frozenset[str]:
        """Districts without their suffix: 괴산, 노원."""
        return frozenset(name[:-1] for name in self.districts if len(name) > 2)

    @cached_property
    def _title(self) -> re.Pattern[str]:
        longest_first = sorted((*self.titles, "님", "씨"), key=len, reverse=True)
        return re.compile(rf"(이?)(\s?)({'|'.join(longest_first)})님?")

    def title_at(self, line: str, at: int) -> str | None:
        """The title or honorific (씨, 님) at `at`, perhaps behind a space or the suffix 이; None where there is none.

        A title of one syllable counts only where a particle or nothing follows: 양말 is no 양.

        >>> [lexicon().title_at(line, 2) for line in ("민수 과장님이", "민석이형이랑", "민수 양말", "민수가")]
        ['과장', '형', None, None]
        """
        match = self._title.match(line, at)
        if match is None or (match[1] and (at == 0 or not coda(line[at - 1]))):
            return None
        whole = match[3] in {"님", "씨"} or len(match[3]) == 1
        return None if whole and not is_tail(tail_of(line, match.end())) else match[3]

    def is_word(self, name: str) -> bool:
        """Whether `name`, which somebody may bear, is an everyday word too, alone or with the particle 이 (별이)."""
        return name in self.names_that_are_words or name.removesuffix("이") in self.names_that_are_words

    def is_surname(self, text: str) -> bool:
        """Whether `text` is a surname of one or two syllables."""
        return text in self.surnames or text in self.compound_surnames

    def is_given(self, text: str) -> bool:
        """Whether the two syllables of `text` are such as given names have, and it is not in the stoplist."""
        return (
            len(text) == 2 and text[0] in self.given_first and text[1] in self.given_last and text not in self.stoplist
        )

    def is_full(self, text: str) -> bool:
        """Whether `text` reads as surname and given name: three syllables, or after a two-syllable surname one or two.

        >>> lexicon().is_full("남궁현"), lexicon().is_full("김민수"), lexicon().is_full("고마워")
        (True, True, False)
        """
        if text in self.stoplist or not all(map(is_hangul, text)):
            return False
        if len(text) == 3 and text[0] in self.surnames and self.is_given(text[1:]):
            return True
        return text[:2] in self.compound_surnames and (
            (len(text) == 3 and text[2] in self.given_last) or (len(text) == 4 and self.is_given(text[2:]))
        )

    def givens(self, text: str) -> tuple[str, ...]:
        """The given names that `text`, a full name, may hold: two readings where its surname may have two syllables.

        >>> lexicon().givens("김민수"), lexicon().givens("선우현"), lexicon().givens("양준")
        (('민수',), ('현', '우현'), ())
        """
        if text not in self._givens:
            self._givens[text] = self._given_names(text)
        return self._givens[text]

    @cached_property
    def _givens(self) -> dict[str, tuple[str, ...]]:
        """Those that were asked for: every form of a register is, for every mention."""
        return {}

    def _given_names(self, text: str) -> tuple[str, ...]:
        readings: list[str] = []
        if not all(map(is_hangul, text)):
            return ()
        if text[:2] in self.compound_surnames and len(text) in {3, 4}:
            readings.append(text[2:])
        if text[:1] in self.surnames and len(text) == 3 and (not readings or text[1] in self.given_first):
            readings.append(text[1:])
        return tuple(readings)


def _flat(tables: dict[str, Any]) -> dict[str, Any]:
    words = {
        key: frozenset(value.split()) for table in tables.values() for key, value in table.items() if key != "kinds"
    }
    words["place_suffixes"] = words.pop("suffixes")
    words["birth_words"] = words.pop("words")
    kinds = [(ending, kind) for kind, endings in tables["orgs"]["kinds"] for ending in endings.split()]
    return {**words, "org_kinds": tuple(sorted(kinds, key=lambda pair: -len(pair[0])))}


@cache
def lexicon(path: Path = PATH) -> Lexicon:
    """The lexicon in `path`. Raises SettingsInvalid where it cannot be read or a list is missing or unknown."""
    try:
        data = path.read_bytes()
        return Lexicon(**_flat(tomllib.loads(data.decode())), sha256=hashlib.sha256(data).hexdigest())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsInvalid(path=path, where=type(error).__name__) from None
