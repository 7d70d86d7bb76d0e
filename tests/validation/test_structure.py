import pyarrow as pa
import pytest


def test_a_missing_column_fails_and_names_the_column_that_it_may_have_become(check):
    findings = check({"wait": pa.array([1, 2, 3])}, {"waits": {"type": "int64"}})
    by_code = {finding.code: finding for finding in findings.findings}
    assert by_code["column-missing"].severity == "fail"
    assert "'wait'" in by_code["column-missing"].got
    assert by_code["column-new"].severity == "warn"
    assert findings.failed


def test_a_column_that_is_not_required_may_be_missing(only):
    assert only({}, {"waits": {"type": "int64", "presence": {"required": False}}}) is None


def test_another_type_is_one_finding_and_its_values_are_not_judged(only):
    finding = only({"x": pa.array([1, 2, 300], pa.int32())}, {"x": {"type": "int64", "domain": {"max": 10}}})
    assert (finding.code, finding.expected, finding.got, finding.count) == ("type-changed", "int64", "int32", None)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_the_arrow_types_of_a_text_are_one(only, kind):
    assert only({"x": pa.array(["a", "b", "c"]).cast(kind)}, {"x": {"type": "string", "domain": {"values": ["a", "b", "c"]}}}) is None


def test_a_column_of_nulls_has_any_type(only):
    assert only({"x": pa.nulls(3)}, {"x": {"type": "int64", "presence": {"min_fraction": 0}, "domain": {"min": 1}}}) is None


@pytest.mark.parametrize(("n_rows", "code"), [(1, "too-few-rows"), (2, None), (4, None), (5, "too-many-rows")])
def test_row_counts_have_two_bounds(only, n_rows, code):
    finding = only(n_rows=n_rows, rows={"min": 2, "max": 4})
    assert (finding and finding.code) == code


def test_an_empty_span_fails_unless_no_rows_are_allowed(check):
    forbidden, allowed = check(n_rows=0), check(n_rows=0, rows={"min": 0})
    assert [(finding.code, finding.severity) for finding in forbidden.findings] == [("empty-span", "fail")]
    assert [(finding.code, finding.severity) for finding in allowed.findings] == [("empty-span", "info")]
    assert forbidden.state == allowed.state == "empty"


def test_a_column_before_or_past_its_life_may_be_there_or_not_and_nothing_is_checked(only):
    planned = {"x": {"type": "int64", "stage": "planned", "domain": {"max": 1}, "unique": True}}
    assert only({"x": pa.array([9, 9, 9])}, planned) is None
    assert only({}, planned) is None
    assert only({}, {"x": {**planned["x"], "stage": "beta"}}).code == "column-missing"


def test_a_column_of_another_environment_is_not_expected(check):
    columns = {"x": {"type": "int64", "environments": ["training"]}}
    given = {"environments": ["training", "serving"]}
    assert [one.code for one in check({}, columns, environment="training", **given).findings] == ["column-missing"]
    assert check({}, columns, environment="serving", **given).findings == ()
    assert [one.code for one in check({"x": pa.array([1, 2, 3])}, columns, environment="serving", **given).findings] == ["column-new"]
