"""Make the golden interviews' sound and recorded answers anew: ``python tests/golden/build.py``; then read the diff.

Each folder is one interview. Written by hand: ``sheet.toml``, ``study.toml`` and, where a person corrects something,
``corrections.toml``. Made here: ``audio.flac`` (a piece of the bundled sample, or a tone for each voice: who
"speaks" can be seen in a spectrogram), ``answers.json`` (what the replay engine answers for it) and, with
``--expected``, the ``expected*.txt`` that the tests compare with. Every person is invented; all of it is free to use.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent.parent / "data" / "samples" / "P01_S1.flac"
RATE = 16_000
PITCH = {"S1": 180.0, "S2": 260.0, "S3": 390.0}
"""Hz of each voice's tone."""


@dataclass(frozen=True)
class Said:
    """A turn: `speaker` says `text` from `start` to `end` (seconds). Turns may overlap."""

    start: float
    end: float
    speaker: str
    text: str


SAMPLE_SECONDS = 40.0
SPEAKERS = {"interviewer": "S1", "participant": "S2"}

THREE = (
    Said(0.5, 4.0, "S1", "두 분은 어떻게 같이 일하게 되셨어요?"),
    Said(4.4, 9.0, "S2", "저희는 대전에서 처음 만났어요. 정우성 선생님이 먼저 와 계셨고요."),
    Said(8.2, 10.0, "S3", "네, 맞아요."),
    Said(10.3, 15.0, "S3", "그때 한도윤 팀장님이 한빛복지관을 소개해 주셨어요."),
    Said(15.4, 17.0, "S1", "도윤 씨가요?"),
    Said(17.5, 22.0, "S2", "네, 도윤 씨가 연락처를 010-1234-5678이라고 알려 줬어요."),
)
THREE_GAPS = (Said(22.5, 25.0, "S3", ""),)
"""Speech for which no word was heard."""

SECOND = (
    Said(0.5, 3.5, "S1", "요즘 누구랑 가장 자주 이야기하세요?"),
    Said(4.0, 9.0, "S2", "오세훈이랑 자주 해요. 새훈이가 먼저 전화를 해 줘요."),
    Said(9.5, 11.5, "S1", "어떤 이야기를 나누세요?"),
    Said(12.0, 17.0, "S2", "약을 줄이는 이야기요. 잠이 안 온다는 애기도 하고요."),
)


def main() -> None:
    """Write every folder."""
    sound, _ = soundfile.read(SAMPLE, dtype="int16", stop=int(SAMPLE_SECONDS * RATE))
    truth = json.loads(SAMPLE.with_suffix(".truth.json").read_text("utf-8"))["turns"]
    turns = tuple(Said(t["start"], t["end"], SPEAKERS[t["speaker"]], t["text"]) for t in truth)
    write("two_speakers", sound, tuple(turn for turn in turns if turn.end < SAMPLE_SECONDS))
    write("three_overlap", tones((*THREE, *THREE_GAPS), 26.0), THREE, THREE_GAPS)
    write("second_release", tones(SECOND, 18.0), SECOND)
    if "--expected" in sys.argv:
        expect()


def tones(turns: tuple[Said, ...], seconds: float) -> np.ndarray:
    """A tone wherever somebody speaks, s16."""
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros_like(time)
    for turn in turns:
        speaking = (time >= turn.start) & (time < turn.end)
        sound[speaking] += 0.2 * np.sin(2 * np.pi * PITCH[turn.speaker] * time[speaking])
    return (sound * 32767).astype(np.int16)


def write(name: str, sound: np.ndarray, turns: tuple[Said, ...], unheard: tuple[Said, ...] = ()) -> None:
    """The sound and the answers of one interview."""
    path = HERE / name / "audio.flac"
    soundfile.write(path, sound, RATE, subtype="PCM_16")
    spoken = (*turns, *unheard)
    answers = {
        "source_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "turns": [[t.start, t.end, t.speaker] for t in spoken],
        "exclusive": exclusive(spoken),
        "passages": [{"start": t.start, "end": t.end, "words": words(t)} for t in turns],
    }
    rows = json.dumps(answers, ensure_ascii=False, indent=1)
    (HERE / name / "answers.json").write_text(rows + "\n", "utf-8")


def exclusive(turns: tuple[Said, ...]) -> list[list[object]]:
    """The turns, each cut where the next one begins."""
    ends = [*(turn.start for turn in turns[1:]), float("inf")]
    return [[t.start, min(t.end, end), t.speaker] for t, end in zip(turns, ends, strict=True)]


def words(turn: Said) -> list[list[object]]:
    """The turn's words, each as long as it has characters."""
    texts, length = turn.text.split(), len(turn.text.replace(" ", ""))
    rows: list[list[object]] = []
    at = turn.start
    for text in texts:
        end = at + (turn.end - turn.start) * len(text) / length
        rows.append([text, round(at, 3), round(min(end, turn.end), 3), 0.9])
        at = end
    return rows


def expect() -> None:
    """What each interview's release reads like now, for a person to read before it is believed."""
    sys.path.insert(0, str(HERE.parent))
    from golden.walked import expected_files, releases

    for name in ("two_speakers", "three_overlap", "second_release"):
        with tempfile.TemporaryDirectory() as folder:
            for file, text in zip(expected_files(name), releases(name, Path(folder)), strict=True):
                file.write_text(text, "utf-8")
                print(f"--- {file.relative_to(HERE)}\n{text}")


if __name__ == "__main__":
    main()
