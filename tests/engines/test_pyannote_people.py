"""What segmentation heard, laid on one time line, and who it was: made-up windows in which the truth is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.pyannote import stretches
from pipeline.engines.pyannote.people import (
    LENGTHS,
    MEL,
    Costs,
    Excerpt,
    cheapest,
    excerpts,
    instead,
    runs,
    speaking,
    story,
    unsure,
    voices_likeness,
    votes,
    who_speaks,
)
from pipeline.engines.pyannote.stretches import (
    FRAMES,
    HOP,
    NOBODY,
    VOICES,
    WINDOW,
    Flags,
    Ints,
    Stretch,
    Windows,
    links,
    pure,
    samples,
    solo,
    tracks,
    window_starts,
)

STEP = 118
COSTS = Costs()


def heard(truth: Flags, seed: int | None = 0) -> Windows:
    """Windows over `truth` (T, VOICES); each calls the voices in an order of its own, in truth's without a `seed`."""
    starts = np.arange(0, len(truth) - FRAMES + 1, STEP)
    rng = np.random.default_rng(seed)
    orders = [np.arange(VOICES) if seed is None else rng.permutation(VOICES) for _ in starts]
    active = [truth[start : start + FRAMES][:, order] for start, order in zip(starts, orders, strict=True)]
    return Windows(np.array(active), starts)


def talk(spans: list[tuple[int, int, int]], frames: int = FRAMES + 4 * STEP) -> Flags:
    """(frames, VOICES) in which (start, end, voice) are on."""
    truth = np.zeros((frames, VOICES), dtype=np.bool_)
    for start, end, voice in spans:
        truth[start:end, voice] = True
    return truth


TALK = [(10, 200, 0), (200, 400, 1), (430, 600, 1), (590, 800, 0), (900, 1000, 2)]


def test_windows_tile_the_recording_and_end_with_it() -> None:
    for length in (0, 1, WINDOW - 1, WINDOW, WINDOW + HOP, 10 * WINDOW + 7):
        starts = window_starts(length, STEP)
        assert starts[0] == 0 and (np.diff(starts) > 0).all() and (np.diff(starts) <= STEP).all()
        assert starts[-1] * HOP + WINDOW <= max(length, WINDOW) < starts[-1] * HOP + WINDOW + HOP


@given(st.integers(0, 40 * WINDOW), st.integers(1, FRAMES))
def test_no_sample_is_left_out(length: int, step: int) -> None:
    starts = window_starts(length, step)
    assert (np.diff(starts) * HOP <= WINDOW).all()
    assert starts[-1] * HOP + WINDOW > length - HOP


def test_every_frame_belongs_to_the_window_in_whose_middle_it_is() -> None:
    windows = heard(talk([]))
    distances = abs(np.arange(windows.total)[:, None] - (windows.starts + FRAMES / 2))
    assert (distances[np.arange(windows.total), windows.central] == distances.min(axis=1)).all()


def test_how_many_speak_does_not_depend_on_what_voices_are_called() -> None:
    truth = talk(TALK)
    windows = heard(truth)
    assert (windows.speaking == truth[: windows.total].sum(axis=1)).all()
    assert ((solo(windows) != NOBODY) == (truth.sum(axis=1) == 1)[: windows.total]).all()


def test_voices_are_followed_from_window_to_window() -> None:
    track, truth = tracks(heard(talk(TALK))), talk(TALK)
    for voice in range(VOICES):
        alone = truth[: len(track), voice] & (truth[: len(track)].sum(axis=1) == 1)
        assert len(np.unique(track[alone])) == 1


def test_windows_that_do_not_meet_are_not_linked() -> None:
    apart = Windows(np.ones((2, FRAMES, VOICES), dtype=np.bool_), np.array([0, FRAMES]))
    assert (links(apart) == np.arange(VOICES)).all()


def test_stretches_are_of_one_voice_and_say_where_it_changed() -> None:
    found = pure(heard(talk(TALK)), least=6)
    assert found == [
        Stretch(10, 200, True),
        Stretch(200, 400, True),
        Stretch(430, 590, False),
        Stretch(600, 800, True),
        Stretch(900, 1000, True),
    ]
    assert pure(heard(talk([(10, 15, 0), (40, 46, 1)])), least=6) == [Stretch(40, 46, True)]
    assert pure(heard(talk([])), least=6) == []


