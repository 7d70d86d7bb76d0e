from pathlib import Path

import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.schema import Schema
from components.runtime.errors import ConfigError
from components.runtime.spans import Calendar, Grain
from components.statistics.component import StatisticsConfig, generate_statistics
from components.validation.component import validate_examples

FLIGHTS = Path(__file__).parents[2] / "pipeline_config" / "flights" / "schema.yaml"
DAY = Calendar(Grain.DAY, "America/New_York").span("2013-07-27")


@pytest.fixture(scope="module")
def schema():
    return Schema.from_yaml(FLIGHTS)


@pytest.fixture(scope="module")
def good_day(schema):
    n_rows = 700
    micros = int(DAY.start.timestamp() * 1e6)
    times = pa.array([micros + 60_000_000 * row for row in range(n_rows)], pa.timestamp("us", tz="UTC"))
    values = {
        "event_time": times,
        "time_hour": times,
        "carrier": pa.array(["AA", "UA"] * 350),
        "tailnum": pa.array(["N1"] * n_rows),
        "origin": pa.array(["JFK"] * n_rows),
        "dest": pa.array(["ATL"] * n_rows),
        "flight": pa.array(range(1, n_rows + 1)),
        "year": pa.array([2013] * n_rows),
        "distance": pa.array([760] * n_rows),
    }
    columns = {name: values.get(name, pa.array([7] * n_rows)) for name in schema.columns}
    return pa.table({"row_id": pa.array([row.to_bytes(16, "big") for row in range(n_rows)], pa.binary(16)), **columns})


def findings_of(table, schema):
    examples = Examples.from_arrow(table)
    return validate_examples(examples, generate_statistics(examples), schema, DAY)


def test_a_good_day_of_flights_passes_every_rule(good_day, schema):
    findings = findings_of(good_day, schema)
    assert findings.findings == ()
    assert findings.checked > 2 * len(schema.columns)


def test_the_same_span_gives_the_same_bytes(good_day, schema, tmp_path):
    broken = good_day.set_column(good_day.schema.get_field_index("dest"), "dest", pa.array(["LGA", "ZZZ"] * 350))
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        findings_of(broken, schema).save(tmp_path / name)
    assert (tmp_path / "one" / "findings.json").read_bytes() == (tmp_path / "other" / "findings.json").read_bytes()


def test_statistics_that_leave_out_a_described_column_are_refused(good_day, schema):
    examples = Examples.from_arrow(good_day)
    statistics = generate_statistics(examples, config=StatisticsConfig(columns=("event_time", "carrier")))
    with pytest.raises(ConfigError, match="tailnum"):
        validate_examples(examples, statistics, schema, DAY)


def test_stored_examples_and_statistics_say_the_same(good_day, schema, tmp_path):
    table = good_day.set_column(good_day.schema.get_field_index("distance"), "distance", pa.array([17] + [760] * 699))
    examples = Examples.from_arrow(table)
    examples.save(tmp_path)
    stored = Examples.load(tmp_path)
    found = validate_examples(stored, generate_statistics(stored), schema, DAY)
    assert found == findings_of(table, schema)
    assert [(finding.code, finding.count) for finding in found.findings] == [("value-out-of-range", 1)]


@pytest.mark.slow
def test_a_thousand_columns_and_unicode_names_pass_through():
    columns = {f"spalte-é-{number}": pa.array([1, 2]) for number in range(1000)}
    times = pa.array([DAY.start, DAY.start], pa.timestamp("us", tz="UTC"))
    ids = pa.array([row.to_bytes(16, "big") for row in range(2)], pa.binary(16))
    wide = Schema.model_validate(
        {"columns": {"event_time": {"type": "timestamp"}, **{name: {"type": "int64", "domain": {"max": 1}} for name in columns}}},
        strict=False,
    )
    findings = findings_of(pa.table({"row_id": ids, "event_time": times, **columns}), wide)
    assert len(findings.findings) == 1000
    assert all(finding.count == 1 for finding in findings.findings)


def test_an_unknown_column_of_the_key_is_not_looked_for(good_day, schema):
    found = findings_of(good_day.drop_columns(["flight"]), schema)
    assert [finding.code for finding in found.findings] == ["column-missing"]
