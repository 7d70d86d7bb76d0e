"""How far a span lies from those before it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from components.artifacts.shifts import Shifts
from components.artifacts.sliced_statistics import SlicedStatistics
from components.monitoring.measuring import ShiftsConfig, measure_shifts, measure_slices
from components.runtime.window import Absent, Window
from tests.spans_of_statistics import SPANS, Columns, statistics_of, usual, watched


def shifts(now: Columns, before: list[Columns | Absent], excluded: tuple[str, ...] = ()) -> Shifts:
    values = tuple(one if isinstance(one, Absent) else statistics_of(one) for one in before)
    return measure_shifts(statistics_of(now), Window(tuple(SPANS[: len(before)]), values), config=ShiftsConfig(excluded=excluded))


def test_the_distance_of_numbers_from_the_span_before_is_kolmogorov_and_smirnovs() -> None:
    before, now = usual(0), usual(1)
    found = shifts(now, [before]).by_subject["", "level", "values"].distances["previous"]
    assert found == pytest.approx(ks_2samp(before["level"], now["level"]).statistic, abs=0.02)


def test_the_distance_of_texts_is_the_share_of_rows_that_would_have_to_change() -> None:
    found = shifts({"code": ["a", "a", "b", "c"]}, [{"code": ["a", "b", "b", "b"]}]).by_subject["", "code", "values"]
    assert found.distances == {"previous": 0.5}


def test_a_span_is_nearest_to_the_one_that_it_repeats() -> None:
    before = [usual(place) for place in range(28)]
    found = shifts(before[7], before).by_subject
    assert found["", "level", "values"].distances["nearest"] == 0
    assert found["", "", "copied"].level == 1.0


@pytest.mark.parametrize(
    ("aspect", "column", "least", "change"),
    [
        ("missing", "level", 0.5, lambda c: c | {"level": np.where(np.arange(300) < 100, np.nan, c["level"])}),
        ("values", "level", 0.9, lambda c: c | {"level": c["level"] * 1000}),
        ("spread", "level", 0.6, lambda c: c | {"level": 10 + 2 * (c["level"] - 10)}),
        ("spike", "level", 0.3, lambda c: c | {"level": np.where(np.arange(300) < 100, 10.0, c["level"])}),
        ("unseen", "code", 0.3, lambda c: c | {"code": np.where(np.arange(300) < 100, "new", c["code"])}),
        ("vanished", "code", 0.1, lambda c: c | {"code": np.where(c["code"] == "c", "a", c["code"])}),
        ("rows", "", 0.6, lambda c: {name: values[:150] for name, values in c.items()}),
    ],
)
def test_every_aspect_sees_its_fault(aspect, column, least, change) -> None:
    before = [usual(place) for place in range(28)]
    distance = {name: shifts(one, before).by_subject["", column, aspect].distances["nearest"] for name, one in (("quiet", usual(28)), ("faulty", change(usual(28))))}  # fmt: skip
    assert distance["faulty"] > least > 3 * distance["quiet"]


@given(st.integers(0, 20), st.integers(1, 4))
@settings(max_examples=6)
def test_absent_and_empty_spans_of_the_window_are_no_reference(n_absent: int, n_empty: int) -> None:
    before = [usual(place) for place in range(10)]
    gaps = [Absent("no-delivery")] * n_absent + [{name: values[:0] for name, values in usual(0).items()}] * n_empty
    found = shifts(usual(10), [*gaps, *before]).by_subject["", "level", "values"]
    assert found.distances["previous"] == shifts(usual(10), before).by_subject["", "level", "values"].distances["previous"]


def test_without_history_there_are_levels_and_no_distances() -> None:
    found = shifts(usual(0), [])
    assert {one.aspect for one in found.shifts} >= {"rows", "missing", "values"}
    assert all(not one.distances for one in found.shifts)


def test_a_text_of_too_many_values_is_compared_by_length_and_one_that_turned_into_a_number_by_nothing() -> None:
    many = {"id": [f"{place:012}" for place in range(3000)]}
    found = shifts({"id": [f"{place}" for place in range(100_000, 103_000)]}, [many]).by_subject
    assert found["", "id", "values"].distances["previous"] == 1.0
    assert shifts({"id": [1.0, 2.0]}, [many]).by_subject["", "id", "values"].distances == {}


def test_what_is_left_out_is_not_measured() -> None:
    assert {one.column for one in shifts(usual(0), [], ("level",)).shifts} == {"", "event_time", "code"}


def test_each_slice_is_held_against_its_own_past() -> None:
    def sliced(place: int) -> SlicedStatistics:
        return SlicedStatistics({("origin", name): statistics_of(usual(place + 50 * (name == "JFK"))) for name in ("EWR", "JFK")})

    whole = Window(tuple(SPANS[:8]), tuple(statistics_of(usual(place)) for place in range(8)))
    history = Window(tuple(SPANS[:9]), (Absent("empty"), *(sliced(place) for place in range(8))))
    found = measure_slices(statistics_of(usual(8)), whole, sliced(8), history).by_subject
    alone = watched([usual(place) for place in range(9)])[-1][1].by_subject
    assert found["", "level", "values"] == alone["", "level", "values"]
    assert found["origin=EWR", "level", "values"].distances == alone["", "level", "values"].distances
    assert found["origin=JFK", "level", "values"].distances != found["origin=EWR", "level", "values"].distances
