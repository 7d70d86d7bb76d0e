import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st


@given(pairs=st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 3)), min_size=1, max_size=20))
def test_rows_that_break_a_rule_are_counted_and_those_with_null_hold_it(only, pairs):
    columns = {name: pa.array([pair[at] for pair in pairs], pa.int64()) for at, name in enumerate("ab")}
    types = {name: {"type": "int64", "presence": {"min_fraction": 0}} for name in columns}
    finding = only(columns, types, n_rows=len(pairs), rules={"order": {"holds": "a <= b"}})
    assert (finding.count if finding else 0) == sum(a is not None and b is not None and a > b for a, b in pairs)


AB = {"a": {"type": "int64"}, "b": {"type": "int64"}}
COLUMN = {"a": pa.array([1, 2, 3]), "b": pa.array([1, 1, 3])}


def test_a_finding_shows_the_columns_of_the_rule_and_what_it_says(only):
    rule = {"holds": "a <= b", "severity": "warn", "description": "a comes first"}
    finding = only(COLUMN, AB, rules={"order": rule}, key=("name",))
    assert (finding.code, finding.severity, finding.where, finding.message) == ("rule-broken", "warn", "order", "a comes first")
    assert (finding.expected, finding.got, finding.examples) == ("a <= b", "1 of 3 rows break it", ("name=n1 a=2 b=1",))


def test_a_share_of_the_rows_may_break_a_rule(only):
    assert only(COLUMN, AB, rules={"order": {"holds": "a <= b", "max_share": 1 / 3}}) is None
    assert only(COLUMN, AB, rules={"order": {"holds": "a <= b", "max_share": 0.3}}).count == 1


def test_a_rule_that_the_types_do_not_allow_is_no_pass(check):
    bad = {"text": {"holds": "a < name"}, "number": {"holds": "a + 1"}}
    findings = check(COLUMN, AB, rules=bad).findings
    assert [(one.code, one.where, one.severity) for one in findings] == [
        ("rule-not-evaluated", "number", "fail"),
        ("rule-not-evaluated", "text", "fail"),
    ]


def test_a_rule_over_a_missing_column_leaves_the_finding_to_that(only):
    assert only({"a": COLUMN["a"]}, AB, rules={"order": {"holds": "a <= b"}}).code == "column-missing"