SPANS = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 900)), max_size=9)


@given(SPANS, st.sampled_from([75, 150]))
def test_excerpts_cover_their_stretch_and_lie_inside_it(pairs: list[tuple[int, int]], hop: int) -> None:
    given_stretches = [Stretch(start, start + length, True) for start, length in pairs]
    for number, stretch in enumerate(given_stretches):
        mine = [one for one in excerpts(given_stretches, hop) if one.stretch == number]
        seconds = (stretch.end - stretch.start) * HOP / 16_000
        assert bool(mine) or seconds < LENGTHS[-1] / 100 + 0.02
        for one in mine:
            assert samples(stretch.start) <= one.mel * MEL
            assert (one.mel + one.length) * MEL <= samples(stretch.end)
        if mine:
            assert (mine[0].start, mine[-1].end) == (stretch.start, stretch.end)
            assert all(before.end == after.start for before, after in pairwise(mine))
            assert all(after.mel - before.mel <= hop for before, after in pairwise(mine))


@pytest.mark.parametrize(
    ("gains", "costs", "path"),
    [
        ([[1, 0], [0, 1]], [0.5], [0, 1]),
        ([[1, 0], [0, 0.4], [1, 0]], [0.5, 0.5], [0, 0, 0]),
        ([[1, 0], [0, 1.1], [1, 0]], [0.5, 0.5], [0, 1, 0]),
        ([[0, 0], [0, 1]], [0.5], [1, 1]),
        ([[3, 0, 0]], [], [0]),
    ],
    ids=["a change", "too dear", "worth it twice", "the first goes by the second", "one"],
)
def test_the_cheapest_story(gains: list[list[float]], costs: list[float], path: list[int]) -> None:
    assert cheapest(np.array(gains, dtype=float), np.array(costs)) == path


@given(st.lists(st.lists(st.floats(0, 1), min_size=2, max_size=2), min_size=1, max_size=6), st.floats(0, 1))
def test_no_other_story_is_cheaper(gains: list[list[float]], cost: float) -> None:
    table = np.array(gains)

    def worth(path: list[int]) -> float:
        return float(sum(row[who] for row, who in zip(table, path, strict=True))) - cost * sum(np.diff(path) != 0)

    every = [[int(bit) for bit in f"{number:0{len(table)}b}"] for number in range(2 ** len(table))]
    assert worth(cheapest(table, np.full(len(table) - 1, cost))) == pytest.approx(max(map(worth, every)))


def prints_of(truth: Flags, given_excerpts: list[Excerpt]) -> np.ndarray:
    """Each excerpt's share of the three voices, as a unit vector."""
    rows = np.array([truth[one.start : one.end].sum(axis=0) for one in given_excerpts], dtype=float)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def told(truth: Flags, windows: Windows) -> tuple[Ints, Flags]:
    found = pure(windows, 6)
    given_excerpts = excerpts(found, 150)
    return who_speaks(windows, found, given_excerpts, prints_of(truth, given_excerpts), np.eye(VOICES))


def test_everybody_speaks_when_they_speak() -> None:
    truth = talk(TALK)
    leads, active = told(truth, heard(truth))
    assert (active == truth[: len(active)]).all()
    assert ((leads == NOBODY) == ~truth.any(axis=1)[: len(leads)]).all()


def test_a_scrap_without_a_print_goes_by_what_its_windows_call_it() -> None:
    truth = talk([(10, 300, 0), (330, 340, 1), (370, 700, 1), (730, 740, 0)])
    _, active = told(truth, heard(truth))
    assert (active == truth[: len(active)]).all()


def test_voice_prints_overrule_windows_that_take_two_for_one() -> None:
    truth = talk([(10, 300, 0), (300, 700, 1)])
    confused = talk([(10, 700, 0)])
    windows = heard(confused)
    found = pure(windows, 6)
    given_excerpts = excerpts(found, 75)
    known = who_speaks(windows, found, given_excerpts, prints_of(truth, given_excerpts), np.eye(VOICES))[0]
    assert [one.changed for one in found] == [True]
    change = int(np.flatnonzero(np.diff(known[10:700]))[0]) + 11
    assert abs(change - 300) <= 75 * MEL / HOP


