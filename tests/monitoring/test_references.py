"""Which spans a span is held against."""

import numpy as np

from components.monitoring.references import References, Seasons

SEASONS = Seasons(7, 4)


def groups(present: list[bool]) -> dict[str, list[list[int]]]:
    found = References.of(present, SEASONS)
    names: dict[str, list[list[int]]] = {}
    for name, row in zip(found.against, found.reference, strict=True):
        names.setdefault(name, []).append((np.flatnonzero(row) - len(present) + 1).tolist())
    return names


def test_a_full_window_serves_every_comparator() -> None:
    found = groups([True] * 36)
    assert found["previous"] == [[-1]]
    assert found["weekday"] == [[-28, -21, -14, -7]]
    assert found["window"] == [list(range(-28, 0))]
    assert found["nearest"] == [[place] for place in range(-28, -6)]
    assert found["trend"] == [list(range(-34, -27))]


def test_absent_spans_are_no_reference() -> None:
    present = [True] * 36
    for place in (-1, -7, -20):
        present[place - 1] = False
    found = groups(present)
    assert "previous" not in found
    assert found["weekday"] == [[-28, -21, -14]]
    assert [-20] not in found["nearest"]


def test_a_first_span_has_no_reference() -> None:
    assert groups([True]) == {}
    assert set(groups([True] * 3)) == {"previous"}
