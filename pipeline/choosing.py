"""A person's own choice of stand-ins: taken as a whole, or refused with the row that cannot stand, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.errors import CorrectionsInvalid
from pipeline.interview import normal_text
from pipeline.korean import is_natural
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Choice, Entry, Register, given_part, renderings
from pipeline.stand_ins import Style, is_common, is_real, real_names
from pipeline.transcript import Label

PAGE = "가명"
"""The sheet's page, as `pipeline.review_sheet` titles it."""
LONGEST = 30
"""Code points; a stand-in is a name, no remark."""
WHY = {
    "empty": "비어 있음 / nothing is in it",
    "shape": f"{LONGEST}자를 넘거나 줄이 바뀜 / longer than {LONGEST} letters, or more than a line",
    "unknown": "명부에 없는 id / no such id in the register",
    "stale": "그사이 가명이 바뀜 / the stand-in has changed since",
    "twice": "두 줄이 같음 / two rows have the same",
    "name": "실명과 같음 / it is a real name, or holds one",
    "taken": "다른 가명과 같음 / another stand-in is the same",
    "word": "흔한 말과 같음 / it is an everyday word",
}
"""Why a choice is refused."""


def chosen(
    choices: tuple[Choice, ...], register: Register, style: Style, is_word: Callable[[str], bool], path: Path
) -> Register:
    """`register` with the stand-ins that a person chose in the sheet at `path`. What stands there already is no change.

    `is_word` says whether a text is a word of the dictionary. Raises CorrectionsInvalid with the row and why.
    """
    words = lexicon()
    known = {entry.id: entry for entry in register.entries}
    news = [(choice, _checked(choice, known, path)) for choice in choices]
    wanted = [(choice, new) for choice, new in news if new != known[choice.id].stand_in]
    for place, (choice, new) in enumerate(wanted):
        if choice.before != known[choice.id].stand_in:
            raise _refusal(path, choice, "stale")
        if any(other.id == choice.id or _bare(text) == _bare(new) for other, text in wanted[:place]):
            raise _refusal(path, choice, "twice")
        known[choice.id] = _renamed(known[choice.id], new, style, words)
    after = replace(register, entries=tuple(known[entry.id] for entry in register.entries))
    for choice, _ in wanted:
        _refuse(choice, register, after, is_word, path)
    return after


def _checked(choice: Choice, known: dict[str, Entry], path: Path) -> str:
    new = " ".join(normal_text(choice.after).split(" ")).strip()
    if choice.id not in known:
        raise _refusal(path, choice, "unknown")
    if not any(letter.isalnum() for letter in new):
        raise _refusal(path, choice, "empty")
    if len(new) > LONGEST or not new.isprintable() or not known[choice.id].forms:
        raise _refusal(path, choice, "shape")
    return new


def _refuse(choice: Choice, before: Register, after: Register, is_word: Callable[[str], bool], path: Path) -> None:
    """Raises CorrectionsInvalid where what the entry is called now may not stand beside all others, old and new."""
    words = lexicon()
    entry = next(entry for entry in after.entries if entry.id == choice.id)
    names = real_names(after.entries, words)
    others = {
        _bare(text) for register in (before, after) for other in register.entries if other.id != choice.id
        for text in renderings(other, words)
    }  # fmt: skip
    for text in sorted(renderings(entry, words)):
        if is_real(text, names) or any(form in text for form in names if len(form) > 2):
            raise _refusal(path, choice, "name")
        if _bare(text) in others:
            raise _refusal(path, choice, "taken")
        if is_natural(text) and len(text) > 1 and (is_common(text, words) or is_word(text)):
            raise _refusal(path, choice, "word")


def _refusal(path: Path, choice: Choice, why: str) -> CorrectionsInvalid:
    return CorrectionsInvalid(path=path, where=f"{PAGE} {choice.row}: {WHY[why]}")


def _bare(text: str) -> str:
    return text.strip("[]() ")


def _renamed(entry: Entry, new: str, style: Style, words: Lexicon) -> Entry:
    """`entry` under its new stand-in: an invented name goes on to the given name and the surname in it.

    A nickname keeps what stood for it, unless the person is known by nicknames alone: then the first gets the new one.
    """
    invented = entry.label is Label.NAME and is_natural(new) and bool(entry.shown or style.natural)
    if not invented:
        return replace(entry, stand_in=new, shown=(), chosen=True)
    full = next((form for form in entry.forms if words.givens(form)), entry.forms[0])
    given = (*words.givens(full), full)[0]
    part = given_part(full, given, new, words) if given != full else new
    surname = new.removesuffix(part) or new
    own = dict(zip(entry.forms, entry.shown, strict=False))
    shown = tuple(
        new if form == full
        else part if form in words.givens(full)
        else f"{surname} {form.split(' ', 1)[1]}" if " " in form and form.split(" ", 1)[0] == full.removesuffix(given)
        else own.get(form, new)
        for form in entry.forms
    )  # fmt: skip
    return replace(entry, stand_in=new.replace(" ", ""), shown=shown, chosen=True)
