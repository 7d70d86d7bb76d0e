"""What drifted, against a column's own past."""

from collections.abc import Callable

import numpy as np
import pytest

from components.artifacts.schema import Schema
from components.monitoring.detecting import DriftConfig, detect_drift
from components.runtime.window import Absent, Window
from tests.spans_of_statistics import SPANS, usual, watched

pytestmark = pytest.mark.slow
N = 70
Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def quiet():
    return watched([usual(place) for place in range(N)])


def after(change: Callable[[Columns, int], Columns], onset: int, n: int = N) -> list[Columns]:
    return [usual(place) if place < onset else change(usual(place), place - onset) for place in range(n)]


def test_quiet_days_have_no_drift_and_the_first_ones_no_baseline(quiet) -> None:
    states = [found.drift.state for _, _, found in quiet]
    assert states[:30] == ["no-baseline"] * 30
    assert states[-20:] == ["checked"] * 20
    assert [found.drift.drifted for _, _, found in quiet if found.drift.drifted] == []
    assert quiet[0][2].findings.state == "no-baseline"
    assert quiet[-1][2].drift.judged > 10


def test_a_jump_is_told_on_its_first_day_with_what_is_usual_and_since_when() -> None:
    onset = N - 2
    found = watched(after(lambda columns, _: columns | {"level": columns["level"] + 3}, onset))
    for span, _, detected in found[onset:]:
        one = next(one for one in detected.drift.drifted if one.aspect == "values")
        assert (one.column, one.how, one.since) == ("level", "sudden", SPANS[onset].key)
        usual_distance = one.distances[one.against]
        assert usual_distance.distance > usual_distance.threshold
        assert usual_distance.n_past >= 21
        assert span.key >= one.since
        assert [finding.code for finding in detected.findings.findings].count("drift-values") == 1
    assert not detected.findings.failed


def test_a_creep_is_told_as_gradual() -> None:
    found = watched(after(lambda columns, k: columns | {"level": columns["level"] + 0.12 * k}, 72, n=100))
    told = [one for _, _, detected in found for one in detected.drift.drifted if one.column == "level" and one.against == "trend"]
    assert told
    assert told[-1].how == "gradual"
    assert abs(SPANS.index(next(span for span in SPANS if span.key == told[-1].since)) - 72) <= 10


def test_drift_comes_out_the_same_from_a_window_with_absent_spans_in_it() -> None:
    every = [usual(place) for place in range(N)]
    every[20] = every[33] = Absent("no-delivery")
    every[-1] = every[-1] | {"code": np.where(np.arange(300) < 30, "new", every[-1]["code"])}
    _, _, detected = watched(every)[-1]
    assert next((one.column, one.aspect) for one in detected.drift.drifted) == ("code", "unseen")


def test_a_distribution_that_the_schema_bounds_is_left_to_it() -> None:
    level = {"type": "float64", "drift": {"measure": "psi", "threshold": 9.0}}
    schema = Schema.model_validate({"columns": {"event_time": {"type": "timestamp"}, "level": level}})
    found = watched(after(lambda columns, _: columns | {"level": columns["level"] + 3}, N - 1))
    _, shifts, detected = found[-1]
    past = Window(tuple(SPANS[: N - 1]), tuple(one[1] for one in found[:-1]))
    bounded = detect_drift(shifts, past, SPANS[N - 1], schema)
    told = [{(one.column, one.aspect) for one in drift.drifted} for drift in (detected.drift, bounded.drift)]
    assert ("level", "values") in told[0]
    assert ("level", "values") not in told[1]
    assert bounded.drift.judged < detected.drift.judged


def test_near_a_holiday_a_span_is_like_no_weekday_but_what_nothing_explains_is_told(quiet) -> None:
    _, shifts, plain = quiet[-1]
    past = Window(tuple(SPANS[: N - 1]), tuple(one[1] for one in quiet[:-1]))
    eve = DriftConfig(holidays=(SPANS[N].key,))
    told = detect_drift(shifts, past, SPANS[N - 1], config=eve).drift
    n_weekday = sum("weekday" in one.distances for one in shifts.shifts)
    assert (told.judged, told.unjudged) == (plain.drift.judged - n_weekday, plain.drift.unjudged + n_weekday)
    *_, (_, fault, _) = watched(after(lambda columns, _: columns | {"level": columns["level"] + 3}, N - 1))
    found = detect_drift(fault, past, SPANS[N - 1], config=eve).drift.drifted
    assert {(one.column, one.against) for one in found if one.aspect == "values"} == {("level", "nearest")}


def test_holidays_of_the_past_do_not_say_what_is_usual_of_a_weekday(quiet) -> None:
    *_, (_, fault, plain) = watched(after(lambda columns, _: columns | {"level": columns["level"] + 3}, N - 1))
    past = Window(tuple(SPANS[: N - 1]), tuple(one[1] for one in quiet[:-1]))
    told = detect_drift(fault, past, SPANS[N - 1], config=DriftConfig(holidays=(SPANS[N - 20].key,)))
    counts = [next(one for one in found.drift.drifted if one.aspect == "values").distances for found in (plain, told)]
    assert counts[0]["weekday"].n_past - counts[1]["weekday"].n_past == 3
    assert counts[0]["nearest"].n_past == counts[1]["nearest"].n_past
