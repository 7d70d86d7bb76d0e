from datetime import UTC, datetime

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.schema_columns import Column
from components.validation.conditions import expression

ROWS = pl.DataFrame(
    {
        "a": [1, 2, None],
        "x": [0.5, float("nan"), 3.0],
        "s": ["Abc", "", None],
        "t": [datetime(2013, 1, 5, 23, 59, tzinfo=UTC), datetime(2013, 1, 6, tzinfo=UTC), None],
        "d": [datetime(2013, 1, 5, tzinfo=UTC).date(), None, None],
        "two words": [1, 1, 1],
    }
)
TYPES = {"a": "int64", "x": "float64", "s": "string", "t": "timestamp", "d": "date", "two words": "int64"}
COLUMNS = {name: Column(type=kind) for name, kind in TYPES.items()}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a < 2", [True, False, None]),
        ("0 < a <= 1", [True, False, None]),
        ("a < 2 or is_null(a)", [True, False, True]),
        ("not a == 2 and True", [True, False, None]),
        ("a in [1, 5]", [True, False, None]),
        ("a not in [1, 5]", [False, True, None]),
        ("x < 1", [True, None, False]),
        ("is_null(x)", [False, True, False]),
        ("abs(-a) * 2 + 1 - a / 2 > 2.5", [False, True, None]),
        ("a % 2 == 1", [True, False, None]),
        ("length(s) == 3 and lower(s) == 'abc' and upper(s) == 'ABC'", [True, False, None]),
        ("starts_with(s, 'A') and ends_with(s, 'c') and contains(s, 'b')", [True, False, None]),
        ("matches(s, '[a-zA-Z]')", [False, False, None]),
        ("t < '2013-01-06'", [True, False, None]),
        ("d == '2013-01-05'", [True, None, None]),
        ("hour(t) == 23 and minute(t) == 59 and weekday(t) == 6", [True, False, None]),
        ("year(d) == 2013 and month(d) == 1 and day(d) == 5", [True, None, None]),
        ("col('two words') == 1", [True, True, True]),
    ],
)
def test_a_condition_is_evaluated_column_by_column(text, values):
    assert ROWS.select(found=expression(text, COLUMNS))["found"].to_list() == values


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
