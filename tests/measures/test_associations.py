import pytest

from components.artifacts.associations import Associations, PairLeaf, PairState
from components.measures.associations import figures_of, merge_associations, signal_course, signals

COPY = {("a", "0"): 500, ("b", "1"): 500}
CHANCE = {("a", "0"): 500, ("a", "1"): 500, ("b", "0"): 500, ("b", "1"): 500}


def day(first_event: int, **columns: dict[tuple[str, str], int]) -> Associations:
    pairs = tuple(PairState(name, "late", counts) for name, counts in columns.items())
    return Associations("late", (PairLeaf(pairs, first_event, first_event),))


def test_the_most_telling_column_comes_first_and_is_suspected() -> None:
    found = signals(day(1, x=CHANCE, y=COPY))
    assert [(one.first, one.suspicious) for one in found] == [("y", True), ("x", False)]
    assert found[1].explained == 0


def test_a_signal_has_a_course_in_order_of_time() -> None:
    merged = merge_associations([day(2, x=COPY), day(3, y=COPY), day(1, x=CHANCE)])
    first, second, third = signal_course(merged, "x")
    assert first == 0
    assert second > 0.99
    assert third is None
    assert [one.first for one in figures_of(merged)] == ["y", "x"]
    assert {one.first: one.n_rows for one in figures_of(merged)} == {"x": 3_000, "y": 1_000}


def test_moments_add_up_over_spans() -> None:
    states = [PairState("x", "y", COPY, (2.0, 0.5, 0.5, 0.5, 0.5, 0.5)), PairState("x", "y", COPY, (2.0, 2.5, 2.5, 0.5, 0.5, 0.5))]
    merged = Associations(None, tuple(PairLeaf((state,), place, place) for place, state in enumerate(states)))
    assert figures_of(merged)[0].pearson == pytest.approx(1)
    assert signals(merged) == []
