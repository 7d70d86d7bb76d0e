"""Charts as SVG: complete, themed, described, small."""

# ruff: noqa: S314 - what is read here was drawn here

import re
from itertools import accumulate
from xml.etree.ElementTree import fromstring as read

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.reports.charts import histogram, stacked_columns, time_series
from components.reports.run_view import Estimate

FINITE = st.floats(-1e6, 1e6)


def test_a_histogram_names_its_columns_and_holds_every_count() -> None:
    chart = histogram([0, 1, 2], [3, 5], title="dep_delay", baseline=[4, 4])
    assert chart.columns == ("from, to", "rows", "baseline rows")
    assert chart.table == (("0.000 to 1.000", "3", "4"), ("1.000 to 2.000", "5", "4"))
    assert [name for name, _ in chart.legend] == ["this span", "baseline"]


def test_colours_are_tokens_so_that_one_drawing_serves_both_themes() -> None:
    chart = histogram([0, 1, 2], [3, 5], title="x", baseline=[4, 4])
    painted = {value for e in read(chart.svg).iter() for value in (e.get("fill"), e.get("stroke"))} - {None, "none"}
    assert painted
    assert all(value is not None and value.startswith("var(--chart-") for value in painted)


def test_a_chart_is_an_image_with_a_name_and_no_identifier() -> None:
    svg = histogram([0, 1], [3], title='a "quoted" <name>').svg
    root = read(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", 'a "quoted" <name>')
    assert not [e for e in root.iter() if e.get("id") or e.get("style") or e.get("clip-path")]


def test_texts_in_a_chart_are_escaped() -> None:
    chart = stacked_columns(["<script>alert(1)</script>"], {"rows": [1]}, title="<img onerror=x>")
    assert "<script" not in chart.svg
    assert "<img" not in chart.svg


@settings(max_examples=25, deadline=None)
@given(first=FINITE, widths=st.lists(st.floats(0, 1e6), max_size=8), rows=st.integers(0, 9))
def test_any_finite_histogram_is_drawn(first: float, widths: list[float], rows: int) -> None:
    edges = list(accumulate(widths, initial=first))
    chart = histogram(edges, [rows] * len(widths), title="any")
    assert not re.search(r"\b(?:nan|inf)\b", chart.svg)
    read(chart.svg)


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.one_of(st.none(), FINITE), max_size=8))
def test_any_series_is_drawn_and_its_table_is_complete(values: list[float | None]) -> None:
    estimates = [Estimate(value, *((value - 1, value + 1) if value is not None else (None, None))) for value in values]
    chart = time_series([str(index) for index in range(len(values))], estimates, title="any", reference=0.5)
    assert len(chart.table) == len(values)
    read(chart.svg)


def test_an_absent_estimate_leaves_a_gap_and_never_a_zero() -> None:
    estimates = [Estimate(0.6), Estimate(0.7), Estimate(absent="labels-not-mature"), Estimate(0.6), Estimate(0.7)]
    root = read(time_series(list("abcde"), estimates, title="roc_auc").svg)
    lines = [e for e in root if e.get("stroke") == "var(--chart-main)"]
    assert len(lines) == 2


@pytest.mark.slow
def test_two_hundred_histograms_fit_half_a_page_budget() -> None:
    edges = [index / 2 for index in range(31)]
    charts = [histogram(edges, range(30), title=f"column {index}", baseline=range(30, 0, -1)) for index in range(200)]
    assert sum(len(chart.svg) for chart in charts) < 1_000_000
