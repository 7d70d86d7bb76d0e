import json

import numpy as np
import pytest

from components.reports.statistics_view import N_BINS, SERIES, StatisticsView, bars_of, view_of
from tests.reports.statistics_tables import HOSTILE, N, a_day, a_view


@pytest.fixture(scope="module")
def view() -> StatisticsView:
    return a_view()


def test_what_changed_most_comes_first(view: StatisticsView) -> None:
    assert [column.name for column in view.changed] == ["late"]
    assert view.columns[0].name == "late"
    assert view.columns[0].changes[0].startswith("the values moved: Kolmogorov-Smirnov 0.")
    assert (view.n_rows, view.n_baseline_rows, view.n_window, len(view.spans)) == (3 * N, 7 * N, 3, 10)


def test_every_column_has_its_course_over_the_spans(view: StatisticsView) -> None:
    late = view.columns[0]
    assert set(late.series) == set(SERIES) - {"top"}
    assert all(len(values) == len(view.spans) for values in late.series.values())
    assert late.series["mean"][0] < 1 < late.series["mean"][-1]
    by_name = {column.name: column for column in view.columns}
    assert by_name["nothing"].series["missing"] == (1.0,) * 10
    assert sum(by_name[HOSTILE].series["top"]) == pytest.approx(10 / 3, abs=0.2)


def test_odd_columns_are_noted(view: StatisticsView) -> None:
    notes = {column.name: column.notes for column in view.columns}
    assert notes["constant"] == ("constant",)
    assert notes["nothing"] == ("all null",)
    assert notes["late"] == ()


def test_bars_hold_every_number_or_the_frequent_texts(view: StatisticsView) -> None:
    bars = {column.name: column.bars for column in view.columns}
    assert (
        sum(bars["late"].counts)
        == next(c for c in view.columns if c.name == "late").figures["n_rows"] - view.columns[0].figures["n_missing"]
    )
    assert len(bars["late"].edges) == N_BINS + 1
    assert bars["hour"].edges == tuple(np.arange(-0.5, 24))
    assert set(bars[HOSTILE].names) == {"a", "né", HOSTILE}
    assert bars["event_time"] is None
    assert bars["nothing"] is None
    column = a_day(0).column("cancelled")
    assert bars_of(column, None).names == ("false", "true")


def test_twins_are_named() -> None:
    import pyarrow as pa

    from components.artifacts.examples import Examples
    from components.statistics.component import generate_statistics

    values = np.random.default_rng(0).normal(size=500)
    times = pa.array([0] * 500, pa.timestamp("us", "UTC"))
    found = generate_statistics(Examples.from_arrow(pa.table({"event_time": times, "a": values, "b": values, "c": -values})))
    view = view_of({"d": found}, {}, pipeline="p", step="s", as_of="")
    assert {column.name: column.notes for column in view.columns} == {
        "event_time": ("constant",),
        "a": (),
        "b": ("same values as a",),
        "c": (),
    }


def test_without_a_baseline_nothing_has_changed() -> None:
    view = a_view(n_baseline=0)
    assert view.changed == ()
    assert view.n_baseline_rows is None
    assert view.columns[0].name == "event_time"


def test_the_json_is_strict(view: StatisticsView) -> None:
    body = json.loads(view.to_json(), parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert body["format_version"] == 1
    assert [column["name"] for column in body["columns"]] == [column.name for column in view.columns]
