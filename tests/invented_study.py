"""An invented study of the model study's shape: 140 codes under 20 sub-themes, 7 subcategories and 3 categories, 10
participants, 2 or 3 interviews each, two coders who mostly agree. The same on every machine."""

from __future__ import annotations

import random

from pipeline.codes import Code, Codebook
from pipeline.coding.themes import Said

STUDY = "invented"
SUBCATEGORIES_OF, SUBTHEMES_OF, CODES = (2, 2, 3), (3, 3, 3, 3, 3, 3, 2), 140
TOPICS = ("낙인", "회복", "동료 관계", "일자리", "치료", "가족", "자기 이해")
SIDES = ("경험", "바람", "어려움")


def codebook(version: int = 1) -> Codebook:
    """Three floors of themes, and codes dealt out to the sub-themes in turn."""
    codes, subthemes, subcategory = [], [], 0
    for category, count in enumerate(SUBCATEGORIES_OF, start=1):
        codes.append(Code(f"c{category}", None, f"범주 {category}"))
        for _ in range(count):
            topic = TOPICS[subcategory]
            codes.append(Code(f"s{subcategory}", f"c{category}", topic, "#336699"))
            for side in range(SUBTHEMES_OF[subcategory]):
                subthemes.append(f"t{subcategory}-{side}")
                codes.append(Code(subthemes[-1], f"s{subcategory}", f"{topic}의 {SIDES[side]}", "", f"{topic} 이야기"))
            subcategory += 1
    codes += [Code(f"k{at}", subthemes[at % len(subthemes)], f"코드 {at}") for at in range(CODES)]
    return Codebook(STUDY, version, tuple(codes))


def participants() -> dict[str, int]:
    """Ten, with the number of their interviews."""
    return {f"P{number:02}": 3 if number <= 4 else 2 for number in range(1, 11)}


def interviews() -> list[str]:
    """In the order in which they were held: all first ones, then all second ones."""
    rounds = max(participants().values())
    return [
        f"{STUDY}-{who}-S{session}" for session in range(1, rounds + 1) for who, count in participants().items()
        if session <= count
    ]  # fmt: skip


def said(seed: int = 0) -> list[Said]:
    """30 codings an interview, of few codes often and of many seldom; every code is used."""
    dice = random.Random(seed)
    weights = [1 / (1 + at) for at in range(CODES)]
    found: list[Said] = []
    for number, interview in enumerate(interviews()):
        drawn = dice.choices(range(CODES), weights, k=24) + [(6 * number + extra) % CODES for extra in range(6)]
        for at, code in enumerate(drawn):
            unit = f"{interview} u{at + 1:04}"
            quote = f"{interview}에서 한 {at + 1}번째 말"
            found.append(Said(len(found), f"k{code}", interview.split("-")[1], interview, unit, quote, "김코더"))
    return found
