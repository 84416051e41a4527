"""The lists of config/names.ko.toml and config/places.ko.toml: surnames, syllables, titles, places, institutions.

They are knowledge of the language, the same for every study, and are read once. `Lexicon.sha256` belongs into the stamp
of whatever was found with them.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsInvalid
from pipeline.heard_titles import heard_title
from pipeline.korean import coda, is_hangul, is_tail, tail_of

_CONFIG = Path(__file__).resolve().parent.parent / "config"
PATH = _CONFIG / "names.ko.toml"
PLACES_PATH = _CONFIG / "places.ko.toml"

_HONOURED, _HONOURED_WITHIN = re.compile(r"\s?([가-힣]{2,5})님"), 7


@dataclass(frozen=True)
class Lexicon:
    """The lists, by the names that they have in the file, where each is explained."""

    surnames: frozenset[str]
    compound_surnames: frozenset[str]
    surnames_that_determine: frozenset[str]
    given_first: frozenset[str]
    given_last: frozenset[str]
    names_that_are_words: frozenset[str]
    foreign: frozenset[str]
    office: frozenset[str]
    kin: frozenset[str]
    never_a_name: frozenset[str]
    ends_like_honorific: frozenset[str]
    drugs: frozenset[str]
    harmless: frozenset[str]
    nouns_with_i: frozenset[str]
    never_a_fragment: frozenset[str]
    public_figures: frozenset[str]
    never_introduced: frozenset[str]
    cities: frozenset[str]
    cities_that_are_words: frozenset[str]
    districts: frozenset[str]
    provinces: frozenset[str]
    place_suffixes: tuple[str, ...]
    never_a_place: frozenset[str]
    org_kinds: tuple[tuple[str, str], ...]
    """(ending, kind) of institutions, longest ending first."""
    generic: frozenset[str]
    birth_words: frozenset[str]
    gazetteer: frozenset[str]
    """Towns, quarters, stations and landmarks, without what says so (구좌, 연남), but for single syllables (남면)."""
    universities: frozenset[str]
    hospitals: frozenset[str]
    places_that_are_words: frozenset[str]
    """Those of the four lists that are everyday words or may be names too."""
    sha256: str

    @cached_property
    def titles(self) -> frozenset[str]:
        """Titles of office and kin."""
        return self.office | self.kin

    @cached_property
    def _long_titles(self) -> tuple[str, ...]:
        return tuple(title for title in self.titles if len(title) > 2)

    @cached_property
    def titles_of_two(self) -> tuple[str, ...]:
        """Titles of two syllables and more."""
        return tuple(title for title in self.titles if len(title) > 1)

    @cached_property
    def never_honoured(self) -> tuple[str, ...]:
        """Ends of words that no 씨 or 님 makes a name: titles, what names nobody, words that end so by themselves."""
        begun = (word[:-1] for word in self.ends_like_honorific if len(word) > 2)
        return (*(word for word in self.titles | self.never_a_name if len(word) > 1), *begun)

    @cached_property
    def _org_endings(self) -> tuple[str, ...]:
        return tuple(ending for ending, _ in self.org_kinds if len(ending) > 1)

    def org_endings_in(self, text: str) -> tuple[str, ...]:
        """The endings of institutions that stand in `text`, in the order of `org_kinds`."""
        longest = len(self.org_kinds[0][0])
        pieces = {text[start:end] for start in range(len(text)) for end in range(start + 1, start + longest + 1)}
        return tuple(sorted(pieces & self._org_ranks.keys(), key=self._org_ranks.__getitem__))

    @cached_property
    def _org_ranks(self) -> dict[str, int]:
        endings = dict.fromkeys(ending for ending, _ in self.org_kinds)
        return {ending: rank for rank, ending in enumerate(endings)}

    @cached_property
    def general(self) -> frozenset[str]:
        """`generic` words, and the kinds of institutions themselves: 정신+병원."""
        return self.generic | frozenset(self._org_endings)

    @cached_property
    def relatives(self) -> tuple[str, ...]:
        """Titles of kin, of two syllables and more."""
        return tuple(kin for kin in self.kin if len(kin) > 1)

    @cached_property
    def known_places(self) -> frozenset[str]:
        """Every place of the gazetteers, districts with and without their suffix."""
        return self.gazetteer | self.cities | self.counties | self.districts

    @cached_property
    def ambiguous_places(self) -> frozenset[str]:
        """Those that are words too."""
        return self.places_that_are_words | self.cities_that_are_words

    @cached_property
    def stoplist(self) -> frozenset[str]:
        """Words that are no personal name whatever stands around them."""
        return self.never_a_name | self.harmless | self.drugs | self.titles | self.provinces | self.public_figures

    @cached_property
    def counties(self) -> frozenset[str]:
        """Districts without their suffix: 괴산, 노원."""
        return frozenset(name[:-1] for name in self.districts if len(name) > 2)

    @cached_property
    def _title(self) -> re.Pattern[str]:
        longest_first = sorted((*self.titles, "님", "씨"), key=len, reverse=True)
        return re.compile(rf"(이?)(\s?)({'|'.join(longest_first)})(님?)")

    def title_at(self, line: str, at: int) -> str | None:
        """The title or honorific (씨, 님) at `at`, perhaps behind a space or the suffix 이; None where there is none.

        A title of one or two syllables counts only where a particle or nothing follows: 양말 is no 양, 동생활 no 동생.

        >>> [lexicon().title_at(line, 2) for line in ("민수 과장님이", "민석이형이랑", "민수 양말", "민수가")]
        ['과장', '형', None, None]
        """
        match = self._title.match(line, at)
        if match is not None and not (match[1] and (at == 0 or not coda(line[at - 1]))):
            followed = is_tail(tail_of(line, match.end())) or len(match[3]) > 2 or match[4]
            return match[3] if followed else None
        heard = _HONOURED.match(line, at) if "님" in line[at : at + _HONOURED_WITHIN] else None
        return heard and self.garbled_title(heard[1])

    def garbled_title(self, word: str) -> str | None:
        """The title of an office that `word` sounds like and is not (`pipeline.heard_titles`), where that is no name.

        >>> [lexicon().garbled_title(word) for word in ("팀짱", "산생", "보호싸", "소정")]
        ['팀장', '선생', '보호사', None]
        """
        if word not in self._heard_titles and word not in self.titles:
            self._heard_titles[word] = heard_title(word, self.office, self.is_given(word) or self.is_full(word))
        return self._heard_titles.get(word)

    @cached_property
    def _heard_titles(self) -> dict[str, str | None]:
        """Those that were asked for."""
        return {}

    def is_word(self, name: str) -> bool:
        """Whether `name`, which somebody may bear, is an everyday word too, alone or with the particle 이 (별이)."""
        return name in self.names_that_are_words or name.removesuffix("이") in self.names_that_are_words

    def is_explained(self, word: str) -> bool:
        """Whether `word` is in the stoplist, ends in a title of three syllables and more (동료지원가), or is a kind.

        A kind is an institution that has no name of its own: 공동생활가정, 주간재활시설.
        """
        return word in self.stoplist or word.endswith(self._long_titles) or self._is_kind(word)

    def known_beginning(self, line: str, start: int) -> bool:
        """Whether a word of the stoplist, of three syllables and more, begins at `start`: 데파코트랑."""
        return any(line[start : start + length] in self.stoplist for length in range(3, 8))

    def _is_kind(self, word: str) -> bool:
        return len(word) > 3 and word.endswith(self._org_endings) and is_generic(word, self.general)

    def names_nobody(self, word: str) -> bool:
        """Whether `word`, alone or with the particle 이, is one that names nobody, or an institution."""
        return (
            word.endswith(self._org_endings)
            or word in self.stoplist
            or word.removesuffix("님") in self.titles
            or word.removesuffix("이") in self.titles | {"저", "나", "이", "분", "님", "뜻", "말"}
        )

    def is_surname(self, text: str) -> bool:
        """Whether `text` is a surname of one or two syllables."""
        return text in self.surnames or text in self.compound_surnames

    def is_given(self, text: str) -> bool:
        """Whether the two syllables of `text` are such as given names have, and it is not in the stoplist."""
        return (
            len(text) == 2 and text[0] in self.given_first and text[1] in self.given_last and text not in self.stoplist
        )

    def is_short(self, text: str) -> bool:
        """Whether `text` reads as a surname and a given name of one syllable: 곽철, 최율."""
        return len(text) == 2 and text[0] in self.surnames and text[1] in self.given_last and text not in self.stoplist

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


@lru_cache(maxsize=8192)
def is_generic(text: str, generic: frozenset[str]) -> bool:
    """Whether `text` can be cut into words of `generic` without a rest, no two of one syllable side by side.

    >>> generic = frozenset({"정신", "건강", "복지", "동", "우"})
    >>> [is_generic(text, generic) for text in ("정신건강복지", "한빛정신", "동우")]
    [True, False, False]
    """
    reached = {(0, False)}  # how far, and whether by a word of one syllable
    for end in range(1, len(text) + 1):
        for start, short in tuple(reached):
            if text[start:end] in generic and not (short and end - start == 1):
                reached.add((end, end - start == 1))
    return bool({(len(text), False), (len(text), True)} & reached)


def _flat(tables: dict[str, Any]) -> dict[str, Any]:
    words: dict[str, Any] = {
        key: frozenset(value.split()) for table in tables.values() for key, value in table.items() if key != "kinds"
    }
    words["place_suffixes"] = tuple(sorted(words.pop("suffixes")))
    words["birth_words"] = words.pop("words")
    kinds = [(ending, kind) for kind, endings in tables["orgs"]["kinds"] for ending in endings.split()]
    return {**words, "org_kinds": tuple(sorted(kinds, key=lambda pair: -len(pair[0])))}


def _places(tables: dict[str, Any]) -> dict[str, frozenset[str]]:
    def all_of(*names: str) -> frozenset[str]:
        return frozenset(word for name in names for words in tables[name].values() for word in words.split())

    return {
        "gazetteer": all_of("towns", "neighbourhoods", "stations", "landmarks"),
        "universities": all_of("universities"),
        "hospitals": all_of("hospitals"),
        "places_that_are_words": all_of("words"),
    }


@cache
def lexicon(path: Path = PATH, places: Path = PLACES_PATH) -> Lexicon:
    """The lexicon in both files. Raises SettingsInvalid where one cannot be read or a list is missing or unknown."""
    sha256, lists = hashlib.sha256(), dict[str, Any]()
    for file, read in ((path, _flat), (places, _places)):
        try:
            data = file.read_bytes()
            lists |= read(tomllib.loads(data.decode()))
            sha256.update(data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SettingsInvalid(path=file, where=type(error).__name__) from None
    try:
        return Lexicon(**lists, sha256=sha256.hexdigest())
    except TypeError as error:
        raise SettingsInvalid(path=path, where=type(error).__name__) from None