def sure_of(count: int) -> np.ndarray:
    return np.tile([0.9, 0.1], (count, 1))


def test_around_an_unheard_change_is_listened_again() -> None:
    leads = np.full(900, NOBODY)
    leads[10:400], leads[420:500], leads[500:800], leads[850:900] = 0, 0, 1, 0
    found = unsure(leads, [Stretch(10, 800, True), Stretch(850, 900, True)], [], sure_of(0))
    assert {one.stretch for one in found} == {0}
    assert (found[0].start, found[-1].end) == (420, 580)
    assert len(found) > 4 and all(one.length <= 75 for one in found)


def test_a_pause_inside_a_stretch_is_no_change() -> None:
    leads = np.full(300, NOBODY)
    leads[10:100], leads[120:300] = 1, 1
    assert unsure(leads, [Stretch(0, 300, True)], [], sure_of(0)) == []


def test_an_excerpt_that_is_as_like_one_as_the_other_is_listened_again() -> None:
    windows = [Stretch(0, 270, True), Stretch(300, 390, True)]
    given_excerpts = excerpts(windows, 150)
    cosines = sure_of(len(given_excerpts))
    assert unsure(np.zeros(400, dtype=np.intp), windows, given_excerpts, cosines) == []
    cosines[1] = [0.45, 0.5]
    found = unsure(np.zeros(400, dtype=np.intp), windows, given_excerpts, cosines)
    assert {one.stretch for one in found} == {0}
    assert (found[0].start, found[-1].end) == (given_excerpts[1].start, given_excerpts[1].end)


def test_short_excerpts_stand_in_the_place_of_long_ones() -> None:
    long = [Excerpt(0, 150, 0, 100, 0), Excerpt(0, 150, 100, 200, 0), Excerpt(0, 150, 300, 400, 1)]
    fine = [Excerpt(0, 75, 60, 90, 0), Excerpt(0, 75, 90, 130, 0)]
    left = [(index, one.start, one.end) for index, one in instead(long, fine)]
    assert left == [(0, 0, 60), (1, 130, 200), (2, 300, 400)]
    assert [one for _, one in instead(long, [])] == long
    inside = [Excerpt(0, 75, 20, 50, 0)]
    assert [(one.start, one.end) for _, one in instead(long, inside)][:2] == [(0, 20), (50, 100)]


def test_two_voices_of_a_window_are_two_people() -> None:
    windows = heard(talk([(10, 300, 0), (200, 400, 1)], FRAMES), seed=None)
    means = np.zeros((1, VOICES, 3))
    means[0, 0], means[0, 1] = [0.6, 0.5, 0.0], [0.5, 0.1, 0.0]
    soft, named = votes(windows, means)
    assert named[250].tolist() == [1, 1, 0] and named[100].tolist() == [0, 1, 0] and named[350].tolist() == [1, 0, 0]
    assert soft[350].tolist() == [0.5, 0.1, 0.0]


def test_a_voice_without_a_print_is_likened_as_in_the_windows_beside() -> None:
    windows = heard(talk([(10, 1000, 0)]), seed=4)
    known = np.zeros((windows.total, 2))
    known[20:50] = [0.7, 0.1]
    means = voices_likeness(windows, known)
    track = [int(active.any(axis=0).argmax()) for active in windows.active]
    np.testing.assert_allclose(means[np.arange(len(track)), track], np.tile([0.7, 0.1], (len(track), 1)))


def test_where_nobody_speaks_there_is_no_story() -> None:
    windows = heard(talk([]))
    assert (story(windows, [], [], np.zeros((windows.total, 2)), COSTS) == NOBODY).all()
    assert runs(speaking(windows, np.full(windows.total, NOBODY), np.zeros((windows.total, 2)))) == []


@given(st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=1, max_size=30))
def test_runs_are_what_is_on(rows: list[list[bool]]) -> None:
    active = np.array(rows)
    again = np.zeros_like(active)
    for start, end, column in runs(active):
        assert not again[max(start - 1, 0) : end + 1, column].any()
        again[start:end, column] = True
    assert (again == active).all()


def test_frames_are_where_the_network_says() -> None:
    assert stretches.seconds(0) == 360 / 16_000
    assert samples(100) == 360 + 27_000
