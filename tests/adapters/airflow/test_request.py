from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from components.adapters.airflow.request import key_of, newest_span, overrides_of, refuse_overtaking, request_of
from components.runtime.errors import ConfigError, DefinitionError
from components.runtime.graph import Pipeline

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class DagRun:
    run_type: str = "manual"
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    dag_id: str = "flights_data"
    run_id: str = "manual__1"
    state: str = "running"
    run_after: datetime = NOW


def flights(**changed):
    return Pipeline("flights", **{"grain": "day", "zone": "America/New_York", "start": "2013-01-01", "end": "2013-12-31"} | changed)


def interval(first, last, **changed):
    start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last))
    return DagRun(data_interval_start=start, data_interval_end=end, **changed)


@pytest.mark.parametrize(("kind", "why", "lane"), [("scheduled", "schedule", "production"), ("backfill", "backfill", "backfill")])
def test_a_run_of_the_schedule_takes_span_and_lane_from_airflow_whatever_the_form_says(kind, why, lane):
    dag_run = interval("2013-03-10T05:00", "2013-03-11T04:00", run_type=kind)
    request = request_of(flights(lag="1 day"), "data", dag_run, {"span": "2013-12-31", "lane": "experiment"}, url="http://here")
    assert (request.span.key, request.why, request.lane) == ("2013-03-10", why, lane)
    assert request.as_of == datetime(2013, 3, 12, 4, tzinfo=UTC)
    assert request.key == "airflow/flights_data/manual__1" == key_of(dag_run)
    assert request.links == {"airflow": "http://here"}


def test_a_scheduled_training_is_as_of_the_end_of_its_interval():
    request = request_of(
        flights(), "training", interval("2013-03-04T05:00", "2013-03-11T04:00", run_type="scheduled"), {"as_of": "2013-05-01"}
    )
    assert (request.span, request.as_of, request.lane) == (None, datetime(2013, 3, 11, 4, tzinfo=UTC), "production")


def test_a_manual_run_without_a_logical_date_takes_the_form():
    request = request_of(flights(), "data", DagRun(), {"span": "2013-05-03", "lane": "production", "reason": "look again"})
    assert (request.span.key, request.why, request.lane, request.reason) == ("2013-05-03", "manual", "production", "look again")
    training = request_of(flights(), "training", DagRun(), {"as_of": "2013-06-01"})
    assert (training.span, training.as_of, training.lane) == (None, datetime(2013, 6, 1, 4, tzinfo=UTC), "experiment")


def test_a_manual_run_says_what_started_it_and_a_scheduled_one_needs_no_form():
    assert request_of(flights(), "training", DagRun(), {"because": "drift"}).why == "drift"
    scheduled = interval("2013-03-04T05:00", "2013-03-11T04:00", run_type="scheduled")
    assert request_of(flights(), "training", scheduled, {"because": "drift"}).why == "schedule"


def test_the_form_of_a_manual_run_comes_before_the_interval_that_airflow_makes_up():
    made_up = interval("2013-12-31T05:00", "2014-01-01T05:00")
    assert request_of(flights(), "data", made_up, {"span": "2013-05-03"}).span.key == "2013-05-03"


def test_an_empty_form_means_the_newest_span_or_now():
    assert request_of(flights(), "data", DagRun(), {}).span.key == "2013-12-31"
    assert request_of(flights(end=None), "data", DagRun(), {"span": None}).span.key == "2026-11-19"
    assert request_of(flights(end=None), "training", DagRun(), {"as_of": ""}).as_of == NOW
    assert request_of(flights(), "training", DagRun(), {}).as_of == datetime(2014, 1, 1, 5, tzinfo=UTC)


def test_the_newest_span_is_the_last_one_whose_lag_has_passed():
    assert newest_span(flights(end=None, lag="2 days"), NOW).key == "2026-11-17"
    assert newest_span(flights(lag="2 days"), NOW).key == "2013-12-31"
    assert newest_span(flights(lag="2 days"), datetime(2013, 6, 10, 12, tzinfo=UTC)).key == "2013-06-07"


@pytest.mark.parametrize(
    ("graph", "form", "message"),
    [
        ("data", {"span": "2013-02-30"}, "^span: no day of America/New_York has this key.*got '2013-02-30'"),
        ("training", {"as_of": "yesterday"}, "^as_of: not a date or time.*got 'yesterday'"),
        ("data", {"lane": "backfil"}, "^lane: the form has no such lane. Expected experiment, production, got 'backfil'"),
        ("training", {"because": "drif"}, "^because: no run is started for that. .*got 'drif'. Nearest valid name: 'drift'"),
        ("data", {"overrides": "margin"}, "^overrides: the overrides are no mapping"),
    ],
)
def test_a_bad_field_is_named(graph, form, message):
    with pytest.raises(ConfigError, match=message):
        request_of(flights(), graph, DagRun(), form)


def test_fields_left_as_they_were_change_nothing():
    standing = {"training.window": "56 spans", "training.test_spans": 7, "lane": "experiment", "span": None}
    assert overrides_of("flights", standing) == {}
    assert overrides_of("flights", {**standing, "training.window": "28 spans", "overrides": {"gate.margin": 0.1}}) == {
        "training.window": "28 spans",
        "gate.margin": 0.1,
    }


def test_a_schedule_without_an_interval_is_refused():
    with pytest.raises(DefinitionError, match="DAG flights_data: the scheduled run has no data interval"):
        request_of(flights(), "data", DagRun("scheduled"), {})


def test_a_training_of_a_backfill_waits_for_nobody_but_overtakes_nobody_either():
    for harmless in (None, DagRun("backfill", state="failed"), DagRun("manual", state="running")):
        refuse_overtaking(harmless)
    with pytest.raises(DefinitionError, match=r"manual__1, is queued: trainings replay forward, one at a time. Create the backfill anew"):
        refuse_overtaking(DagRun("backfill", state="queued"))
