"""What drifted, against a column's own past."""

from collections.abc import Callable

import numpy as np
import pytest

from components.artifacts.schema import Schema
from components.monitoring.detecting import detect_drift
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
