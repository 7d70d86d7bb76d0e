from collections import Counter
from datetime import timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from components.runtime.spans import Calendar, Grain

START = Calendar(Grain.DAY, "UTC").span("2013-01-05").start
RULES = {"x": {"type": "string", "presence": {"min_fraction": 0}}}


@given(values=st.lists(st.none() | st.sampled_from("abc"), min_size=1, max_size=10))
def test_rows_that_share_a_key_are_counted_null_being_a_value(only, values):
    finding = only({"x": pa.array(values, pa.string())}, RULES, n_rows=len(values), key=("x",))
    repeated = sum(count for count in Counter(values).values() if count > 1)
    assert (finding.count if finding else 0) == repeated
    assert finding is None or (finding.code, finding.severity) == ("key-repeated", "fail")


def test_a_key_repeats_only_as_a_whole(only):
    assert only({"x": pa.array(["a", "a", "a"])}, RULES, key=("name", "x")) is None


@given(values=st.lists(st.none() | st.sampled_from("abc"), min_size=1, max_size=10))
def test_a_unique_column_may_repeat_null_and_nothing_else(only, values):
    finding = only({"x": pa.array(values, pa.string())}, {"x": {**RULES["x"], "unique": True}}, n_rows=len(values))
    repeated = sum(count for value, count in Counter(values).items() if count > 1 and value is not None)
    assert (finding.count if finding else 0) == repeated


def test_an_event_time_belongs_to_the_span_from_its_start_until_before_its_end(only):
    assert only(n_rows=1, start=START) is None
    early, late = only(start=START - timedelta(minutes=1), key=("name",)), only(n_rows=1, start=START + timedelta(days=1))
    assert (early.code, early.count) == ("event-time-outside-span", 1)
    assert early.examples == ("name=n0 event_time=2013-01-04T23:59:00+00:00",)
    assert late.count == 1
    assert only(start=START - timedelta(days=9), event_time={"inside_span": False}) is None


GROUP = {"x": {"type": "string"}, "n": {"type": "int64", "presence": {"min_fraction": 0}}}


def times_of(minutes):
    return pa.array([START + timedelta(minutes=minute) for minute in minutes], pa.timestamp("us", tz="UTC"))


def test_event_times_are_unique_in_their_group(only):
    columns = {"event_time": times_of([0, 0, 0, 1]), "x": pa.array(["a", "b", "a", "a"]), "n": pa.array([1, 2, 3, 4])}
    finding = only(columns, GROUP, n_rows=4, event_time={"unique": True, "by": ["x"]}, key=("n",))
    assert (finding.code, finding.count) == ("event-time-repeated", 2)
    assert [example[:3] for example in finding.examples] == ["n=1", "n=3"]
    assert only(columns, GROUP, n_rows=4, event_time={"unique": True, "by": ["x", "n"]}) is None
    assert only(columns, GROUP, n_rows=4, event_time={"unique": True}).count == 3


@given(pairs=st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 9)), min_size=1, max_size=12))
def test_event_times_that_fall_as_the_counter_rises_are_found_in_each_group(only, pairs):
    columns = {"x": pa.array([x for x, _ in pairs]), "n": pa.array([n for _, n in pairs], pa.int64())}
    finding = only(columns, GROUP, n_rows=len(pairs), event_time={"rises_with": "n", "by": ["x"]})
    rows = [(x, n, minute) for minute, (x, n) in enumerate(pairs) if n is not None]
    falling = [row for row in rows if any(other[0] == row[0] and other[1] < row[1] and other[2] > row[2] for other in rows)]
    assert (finding.count if finding else 0) == len(falling)
    assert finding is None or finding.code == "event-time-not-monotone"
