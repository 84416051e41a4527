"""An invented interview, its codings, and what a correction or a new transcription makes of it: with the truth kept.

Every character carries a number of its own through edits and new cuts, so that where a coding ought to be afterwards is
known without any search.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.coding.anchors import Passage, Place
from pipeline.interview import Role
from pipeline.lines.lineage import keep_ids
from pipeline.transcript import Descent, Segment

SUBJECTS = ("저는", "그때는", "제가", "우리 팀은", "그분은", "동료가", "처음에는", "사실은", "요즘은", "병동에서는")
OBJECTS = (
    "회의를", "약을", "제 이야기를", "일자리를", "낙인을", "회복을", "교육을", "상담을", "마음을", "기록을",
    "월급을", "자격증을", "전화를", "비밀을", "실수를",
)  # fmt: skip
ADVERBS = ("많이", "조금씩", "혼자", "다시", "겨우", "늘", "갑자기", "천천히", "솔직하게", "오랫동안", "어렵게")
VERBS = (
    "했어요", "나눴거든요", "배웠고요", "숨겼어요", "시작했죠", "견뎠습니다", "바랐어요", "못 했어요", "느꼈는데요",
    "기다렸어요", "받아들였어요", "포기할까 했죠",
)  # fmt: skip
SHORT = ("네.", "음.", "네 네.", "그렇죠.", "아 정말요?", "맞아요.")
SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저고노도로모보소오조구누두루무부수우주그느드르므브스으즈"


@dataclass(frozen=True)
class Said:
    """A line whose characters are numbered; `marks` has one number for each."""

    segment: Segment
    marks: tuple[int, ...]


def interview(count: int, seed: int = 0) -> list[Said]:
    """`count` lines of two speakers, times rising, characters numbered through."""
    dice = random.Random(seed)
    lines, now, mark = [], 0.0, 0
    for number in range(1, count + 1):
        asks = dice.random() < 0.3
        text = dice.choice(SHORT) if dice.random() < 0.2 else sentence(dice)
        end = now + 0.6 + 0.14 * len(text)
        speaker, role = ("S1", Role.INTERVIEWER) if asks else ("S2", Role.PARTICIPANT)
        segment = Segment(f"s{number}", number, speaker, role, round(now, 3), round(end, 3), text)
        lines.append(Said(segment, tuple(range(mark, mark + len(text)))))
        now, mark = end + dice.choice((0.1, 0.3, 0.8, 2.0)), mark + len(text)
    return lines


def sentence(dice: random.Random) -> str:
    """One to three clauses."""
    clauses = [
        " ".join((dice.choice(SUBJECTS), dice.choice(OBJECTS), dice.choice(ADVERBS), dice.choice(VERBS)))
        for _ in range(dice.choice((1, 1, 2, 3)))
    ]
    return ", ".join(clauses) + "."


def codings(lines: Sequence[Said], count: int, seed: int = 0) -> list[tuple[Place, ...]]:
    """`count` codings: whole lines, clauses, a word or two."""
    dice = random.Random(seed + 1)
    long = [line for line in lines if len(line.segment.text) > 8]
    made = []
    for line in dice.sample(long, count):
        text = line.segment.text
        words = [0, *(at + 1 for at, letter in enumerate(text) if letter == " ")]
        first = dice.randrange(len(words))
        last = min(len(words) - 1, first + dice.choice((0, 1, 2, 4, 9)))
        end = words[last + 1] - 1 if last + 1 < len(words) else len(text)
        made.append((Place(line.segment.id, words[first], end),))
    return made


def edited(lines: Sequence[Said], share: float, seed: int = 0) -> list[Said]:
    """`share` of the characters replaced, left out or followed by another one; ids and times stay."""
    dice = random.Random(seed + 2)
    after = []
    for line in lines:
        text, marks = [], []
        for letter, mark in zip(line.segment.text, line.marks, strict=True):
            kind = dice.choice(("other", "none", "more")) if dice.random() < share else "same"
            if kind in ("same", "more"):
                text.append(letter)
                marks.append(mark)
            if kind in ("other", "more"):
                text.append(dice.choice(SYLLABLES))
                marks.append(-1)
        after.append(Said(replace(line.segment, text="".join(text) or "음"), tuple(marks or [-1])))
    return after


def recut(lines: Sequence[Said], seed: int = 0) -> tuple[list[Said], list[Descent]]:
    """Cut anew at other words, times up to 150 ms off; ids as the stage `segment` would keep and mint them."""
    dice = random.Random(seed + 3)
    pieces: list[Said] = []
    for line in lines:
        words = [at for at, letter in enumerate(line.segment.text) if letter == " "]
        cuts = sorted(dice.sample(words, min(len(words), dice.choice((0, 0, 1, 1, 2)))))
        for start, end in zip((0, *(cut + 1 for cut in cuts)), (*cuts, len(line.segment.text)), strict=True):
            if start < end:
                pieces.append(_piece(line, start, end))
    merged: list[Said] = []
    for piece in pieces:
        alike = merged and merged[-1].segment.speaker == piece.segment.speaker
        if alike and dice.random() < 0.4:
            merged[-1] = _together(merged[-1], piece)
        else:
            merged.append(piece)
    fresh = [replace(said.segment, line=number, id="", **_jittered(said.segment, dice))
             for number, said in enumerate(merged, start=1)]  # fmt: skip
    minted = iter(f"n{seed}-{number}" for number in range(len(fresh)))
    named = keep_ids(fresh, [line.segment for line in lines], lambda: next(minted))
    again = [Said(segment, said.marks) for (segment, _), said in zip(named, merged, strict=True)]
    return again, [descent for _, descent in named]


def _jittered(segment: Segment, dice: random.Random) -> dict[str, float]:
    start = max(0.0, segment.start + dice.uniform(-0.15, 0.15))
    return {"start": start, "end": max(start + 0.05, segment.end + dice.uniform(-0.15, 0.15))}


def _piece(line: Said, start: int, end: int) -> Said:
    segment = line.segment
    speed = (segment.end - segment.start) / len(segment.text)
    times = {"start": segment.start + speed * start, "end": segment.start + speed * end}
    return Said(replace(segment, text=segment.text[start:end], **times), line.marks[start:end])


def _together(one: Said, other: Said) -> Said:
    text = f"{one.segment.text} {other.segment.text}"
    return Said(replace(one.segment, text=text, end=other.segment.end), (*one.marks, -1, *other.marks))


def passages(lines: Sequence[Said]) -> list[Passage]:
    """As codings meet them."""
    return [
        Passage(s.id, round(s.start * 1000), round(s.end * 1000), s.text, s.role.value)
        for s in (line.segment for line in lines)
    ]


def numbers(lines: Sequence[Said], places: Sequence[Place]) -> list[int]:
    """The numbers of the characters there; -1 for those that an edit put in."""
    by_id = {line.segment.id: line for line in lines}
    return [mark for place in places for mark in by_id[place.segment].marks[place.start : place.end]]


def right(before: Sequence[Said], coded: Sequence[Place], after: Sequence[Said], found: Sequence[Place]) -> bool:
    """Whether `found` is the passage that `coded` was: of what was coded and is still said, it has more than half, and
    more than half of its own characters were coded or were put in between."""
    coded_marks = set(numbers(before, coded))
    still = {mark for line in after for mark in line.marks} & coded_marks
    there = numbers(after, found)
    ours = [mark for mark in there if mark in coded_marks]
    strangers = [mark for mark in there if mark >= 0 and mark not in coded_marks]
    if not still:
        return False
    return len(ours) * 2 > len(still) and len(ours) >= len(strangers)
