"""Which channels of a recording are each one person's own microphone."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from pipeline.sound import DEAD_DB, LOUD_DB, STRETCH, Figures, Levels, floor, loud, smoothed

MOST_MICROPHONES = 6
LEAST_LED = 0.02
"""Share of the speech for which each microphone leads at the least: somebody wears it."""
SAME_ENVELOPE = 0.98
"""Correlation from which two channels are the same sound (the figure of the open-source tool Transcritório)."""
OVER_NOISE = 10.0


def microphones(voice: Levels, least_share: float, lead_db: float) -> tuple[int, ...]:
    """The channels that are each nearer to one person than to the others; empty where fewer than two are.

    While anybody speaks, one of them leads the others by `lead_db` for at least `least_share` of the time, each leads
    for a fair part of it, and no two have the same envelope. A stereo microphone, a copy, a dead channel, and one
    that hears all alike are none. Levels are compared as they are and, since gains may differ, by each channel's own
    speech.
    """
    heard = smoothed(voice, STRETCH)
    if voice.shape[1] < 2 or not len(heard):
        return ()
    over = np.maximum(heard - floor(heard), 0)
    own = loud(voice)
    active = (over > OVER_NOISE * floor(heard)) & (over > own * 10 ** (-LOUD_DB / 10))
    speaking = active.any(axis=1)
    candidates = np.argsort(-own)[:MOST_MICROPHONES]
    candidates = np.sort(candidates[own[candidates] > own.max() * 10 ** (-DEAD_DB / 10)])
    for count in range(len(candidates), 1, -1):
        for chosen in combinations(candidates.tolist(), count):
            at = list(chosen)
            led = [_led(over[speaking][:, at] / level, least_share, lead_db) for level in (1.0, own[at])]
            if any(led) and not _any_same(np.sqrt(heard[:, at])):
                return chosen
    return ()


def _led(levelled: Figures, least_share: float, lead_db: float) -> bool:
    """True where the microphones take turns in leading."""
    if not len(levelled):
        return False
    ordered = np.sort(levelled, axis=1)
    leading = ordered[:, -1] >= ordered[:, -2] * 10 ** (lead_db / 10)
    leader = levelled.argmax(axis=1)[leading]
    counts = np.bincount(leader, minlength=levelled.shape[1])
    return bool(leading.mean() >= least_share and counts.min() >= LEAST_LED * len(levelled))


def _any_same(envelopes: Figures) -> bool:
    alike = np.nan_to_num(np.asarray(np.corrcoef(envelopes.T)), nan=1.0)
    return bool((alike[np.triu_indices(len(alike), 1)] >= SAME_ENVELOPE).any())
