"""WebVTT with voices, and SRT: the lines as subtitles of the masked copy."""

from __future__ import annotations

import html
from datetime import timedelta

import srt
from webvtt import Caption, WebVTT

from pipeline.printing import Convention, fine_clock, head, labels, milliseconds, notices, shown
from pipeline.transcript import Line, Released

LEAST = 0.001
"""Seconds that a cue lasts, or players drop it."""


def webvtt(released: Released, convention: Convention) -> bytes:
    """UTF-8; a cue a line, its identifier the line's number, its voice the speaker."""
    made = WebVTT(header_comments=[shown(line).replace("-->", "→") for line in head(released)])
    for line, label in zip(released.lines, labels(released, convention), strict=True):
        start, end = _span(line)
        words = html.escape(shown(line.text), quote=False)  # "-->" would end a cue
        voice = html.escape(label, quote=False)
        cue = f"<v {voice}>{words}</v>"
        made.captions.append(Caption(fine_clock(start), fine_clock(end), cue, identifier=f"{line.line:04d}"))
    return made.content.encode() + b"\n"


def subrip(released: Released, convention: Convention) -> bytes:
    """UTF-8 with LF line ends; numbered as the lines are. Notices are cues numbered 0, at the very start."""
    cues = [srt.Subtitle(0, timedelta(0), timedelta(seconds=LEAST), notice) for notice in notices(released)]
    for line, label in zip(released.lines, labels(released, convention), strict=True):
        start, end = (timedelta(seconds=edge) for edge in _span(line))
        cues.append(srt.Subtitle(line.line, start, end, f"{label}: {shown(line.text)}"))
    text: str = srt.compose(cues, reindex=False)
    return text.encode()


def _span(line: Line) -> tuple[float, float]:
    start = milliseconds(line.start) / 1000
    return start, max(start + LEAST, milliseconds(line.end) / 1000)
