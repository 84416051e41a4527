from __future__ import annotations

import pytest

from pipeline.evaluation.speakers import heads


@pytest.mark.parametrize(
    ("truth", "found", "right"),
    [("가나가", ["S2", "S1"], True), ("가나", ["S1", "S1"], False), ("가", ["S1", "S2"], False), ("", [], True)],
)
def test_the_count_is_right_whatever_the_labels(truth: str, found: list[str], right: bool) -> None:
    assert heads(truth, found).right is right
