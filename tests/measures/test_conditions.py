"""Conditions as expressions: each part of the language, column by column."""

from datetime import UTC, datetime

import polars as pl
import pytest

from components.measures.conditions import expression

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
    assert ROWS.select(found=expression(text, TYPES))["found"].to_list() == values
