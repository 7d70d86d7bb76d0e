import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.statistics import FIGURES, SHOWN_TOP, STATES, Statistics
from components.measures.summaries import merge
from components.runtime.errors import DefinitionError
from components.runtime.value import Value
from components.statistics.component import generate_statistics


def statistics_of(day: int = 1, **columns: object) -> Statistics:
    arrays = {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
    times = pa.array([datetime(2013, 1, day, tzinfo=UTC)] * len(next(iter(arrays.values()))), pa.timestamp("us", "UTC"))
    return generate_statistics(Examples.from_arrow(pa.table({"event_time": times, **arrays})))


SMALL = {"x": [1.0, None, 3.0], "carrier": ["UA", "né\n<b>", None], "big": [2**62 + 1, 1, 1]}


def test_statistics_are_a_value() -> None:
    assert isinstance(statistics_of(**SMALL), Value)


@pytest.mark.parametrize("n_spans", [1, 3])
def test_what_is_saved_comes_back_and_saves_to_the_same_bytes(n_spans: int, tmp_path: Path) -> None:
    statistics = merge([statistics_of(day, **SMALL) for day in range(1, n_spans + 1)])
    for name, one in (("first", statistics), ("second", None)):
        (tmp_path / name).mkdir()
        (one or Statistics.load(tmp_path / "first")).save(tmp_path / name)
    again = Statistics.load(tmp_path / "second")
    for file in (STATES, FIGURES):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
    for column in statistics.columns:
        one, other = statistics.column(column), again.column(column)
        assert one.to_dict() == other.to_dict()
        assert list(one.top.items()) == list(other.top.items())
        assert one.histogram.counts.tolist() == other.histogram.counts.tolist()
    assert again.column("big").maximum == 2**62 + 1
    assert [leaf.first_event for leaf in again.leaves] == [leaf.first_event for leaf in statistics.leaves]


def test_a_column_tells_its_figures() -> None:
    x = statistics_of(**SMALL).column("x")
    assert (x.n_rows, x.count, x.missing_fraction, x.mean, x.standard_deviation, x.minimum, x.maximum) == (3, 2, 1 / 3, 2.0, 1.0, 1.0, 3.0)
    assert (x.quantile(0), x.quantile(0.5), x.quantile(1)) == (1.0, 1.0, 3.0)
    assert round(x.distinct or 0) == 2


def test_a_quantile_stays_between_the_extremes() -> None:
    x = statistics_of(x=np.full(5, 1000.5).tolist()).column("x")
    assert (x.quantile(0), x.quantile(0.5), x.quantile(1)) == (1000.5, 1000.5, 1000.5)


def test_an_unknown_column_names_the_nearest() -> None:
    with pytest.raises(DefinitionError, match="Nearest valid name: 'carrier'"):
        statistics_of(**SMALL).column("carier")


def test_the_summary_counts() -> None:
    assert statistics_of(**SMALL).summary() == {"n_rows": 3, "n_columns": 4, "n_spans": 1, "missing_fraction": 2 / 12}


def test_the_json_is_strict_and_short() -> None:
    statistics = statistics_of(x=[float("inf"), 1e308, -1e308], s=[None] * 3, t=["a", "b", "c"], u=[{"a": 1}, None, None])
    body = json.loads(statistics.to_json(), parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    by_name = {one["name"]: one for one in body["columns"]}
    assert (body["n_rows"], body["n_spans"], list(by_name)) == (3, 1, ["event_time", "x", "s", "t", "u", "u.a"])
    assert by_name["x"]["standard_deviation"] is None
    assert by_name["t"]["top"] == [["a", 1], ["b", 1], ["c", 1]]
    assert by_name["u"]["measure"] is None
    many = statistics_of(s=[str(n) for n in range(100)])
    assert len(many.column("s").to_dict()["top"]) == SHOWN_TOP
    assert len(many.column("s").top) == 100


@pytest.mark.parametrize(
    ("values", "constant"),
    [
        ([1, 1], True),
        ([1, None], True),
        ([1.0, 2.0], False),
        ([1.0, float("nan")], False),
        (["a", "a"], True),
        (["a", "b"], False),
        ([True, True], True),
        ([None, None], False),
        ([b"aa", b"bb"], False),
    ],
)
def test_a_constant_column_has_one_value(values: list[object], constant: bool) -> None:
    assert statistics_of(x=values).column("x").is_constant is constant


def test_ranks_are_the_counts_of_the_frequent_texts() -> None:
    assert statistics_of(s=["a", "b", "a"]).column("s").ranks == (2, 1)
