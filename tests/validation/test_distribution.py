import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(values=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30), least=st.integers(1, 6), more=st.integers(0, 5))
def test_few_distinct_texts_are_counted_exactly(only, values, least, more):
    rule = {"type": "string", "distinct": {"min": least, "max": least + more}}
    finding = only({"x": pa.array(values)}, {"x": rule}, n_rows=len(values))
    n_distinct = len(set(values))
    expected = "too-few-distinct" if n_distinct < least else "too-many-distinct" if n_distinct > least + more else None
    assert (finding.code if finding else None) == expected


def test_the_error_of_an_estimate_is_held_against_a_finding(only):
    column = {"x": pa.array([row * 1.5 for row in range(1000)])}
    assert only(column, {"x": {"type": "float64", "distinct": {"min": 1000, "max": 1000}}}, n_rows=1000) is None
    assert only(column, {"x": {"type": "float64", "distinct": {"max": 900}}}, n_rows=1000).code == "too-many-distinct"
    assert only({"x": pa.array([7.0] * 99)}, {"x": {"type": "float64", "distinct": {"min": 2}}}, n_rows=99).code == "too-few-distinct"


@pytest.mark.parametrize(
    ("bounds", "is_kept"),
    [
        ({"mean": {"min": 49, "max": 50}}, True),
        ({"mean": {"max": 49}}, False),
        ({"standard_deviation": {"min": 28, "max": 29}}, True),
        ({"standard_deviation": {"min": 30}}, False),
        ({"quantiles": {"p50": {"min": 49, "max": 49}}}, True),
        ({"quantiles": {"p50": {"min": 52}}}, False),
        ({"quantiles": {"p100": {"max": 99}, "p0": {"min": 0}}}, True),
        ({"quantiles": {"p99.5": {"max": 90}}}, False),
    ],
)
def test_figures_of_numbers_lie_in_their_bounds(only, bounds, is_kept):
    finding = only({"x": pa.array(range(100))}, {"x": {"type": "int64", "distribution": bounds}}, n_rows=100)
    assert (finding.code if finding else None) == (None if is_kept else "distribution-out-of-bounds")


def test_shares_are_of_the_rows_with_a_value_and_an_absent_text_has_none(check):
    rule = {"type": "string", "presence": {"min_fraction": 0}}
    bounds = {"a": {"min": 0.5, "max": 0.5}, "b": {"max": 0.4}, "z": {"min": 0.1}}
    column = pa.array(["a", "a", "b", "b", None])
    findings = check({"x": column}, {"x": {**rule, "distribution": {"shares": bounds}}}, n_rows=5).findings
    assert [(one.message, one.got) for one in findings] == [
        ("the column's share of 'b' is out of bounds", "0.5"),
        ("the column's share of 'z' is out of bounds", "0"),
    ]


def test_booleans_have_shares(only):
    rule = {"type": "bool", "distribution": {"shares": {"true": {"max": 0.4}}}}
    assert only({"x": pa.array([True, True, False])}, {"x": rule}).code == "distribution-out-of-bounds"
    assert only({"x": pa.array([True, False, False])}, {"x": rule}) is None


def test_what_the_statistics_do_not_hold_is_not_judged_and_no_pass(only):
    finding = only({"x": pa.array([[1], [2], [3]])}, {"x": {"type": "list<int64>", "distinct": {"min": 1}}})
    assert (finding.code, finding.severity) == ("rule-not-evaluated", "fail")
