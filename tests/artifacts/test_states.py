import numpy as np
import pytest

from components.artifacts.histogram import Histogram
from components.artifacts.states import ColumnState, Leaf, from_table, to_table, total_top
from components.measures.quantiles import bucket


def state(**changes: object) -> ColumnState:
    return ColumnState(**({"column": "x", "type": "double", "measure": "value", "n_rows": 2, "n_null": 0} | changes))


def test_leaves_come_back_from_their_table() -> None:
    full = state(
        minimum=2**70,
        maximum=0.1,
        moments=(1.0, 2.0, 3.0, 4.0, 5.0),
        histogram=bucket(np.array([1.0, 5.0])).coarsened(2),
        registers=b"\0\1",
        top={"b": 2, "a": 1},
        top_error=3,
    )
    leaves = (Leaf({"x": state(n_rows=0)}), Leaf({"x": full, "y": state(column="y", measure=None)}, 5, 9))
    again = from_table(to_table(leaves))
    assert [(leaf.first_event, leaf.last_event, leaf.n_rows, list(leaf.columns)) for leaf in again] == [
        (None, None, 0, ["x"]),
        (5, 9, 2, ["x", "y"]),
    ]
    for one, other in zip(leaves, again, strict=True):
        assert [s.content() for s in one.columns.values()] == [s.content() for s in other.columns.values()]


def test_no_leaves_come_back_as_none() -> None:
    assert from_table(to_table([])) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "float"},
        {"n_nan": 1},
        {"minimum": 1},
        {"minimum": 1.0},
        {"moments": (1.0, 0, 0, 0, 0)},
        {"registers": b"\1"},
        {"top": {"a": 1}},
        {"top_error": 1},
        {"histogram": Histogram(coarseness=1)},
        {"histogram": Histogram(np.zeros(1), np.ones(1, np.int64))},
    ],
)
def test_states_that_differ_have_other_content(changes: dict[str, object]) -> None:
    assert state(**changes).content() != state().content()
    assert state(**changes).content() == state(**changes).content()


def test_spans_are_ordered_by_time_and_empty_ones_come_first() -> None:
    late, early, empty = Leaf({"x": state()}, 5, 9), Leaf({"x": state()}, 1, 9), Leaf({"x": state(n_rows=0)})
    assert sorted([late, early, empty]) == [empty, early, late]


def test_frequent_texts_add_up() -> None:
    assert list(total_top([state(top={"a": 1, "b": 1}), state(top={"b": 1, "c": 2})]).items()) == [("b", 2), ("c", 2), ("a", 1)]
