from datetime import timedelta

import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.schema import Schema
from components.runtime.spans import Calendar, Grain
from components.statistics.component import generate_statistics
from components.validation.component import ValidationConfig, validate_examples

SPAN = Calendar(Grain.DAY, "UTC").span("2013-01-05")
RULES = {"event_time": {"type": "timestamp"}, "name": {"type": "string"}}


def examples_of(n_rows, start, columns):
    """Return examples of some rows, one a minute, with a name each and the given columns."""
    times = pa.array([start + timedelta(minutes=minute) for minute in range(n_rows)], pa.timestamp("us", tz="UTC"))
    ids = pa.array([row.to_bytes(16, "big") for row in range(n_rows)], pa.binary(16))
    name = pa.array([f"n{row}" for row in range(n_rows)], pa.string())
    return Examples.from_arrow(pa.table({"row_id": ids, "event_time": times, "name": name} | columns))


@pytest.fixture(scope="session")
def check():
    """Return a function that gives the findings of columns under rules."""

    def validate(columns=None, rules=None, /, *, n_rows=3, start=SPAN.start, example_rows=5, environment=None, **schema):
        examples = examples_of(n_rows, start, columns or {})
        built = Schema.model_validate({"columns": {**RULES, **(rules or {})}, **schema}, strict=False)
        return validate_examples(examples, generate_statistics(examples), built, SPAN, config=ValidationConfig(example_rows, environment))

    return validate


@pytest.fixture(scope="session")
def only(check):
    """Return a function that gives the one finding that there is, or None."""

    def validate(*args, **kwargs):
        found = check(*args, **kwargs).findings
        assert len(found) <= 1, found
        return found[0] if found else None

    return validate
