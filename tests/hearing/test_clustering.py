"""Voices out of made-up prints: directions with noise around them, as many and as noisy as wanted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy

from pipeline.hearing import clustering
from pipeline.hearing.clustering import (
    Evidence,
    Floats,
    Labels,
    Limits,
    centres,
    compared,
    nearest,
    sample,
    unit,
    voices,
)

LIMITS = Limits()
NUMBERS = 192


def people(count: int, alike: float, seed: int = 0) -> Floats:
    """(count, 192): directions whose cosine with each other is `alike`."""
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(NUMBERS, count + 1)))[0].T
    return unit(np.sqrt(alike) * basis[:1] + np.sqrt(1 - alike) * basis[1:])


def interview(sizes: list[int], alike: float = 0.3, scatter: float = 1.0, seed: int = 0) -> tuple[Floats, Labels]:
    """Prints in random order, and whose they are; at a scatter of 1 two prints of one person have a cosine of 0.5."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    noise = rng.normal(size=(len(truth), NUMBERS)) / np.sqrt(NUMBERS)
    return unit(people(len(sizes), alike, seed)[truth] + scatter * noise), truth


def mistaken(prints: Floats, truth: Labels, found: Floats) -> int:
    """Prints that are nearest to a voice whose prints are mostly another person's."""
    labels = nearest(prints, found)
    return sum(int((labels == name).sum() - np.bincount(truth[labels == name]).max()) for name in np.unique(labels))


INTERVIEWS = [
    ([40], 0.3, 1.0),
    ([400], 0.3, 1.3),
    ([30, 60], 0.3, 1.0),
    ([30, 60], 0.5, 1.0),
    ([12, 150], 0.3, 1.0),
    ([40, 40, 40], 0.3, 1.2),
    ([10, 60, 90], 0.4, 1.0),
    ([30, 30, 30, 30], 0.3, 1.0),
]
NAMES = ["one", "one, noisy", "two", "two who are alike", "one says little", "three, noisy", "three, unequal", "four"]


@pytest.mark.parametrize(("sizes", "alike", "scatter"), INTERVIEWS, ids=NAMES)
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_everybody_is_found(sizes: list[int], alike: float, scatter: float, told: bool) -> None:
    prints, truth = interview(sizes, alike, scatter)
    found = voices(prints, np.full(len(prints), 1.5), len(sizes) if told else None, LIMITS)
    assert found.shape == (len(sizes), NUMBERS)
    assert mistaken(prints, truth, found) == 0


@pytest.mark.parametrize(("prints_of_third", "counted"), [(2, 2), (5, 3)])
def test_who_says_a_sentence_is_found_and_who_says_a_word_only_where_the_count_is_given(
    prints_of_third: int, counted: int
) -> None:
    prints, truth = interview([40, 60, prints_of_third], scatter=0.8)
    seconds = np.full(len(prints), 1.5)
    assert mistaken(prints, truth, voices(prints, seconds, 3, LIMITS)) == 0
    assert len(voices(prints, seconds, None, LIMITS)) == counted


def test_who_has_less_than_their_share_of_a_long_interview_is_not_counted() -> None:
    prints, _ = interview([300, 300, 4], scatter=0.8)
    assert len(voices(prints, np.full(len(prints), 1.5), None, LIMITS)) == 2


def test_noises_that_are_like_nothing_are_nobody() -> None:
    prints, truth = interview([60, 60])
    noise = unit(np.random.default_rng(5).normal(size=(8, NUMBERS)))
    with_noise, seconds = np.vstack([prints, noise]), np.full(len(prints) + len(noise), 1.5)
    for speakers in (2, None):
        found = voices(with_noise, seconds, speakers, LIMITS)
        assert len(found) == 2 and mistaken(prints, truth, found) == 0


def test_one_voice_told_to_be_two_is_no_crash() -> None:
    prints, _ = interview([30])
    assert len(voices(prints, np.full(30, 1.5), 2, LIMITS)) == 2


@pytest.mark.parametrize("speakers", [None, 1, 2, 3, 9])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_prints_are_few_voices(count: int, speakers: int | None) -> None:
    prints = people(max(count, 1), 0.2)[:count]
    found = voices(prints, np.full(count, 1.5), speakers, LIMITS)
    assert found.shape == (min(count, 1 if speakers is None else speakers), NUMBERS)


def test_prints_that_are_all_the_same_are_one_voice_or_what_was_told() -> None:
    prints = np.repeat(people(1, 0.2), 20, axis=0)
    assert len(voices(prints, np.full(20, 1.5), None, LIMITS)) == 1
    assert 1 <= len(voices(prints, np.full(20, 1.5), 3, LIMITS)) <= 3


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 25), min_size=1, max_size=4), st.floats(0, 3), st.sampled_from([None, 1, 2, 3, 5]))
def test_any_prints_give_unit_voices_and_no_more_than_asked(
    sizes: list[int], scatter: float, speakers: int | None
) -> None:
    prints, _ = interview(sizes, scatter=scatter)
    found = voices(prints, np.full(len(prints), 1.5), speakers, LIMITS)
    assert 1 <= len(found) <= (LIMITS.most if speakers is None else speakers)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)


def test_a_long_interview_is_sampled_and_everybody_in_it_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "SAMPLE", 100)
    prints, truth = interview([300, 900, 1800])
    compared_with_each = []
    once = hierarchy.linkage
    monkeypatch.setattr(hierarchy, "linkage", lambda far, how: compared_with_each.append(len(far)) or once(far, how))
    found = voices(prints, np.full(len(prints), 1.5), None, LIMITS)
    assert len(found) == 3 and mistaken(prints, truth, found) == 0
    assert compared_with_each == [100 * 99 // 2]


@given(st.integers(0, 5000))
def test_the_sample_is_in_order_and_spans_the_interview(count: int) -> None:
    drawn = sample(count)
    assert len(drawn) == min(count, clustering.SAMPLE) and (np.diff(drawn) > 0).all()
    assert not count or (drawn[0], drawn[-1]) == (0, count - 1)


@pytest.mark.parametrize("scatter", [0.3, 1.0, 1.6])
def test_likeness_is_that_of_the_voices_whatever_the_noise(scatter: float) -> None:
    prints, truth = interview([150, 150], alike=0.4, scatter=scatter)
    assert compared(prints @ prints.T, truth).likest == pytest.approx(0.4, abs=0.04)
    halves = np.arange(300) % 2
    assert compared(prints @ prints.T, halves).likest == pytest.approx(1.0, abs=0.05)


def test_one_group_is_like_no_other() -> None:
    prints, _ = interview([5])
    assert compared(prints @ prints.T, np.zeros(5, dtype=int)).likest == -1


def test_talk_and_centres_are_in_order_of_label() -> None:
    prints, labels = people(3, 0.0)[[0, 1, 0, 2]], np.array([7, 3, 7, 9])
    np.testing.assert_allclose(Evidence(prints, np.array([1.0, 2, 3, 4])).talk(labels), [2, 4, 4])
    np.testing.assert_allclose(centres(prints, labels), people(3, 0.0)[[1, 0, 2]])
