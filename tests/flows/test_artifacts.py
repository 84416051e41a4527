from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest

from flows import artifacts


@pytest.mark.parametrize(
    ("kind", "interview", "key"),
    [
        ("progress", "peers-P03-S2", "progress-peers-p03-s2"),
        ("summary", "peer_support-P_1-S1", "summary-peer-support-p-1-s1"),
        ("progress-diarize", "a-b-c", "progress-diarize-a-b-c"),
    ],
)
def test_keys_are_in_prefects_alphabet(kind: str, interview: str, key: str) -> None:
    assert artifacts.key(kind, interview) == key
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Every request to the server, and a clock that is read with each report."""
    calls: list[tuple[object, ...]] = []
    clock = iter(range(1000))
    monkeypatch.setattr(artifacts.time, "monotonic", lambda: 100 + next(clock) * artifacts.SECONDS_BETWEEN / 4)
    monkeypatch.setattr(artifacts, "create_progress_artifact", lambda *a, **k: calls.append(("made", a[1])) or uuid4())
    monkeypatch.setattr(artifacts, "update_progress_artifact", lambda id, share: calls.append(("moved", share)))
    return calls


def test_a_bar_moves_at_most_once_a_second_and_always_to_its_end(asked) -> None:
    report = artifacts.reporter("lab-P01-S1")
    for share in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0):
        report("diarize", share)
    assert asked == [
        ("made", "progress-diarize-lab-p01-s1"),
        ("moved", 0.0),
        ("moved", 40.0),
        ("moved", 100.0),
    ]


def test_no_step_fails_for_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args, **kwargs):
        raise httpx.ConnectError("no server")

    monkeypatch.setattr(artifacts, "create_progress_artifact", unreachable)
    report = artifacts.reporter("lab-P01-S1")
    report("diarize", 0.5)
    monkeypatch.setattr(artifacts, "create_progress_artifact", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report("diarize", 1.0)
