import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

INTERVAL = {"x": {"type": "int64", "presence": {"min_fraction": 0}, "domain": {"min": -2, "max": 2}}}


@given(values=st.lists(st.none() | st.integers(-4, 4), min_size=1, max_size=20))
def test_a_value_outside_the_interval_is_found_and_counted_whatever_surrounds_it(only, values):
    finding = only({"x": pa.array(values, pa.int64())}, INTERVAL, n_rows=len(values))
    outside = sum(value is not None and not -2 <= value <= 2 for value in values)
    assert (finding.count if finding else 0) == outside


def test_infinities_lie_outside_and_nan_is_missing(only):
    column = pa.array([float("nan"), float("inf"), 1.0])
    rules = {"x": {"type": "float64", "presence": {"min_fraction": 0}, "domain": {"max": 2.0}}}
    finding = only({"x": column}, rules, key=("name",))
    assert (finding.code, finding.count, finding.examples) == ("value-out-of-range", 1, ("name=n1 x=inf",))
    assert only({"x": column}, {"x": {**rules["x"], "domain": {"min": 0.5}}}) is None


def test_dates_and_times_have_intervals(only):
    days = pa.array([15000, 15706, 16000], pa.date32())
    finding = only({"x": days}, {"x": {"type": "date", "domain": {"min": "2013-01-01"}}}, key=("name",))
    assert finding.examples == ("name=n0 x=2011-01-26",)
    times = pa.array([0, 1, 2], pa.timestamp("s"))
    finding = only({"x": times}, {"x": {"type": "timestamp", "domain": {"max": "1970-01-01T00:00:01"}}})
    assert finding.count == 1


@pytest.mark.parametrize(
    ("kind", "column", "listed"),
    [
        ("string", pa.array(["a", "b", "z"]), ["a", "b"]),
        ("int64", pa.array([1, 2, 26]), [1, 2]),
        ("float64", pa.array([0.5, 2.0, 26.0]), [0.5, 2]),
        ("bool", pa.array([True, True, False]), [True]),
        ("date", pa.array([0, 1, 26], pa.date32()), ["1970-01-01", "1970-01-02"]),
    ],
)
def test_values_off_the_list_are_found_in_columns_of_any_type(only, kind, column, listed):
    finding = only({"x": column}, {"x": {"type": kind, "domain": {"values": listed}}}, key=("name",))
    assert (finding.code, finding.severity, finding.count) == ("value-unseen", "warn", 1)
    assert finding.examples[0].startswith("name=n2 ")


def test_null_is_off_no_list(only):
    rules = {"type": "int64", "presence": {"min_fraction": 0}, "domain": {"values": [1]}}
    assert only({"x": pa.array([1, None, 1])}, {"x": rules}) is None


@pytest.mark.parametrize(
    ("new_values", "share", "expected"),
    [
        ("warn", 0.5, ("value-unseen", "warn")),
        ("fail", 0.5, ("value-unseen", "fail")),
        ("allow", 0.5, None),
        ("allow", 0.3, ("too-many-unseen", "fail")),
        ("warn", 0.3, ("too-many-unseen", "fail")),
        ("warn", 1 / 3, ("value-unseen", "warn")),
    ],
)
def test_new_values_are_as_bad_as_the_schema_says_up_to_a_share(only, new_values, share, expected):
    domain = {"values": ["a", "b"], "new_values": new_values, "max_unseen_share": share}
    finding = only({"x": pa.array(["a", "b", "z"])}, {"x": {"type": "string", "domain": domain}})
    assert (finding and (finding.code, finding.severity)) == expected


@pytest.mark.slow
def test_texts_that_the_statistics_do_not_all_hold_are_looked_up_in_the_rows(only):
    texts = [f"t{row % 20_000}" for row in range(40_000)]
    rules = {"type": "string", "domain": {"values": texts[1:20_000]}}
    finding = only({"x": pa.array(texts)}, {"x": rules}, n_rows=40_000, event_time={"inside_span": False})
    assert finding.count == 2
