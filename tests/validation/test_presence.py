import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_nulls_and_nan_are_missing_and_the_rows_are_shown(only):
    finding = only({"x": pa.array([1.0, None, float("nan")])}, {"x": {"type": "float64"}}, key=("name",))
    assert (finding.code, finding.severity, finding.count) == ("too-many-missing", "fail", 2)
    assert finding.examples == ("name=n1 x=null", "name=n2 x=nan")


@pytest.mark.parametrize("n_present", [7, 29, 57])
def test_a_share_that_is_met_exactly_is_met(only, n_present):
    column = pa.array([1] * n_present + [None] * (100 - n_present))
    assert only({"x": column}, {"x": {"type": "int64", "presence": {"min_fraction": n_present / 100}}}, n_rows=100) is None


@given(values=st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=20), share=st.floats(0, 1))
def test_the_share_of_rows_with_a_value_decides(only, values, share):
    finding = only({"x": pa.array(values, pa.int64())}, {"x": {"type": "int64", "presence": {"min_fraction": share}}}, n_rows=len(values))
    missing = values.count(None)
    assert (finding is None) == ((len(values) - missing) / len(values) >= share)
    assert finding is None or finding.count == missing


@pytest.mark.parametrize(("least", "code"), [(2, None), (3, "too-few-present")])
def test_a_number_of_rows_must_have_a_value(only, least, code):
    rule = {"type": "float64", "presence": {"min_fraction": 0, "min_count": least}}
    finding = only({"x": pa.array([1.0, None, float("nan"), 2.0])}, {"x": rule}, n_rows=4)
    assert (finding.code if finding else None) == code
