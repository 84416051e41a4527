"""What becomes of names from the audio to the draft: `python bench/names_from_audio.py AUDIO_DIR [--weights NAME]`.

AUDIO_DIR holds recordings with their truth: NAME.flac (wav, mp3, m4a, ogg) beside NAME.txt, what was said in it, a line
for each turn, marked as in pipeline/evaluation/marked.py; its ROSTER line is enrolled as a participant sheet would be.
NAME.VARIANT.flac is another recording of the same truth. Each walks as an interview does, as far as the draft, in a
vault that is thrown away. Printed are counts; with --rows FILE what was heard in each name's place, which is private.

gone: too little of it was heard to be known again; of the others, what was heard in its place is replaced on the word
of sure mentions (sure), only with doubtful ones (doubtful: shown to the reviewer), or not wholly (missed; of these some
only in part). "in print": how many are missed where the text is what was said, word for word.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipeline.evaluation.cer import Edits, counted, edits
from pipeline.evaluation.marked import Marked, read_marked
from pipeline.evaluation.names import covered
from pipeline.evaluation.pooling import pooled
from pipeline.evaluation.survival import Fate, Trace, covered_places, fate, traces, unfounded
from pipeline.interview import Person, normal_text
from pipeline.naming import mentions_in
from pipeline.places import Home
from pipeline.settings import Settings, load
from pipeline.sheets import Study
from pipeline.transcript import Mention, Mentions, Reviewed, State
from pipeline.walking import SOMEBODY, throwaway, walk_through

KINDS = (".flac", ".wav", ".mp3", ".m4a", ".ogg")


@dataclass(frozen=True, slots=True)
class Followed:
    """A mention of the truth from the audio to the draft."""

    trace: Trace
    fate: Fate
    in_part: bool
    missed_in_print: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """A recording: what became of its names, how well it was heard, and the mentions beside the truth."""

    name: str
    names: tuple[Followed, ...]
    heard: Edits
    sure_besides: int
    doubtful_besides: int
    lines: tuple[str, ...]


def recordings(folder: Path) -> list[tuple[Path, tuple[Marked, ...]]]:
    """Audio and truth."""
    found = []
    for audio in sorted(file for file in folder.iterdir() if file.suffix in KINDS):
        beside = [folder / f"{stem}.txt" for stem in (audio.stem, audio.stem.rpartition(".")[0]) if stem]
        truth = next((path for path in beside if path.exists()), None)
        if truth is not None:
            found.append((audio, read_marked(normal_text(truth.read_text("utf-8-sig")))))
    return found


def people_of(truth: tuple[Marked, ...]) -> tuple[Person, ...]:
    return tuple(Person(name) for name in dict.fromkeys(name for line in truth for name in line.roster))


def walked(audio: Path, truth: tuple[Marked, ...], speakers: int, settings: Settings) -> tuple[Reviewed, Mentions]:
    """The lines of the draft before anything is replaced, and what is replaced in them."""
    study = Study(id=SOMEBODY.study)
    with throwaway(audio, speakers or None, study, settings, people=people_of(truth)) as walk:
        walk_through(walk, last="pseudonymize")
        reviewed, mentions = (walk.vault.read(walk.interview, kind) for kind in (Reviewed, Mentions))
    assert isinstance(reviewed, Reviewed) and isinstance(mentions, Mentions)
    return reviewed, mentions


def missed_in_print(truth: tuple[Marked, ...], settings: Settings) -> list[bool]:
    """Of each mention of the truth, whether it is missed in the very text that was said."""
    found = mentions_in(tuple(line.text for line in truth), people_of(truth), settings)
    return [
        bool(covered(line.text, one, mentions).missed)
        for line, mentions in zip(truth, found, strict=True)
        for one in line.truth
    ]


def scored(audio: Path, truth: tuple[Marked, ...], speakers: int, settings: Settings) -> Scored:
    reviewed, mentions = walked(audio, truth, speakers, settings)
    by_segment: dict[str, list[Mention]] = {segment.id: [] for segment in reviewed.segments if segment.words}
    for mention in mentions.mentions:
        if mention.segment in by_segment:
            by_segment[mention.segment].append(mention)
    lines = tuple(segment.text for segment in reviewed.segments if segment.words)
    found, said = tuple(by_segment.values()), tuple(line.text for line in truth)
    followed = traces(said, [line.truth for line in truth], lines)
    replaced = covered_places(found, State.SURE) | covered_places(found, State.DOUBTFUL)
    return Scored(
        audio.stem,
        tuple(
            Followed(trace, fate(trace, found), bool(trace.heard & replaced), missed)
            for trace, missed in zip(followed, missed_in_print(truth, settings), strict=True)
        ),
        edits(counted("".join(said)), counted("".join(lines))),
        unfounded(followed, found, State.SURE),
        unfounded(followed, found, State.DOUBTFUL),
        lines,
    )


def rows_of(one: Followed) -> tuple[str, ...]:
    """The rows of the table in which it counts."""
    label, kind = one.trace.truth.label.value, one.trace.truth.form
    return ("all", label, f"{label} {kind}") if kind else ("all", label)


def table(found: list[Scored]) -> str:
    """A row for each label and kind; intervals are over recordings."""
    rows = [
        "| | n | gone | sure | doubtful | missed | in part | of those not gone, % | in print |",
        "|---" + "|--:" * 8 + "|",
    ]
    names = {row for one in found for name in one.names for row in rows_of(name)}
    for row in sorted(names, key=lambda name: (name != "all", name)):
        by_recording = [[name for name in one.names if row in rows_of(name)] for one in found]
        every = [name for of_one in by_recording for name in of_one]
        missed = [name for name in every if name.fate is Fate.MISSED]
        counts = [len(every), *(sum(name.fate is one for name in every) for one in Fate)]
        counts.append(sum(name.in_part for name in missed))
        cells = [*map(str, counts), missed_share(by_recording), str(sum(name.missed_in_print for name in every))]
        rows.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def missed_share(by_recording: list[list[Followed]]) -> str:
    """In per cent of those that were not gone, with its interval."""
    left = [[name.fate is Fate.MISSED for name in names if name.fate is not Fate.GONE] for names in by_recording]
    rate = pooled([sum(names) for names in left if names], [len(names) for names in left if names])
    if not rate.total:
        return "–"
    share = f"{rate.errors / rate.total:.0%}".rstrip("%")
    return f"{share} [{rate.interval[0] * 100:.0f}, {rate.interval[1] * 100:.0f}]" if rate.interval else share


def sound_table(found: list[Scored]) -> str:
    """A row for each recording."""
    rows = ["| recording | CER, % | lines | marked | gone | missed | besides: sure | doubtful |", "|---|" + "--:|" * 7]
    for one in found:
        fates = Counter(name.fate for name in one.names)
        cells = [len(one.lines), len(one.names), fates[Fate.GONE], fates[Fate.MISSED]]
        cells += [one.sure_besides, one.doubtful_besides]
        rate = one.heard.errors / one.heard.total * 100
        rows.append(f"| {one.name} | {rate:.1f} | " + " | ".join(map(str, cells)) + " |")
    heard = sum((one.heard for one in found), Edits())
    return "\n".join((*rows, f"\nCER of all: {heard.errors / heard.total:.1%} of {heard.total} characters"))


def as_rows(one: Scored) -> list[dict[str, object]]:
    """What was heard in each place. Holds names."""
    return [
        {
            "recording": one.name,
            "label": name.trace.truth.label.value,
            "kind": name.trace.truth.form,
            "fate": name.fate.value,
            "missed_in_print": name.missed_in_print,
            "heard": "".join(one.lines[line][at] for line, at in sorted(name.trace.heard)),
            "line": one.lines[min(name.trace.heard)[0]] if name.trace.heard else "",
            "kept": name.trace.kept,
            "sounds": name.trace.sounds,
        }
        for name in one.names
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", help="of the transcriber; else those of the settings")
    parser.add_argument("--speakers", type=int, default=2, help="in each recording; 0: not told")
    parser.add_argument("--rows", type=Path, help="where to write what was heard in each place; it holds names")
    asked = parser.parse_args()
    settings = load(Home.here(), {"transcribe": {"weights": asked.weights}} if asked.weights else {})
    found: list[Scored] = []
    for audio, truth in recordings(asked.folder):
        found.append(scored(audio, truth, asked.speakers, settings))
        print(f"{audio.stem}: {len(found[-1].names)} marked", file=sys.stderr)
    if not found:
        parser.error(f"no recording with its .txt in {asked.folder}")
    if asked.rows:
        rows = [row for one in found for row in as_rows(one)]
        asked.rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    print(sound_table(found), table(found), sep="\n\n")


if __name__ == "__main__":
    main()
