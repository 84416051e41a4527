"""A name that comes up in one session is sought in all of the study: every interview that was searched without it is
searched again, and a release that shows it is quarantined.

What is due is read from the stamps, never from what happened: an interview whose mentions or draft were made with
another register than the present one. So a re-scan that was killed, or a store that was down, is made up for by the
next walk of any interview. No network is touched: what was heard stays heard.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pipeline import quarantine, steps
from pipeline.errors import PlaceBusy
from pipeline.interview import InterviewId
from pipeline.steps import Step
from pipeline.stores.locks import turn
from pipeline.stores.register import digest
from pipeline.stores.sealed import private_folder
from pipeline.transcript import Mentions, Pseudonymized, Released, Reviewed
from pipeline.walk import Walk

STEPS = ("detect", "pseudonymize")
"""What is walked again."""
FAILURE = "rescan"

Run = Callable[[Step, Walk], bool]


@dataclass(frozen=True, slots=True)
class Rescanned:
    """What a re-scan did, in ids and counts."""

    looked: tuple[InterviewId, ...] = ()
    """Searched again."""
    quarantined: tuple[InterviewId, ...] = ()
    """All of the study whose release is quarantined, now or since before."""
    untold: tuple[InterviewId, ...] = ()
    """With a coding store that could not be told of a quarantine yet; the next walk tries again."""
    failed: tuple[InterviewId, ...] = ()
    """That could not be searched; their tracebacks are sealed, and the next walk tries again."""


NOTHING = Rescanned()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an interview's stamps say: the registers with which its mentions and its draft were made."""

    interview: InterviewId
    mentions: str
    draft: str
    joined: bool
    """Whether the draft is of these mentions."""


def due(seen: Iterable[Seen], present: str) -> tuple[InterviewId, ...]:
    """The interviews that were searched with another register than that with the digest `present`."""
    return tuple(one.interview for one in seen if not (one.mentions == one.draft == present and one.joined))


def rescan(walk: Walk, run: Run = steps.run) -> Rescanned:
    """Search every interview of the walk's study that is due, until none is; then tell the stores what they must know.

    What one interview teaches may make others due again. That comes to rest, because every round without rest adds a
    form to the register that stands in one of the texts. Walks that re-scan at once take turns, and never wait for an
    interview that is being walked.
    """
    became: dict[InterviewId, str] = {}
    left: tuple[InterviewId, ...] = ()
    if _due(walk) or any(_pending(walk)):
        with _alone(walk):
            became = _search_all(walk, run)
            left = tuple(_untold(walk))
    return Rescanned(
        looked=tuple(interview for interview, what in became.items() if what == "looked"),
        quarantined=tuple(i for i in _interviews(walk) if quarantine.in_force(replace(walk, interview=i))),
        untold=left,
        failed=tuple(interview for interview, what in became.items() if what == "failed"),
    )


def _search_all(walk: Walk, run: Run) -> dict[InterviewId, str]:
    """What became of each that was due: ``looked``, ``failed``, or ``busy``."""
    became: dict[InterviewId, str] = {}
    tried: set[tuple[InterviewId, str]] = set()
    while todo := [pair for pair in _due(walk) if pair not in tried]:
        tried.update(todo)
        for interview, _ in todo:
            became[interview] = _search(replace(walk, interview=interview), run)
    return became


@contextmanager
def _alone(walk: Walk) -> Iterator[None]:
    """One re-scan of the study at a time; whoever comes second waits, so that nothing new is overlooked."""
    folder = private_folder(walk.home.registers)
    with turn(folder / f".{walk.interview.study}.rescan.lock"):
        yield


def _interviews(walk: Walk) -> tuple[InterviewId, ...]:
    return tuple(interview for interview in walk.vault.interviews() if interview.study == walk.interview.study)


def _due(walk: Walk) -> list[tuple[InterviewId, str]]:
    present = digest(walk.register())
    return [(interview, present) for interview in due(_seen(walk), present)]


def _seen(walk: Walk) -> Iterator[Seen]:
    """Of every interview that came as far as a text, or that coders may read; a stamp that a crash cost is empty."""
    kinds = (Reviewed, Mentions, Pseudonymized, Released)
    for interview in _interviews(walk):
        reviewed, mentions, draft, released = (walk.vault.stamp(interview, kind) for kind in kinds)
        if reviewed is not None or released is not None:
            of_mentions, of_draft = dict(mentions.inputs if mentions else ()), dict(draft.inputs if draft else ())
            joined = mentions is not None and of_draft.get(Mentions.__name__) == mentions.made
            yield Seen(interview, of_mentions.get("looks", "").partition("+")[0], of_draft.get("looks", ""), joined)


def _search(walk: Walk, run: Run) -> str:
    """Walk the interview's names again; ``busy`` where somebody else walks it now."""
    try:
        for name in STEPS:
            run(replace(steps.step(name), patience=0.0), walk)  # whoever walks it re-scans after it
    except PlaceBusy:
        return "busy"
    except Exception:
        walk.vault.write_failure(walk.interview, FAILURE, traceback.format_exc())
        return "failed"
    walk.vault.clear_failure(walk.interview, FAILURE)
    return "looked"


def _pending(walk: Walk) -> Iterator[Walk]:
    """The interviews with a quarantine that a store does not know of."""
    yield from (one for i in _interviews(walk) if quarantine.untold(one := replace(walk, interview=i)))


def _untold(walk: Walk) -> Iterator[InterviewId]:
    """Tell the stores; those interviews of which one still does not know."""
    for one in _pending(walk):
        try:
            left = quarantine.tell(one)
        except PlaceBusy:  # it is being published
            left = ("",)
        if left:
            yield one.interview
