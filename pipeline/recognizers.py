"""The recognizers of names by their names in the settings, and what they are asked with.

A new one is one file in `engines/` and one line in the table here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipeline.finding import Echo, Recognizer
from pipeline.interview import EngineId
from pipeline.lexicon import lexicon
from pipeline.settings import Settings
from pipeline.stages.detect import Once
from pipeline.tools import by_name

if TYPE_CHECKING:  # every engine is imported when it is chosen
    from pipeline.engines.context import Judge

READS: Mapping[str, str] = {
    "roster": "forms",
    "variants": "forms",
    **dict.fromkeys(
        ("patterns", "places", "titles", "introductions", "vocatives", "kiwi", "mecab", "context", "rejoined"), "text"
    ),
}
"""What a recognizer reads: the ``text`` alone; beside it the register's ``forms``, each by itself, so that what it
finds of two registers is what it finds of both together. One that is not here reads the register as a whole."""


_OF_ONE_PIECE = ("places", "introductions", "kiwi", "mecab", "context")
"""Recognizers that are asked again where a name may have been cut in two."""


def of(settings: Settings) -> tuple[Recognizer, ...]:
    """Find names, in the order of the settings. Raises EngineUnknown."""
    return tuple(recognizer for _, recognizer in named(settings))


def named(settings: Settings) -> tuple[tuple[str, Recognizer], ...]:
    """The same, by their names in the settings: what reads the text alone is asked once about it."""
    made = ((name, by_name("detect", name, _table())()) for name in settings.detect.recognizers)
    return tuple((name, Once(one) if READS.get(name) == "text" else one) for name, one in made)


def _table() -> dict[str, Callable[[], Recognizer]]:
    from pipeline.engines import context, kiwi, mecab, variants
    from pipeline.engines.context.sceptic import Sceptic
    from pipeline.engines.rejoined import Rejoined
    from pipeline.engines.rules import introductions, patterns, places, roster, titles, vocatives

    def doubted(make: Callable[[], Recognizer]) -> Callable[[], Recognizer]:
        return lambda: Sceptic(make(), judge())

    table: dict[str, Callable[[], Recognizer]] = {
        "roster": doubted(roster.roster),
        "patterns": patterns.patterns,
        "places": doubted(places.places),
        "titles": doubted(titles.titles),
        "introductions": doubted(introductions.introductions),
        "vocatives": doubted(vocatives.vocatives),
        "kiwi": doubted(kiwi.kiwi),
        "mecab": doubted(mecab.mecab),
        "context": lambda: context.Context(judge()),
        "rejoined": lambda: Rejoined(
            tuple(table[name]() for name in _OF_ONE_PIECE), lexicon(), kiwi.is_known_word, judge().ends_in_particle
        ),
        "variants": doubted(lambda: variants.Variants(lexicon(), kiwi.is_known_word)),
    }
    return table


def echoes(settings: Settings) -> tuple[Echo, ...]:
    """Find names by those found, in the order of the settings. Raises EngineUnknown."""

    from pipeline.engines.context.again import Again
    from pipeline.engines.rules.begun import begun

    table: dict[str, Callable[[], Echo]] = {"again": lambda: Again(judge()), "begun": begun}
    return tuple(by_name("detect", name, table)() for name in settings.detect.echoes)


def judge() -> Judge:
    """Who weighs a name against the word that stands there, with the house's lexicon and coefficients."""
    from pipeline.engines import context, kiwi, mecab
    from pipeline.engines.context.evidence import Sources

    sources = Sources(lexicon(), kiwi.morphemes, mecab.morphemes)
    return context.Judge(sources, kiwi.weigh, context.coefficients()[0])


def everyday_word() -> Callable[[str], bool]:
    """Whether a text is one word of the dictionary and no proper noun; loads it with the first text."""
    from pipeline.engines.kiwi import morphemes

    def is_word(text: str) -> bool:
        found = morphemes(text)
        return len(found) == 1 and not found[0].unknown and found[0].tag != "NNP"

    return is_word


def engine(settings: Settings) -> EngineId:
    """What finds names, for the stamp: both morphologies, and the lexicon with the rules that read it."""
    from pipeline.engines import context, kiwi, mecab

    read = (("names.ko.toml", lexicon().sha256), ("context.ko.toml", context.coefficients()[1]))
    return EngineId("names", f"kiwi {kiwi.VERSION}, mecab {mecab.VERSION}", read)
