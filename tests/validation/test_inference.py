import json
from datetime import timedelta

import pyarrow as pa
import pytest
import yaml

from components.artifacts.findings import Findings
from components.artifacts.schema import Schema
from components.artifacts.schema_text import schema_text
from components.runtime.errors import DataError
from components.runtime.spans import Calendar, Grain
from components.statistics.component import generate_statistics
from components.validation.component import validate_examples
from components.validation.evolution import evolve, evolved
from components.validation.inference import infer_schema, type_word
from tests.validation.conftest import examples_of

CALENDAR = Calendar(Grain.DAY, "UTC")
SPANS = [CALENDAR.span(f"2013-01-0{day}") for day in range(1, 5)]


def columns_of(day, n_rows=60, **more):
    codes = ["AA", "UA", "DL"]
    return {
        "code": pa.array([codes[row % 3] for row in range(n_rows)]),
        "hour": pa.array([row % 24 for row in range(n_rows)]),
        "day": pa.array([day] * n_rows),
        "price": pa.array([None if row < day else 1.5 * row for row in range(n_rows)], pa.float64()),
        "change": pa.array([row - 30 for row in range(n_rows)]),
        "flag": pa.array([row % 2 == 0 for row in range(n_rows)]),
        "place": pa.array([f"{row:05}" for row in range(n_rows)]),
        **more,
    }


def days(columns=columns_of, n=4, **more):
    return {span.key: examples_of(60, span.start, columns(at + 1, **more)) for at, span in enumerate(SPANS[:n])}


def statistics_of(examples):
    return {key: generate_statistics(one) for key, one in examples.items()}


@pytest.fixture(scope="module")
def inferred():
    return infer_schema(statistics_of(days()), ("event_time", "name", "gone"))


def test_each_column_gets_what_its_values_show(inferred):
    plain = inferred.schema.to_plain()
    assert plain["key"] == ["event_time", "name"]
    assert plain["rows"] == {"min": 48, "max": 72}
    assert plain["columns"] == {
        "event_time": {"type": "timestamp"},
        "name": {"type": "string"},
        "code": {"type": "string", "domain": {"max_unseen_share": 0.05, "values": ["AA", "DL", "UA"]}},
        "hour": {"type": "int64", "domain": {"min": 0, "max": 23}},
        "day": {"type": "int64", "domain": {"min": 0}},
        "price": {"type": "float64", "presence": {"min_fraction": 0.86}, "domain": {"min": 0}},
        "change": {"type": "int64", "domain": {"min": -30, "max": 29}},
        "flag": {"type": "bool"},
        "place": {"type": "string", "length": {"min": 5.0, "max": 5.0}},
    }


def test_each_line_has_its_evidence(inferred):
    assert inferred.evidence["columns", "price"] == "missing in up to 6.7% of the rows (2013-01-04); 1.5 to 88.5; 230 values in 4 spans"
    assert inferred.evidence["columns", "code"] == "3 values, the rarest in 80 rows; 240 values in 4 spans"
    assert inferred.evidence["rows",] == "60 rows on 2013-01-01 to 60 on 2013-01-01, in 4 spans"


def test_every_span_of_the_window_keeps_what_was_inferred_from_it(inferred):
    found = [validate_examples(one, generate_statistics(one), inferred.schema, CALENDAR.span(key)) for key, one in days().items()]
    assert found == [Findings.of([], checked=found[0].checked)] * 4


def test_a_window_that_is_kept_changes_nothing_and_one_without_rows_says_nothing(inferred):
    assert evolve(inferred.schema, statistics_of(days())) == []
    with pytest.raises(DataError, match="no span of the window has rows"):
        evolve(inferred.schema, {})
    with pytest.raises(DataError, match="no span of the window has rows"):
        infer_schema(statistics_of({"2013-01-01": examples_of(0, SPANS[0].start, {})}))


def test_a_proposal_says_what_the_window_shows_and_why(inferred):
    def later(day):
        columns = columns_of(
            day,
            code=pa.array(["AA", "ZZ"] * 30),
            change=pa.array([f"{row}" for row in range(60)]),
            price=pa.array([None] * 30 + [-1.0] * 30, pa.float64()),
            place=pa.array(["long place"] * 60),
            new=pa.array([1] * 60),
        )
        del columns["flag"]
        return columns

    window = statistics_of(days(later))
    changes = evolve(inferred.schema, window)
    assert [str(one) for one in changes] == [
        "columns.code.domain.values: 'ZZ' 120 times since 2013-01-01",
        "columns.price.presence.min_fraction: missing in 50.0% of the rows of 2013-01-01",
        "columns.price.domain.min: as low as -1",
        "columns.change: is string now; 240 values in 4 spans",
        "columns.flag.stage: in none of 4 spans",
        "columns.place.length.max: as long as 10",
        "columns.new: new since 2013-01-01; 1 to 1; 240 values in 4 spans",
    ]
    schema = evolved(inferred.schema, changes)
    assert evolve(schema, window) == []
    for key, one in days(later).items():
        assert not validate_examples(one, generate_statistics(one), schema, CALENDAR.span(key)).findings


def test_the_number_of_rows_widens_to_what_was_seen(inferred):
    start = SPANS[0].start
    window = {
        "few": generate_statistics(examples_of(9, start, columns_of(1, 9))),
        "many": generate_statistics(examples_of(99, start, columns_of(1, 99))),
    }
    assert [one.value for one in evolve(inferred.schema, window) if one.place == ("rows",)] == [9, 99]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (pa.list_(pa.string()), "list<string>"),
        (pa.list_(pa.field("item", pa.float64(), nullable=False)), "list<float64>"),
        (pa.list_(pa.int64(), 2), "list<int64>"),
        (pa.list_(pa.date32()), None),
        (pa.time64("us"), "time"),
        (pa.duration("s"), "duration"),
        (pa.decimal128(4, 1), "decimal"),
        (pa.binary(3), "binary"),
        (pa.struct([("a", pa.int64())]), "struct"),
        (pa.int32(), None),
    ],
)
def test_types_are_known_by_the_names_that_statistics_have(kind, word):
    assert type_word(str(kind)) == word


def test_a_type_without_a_word_is_refused():
    window = statistics_of({"2013-01-01": examples_of(1, SPANS[0].start + timedelta(hours=1), {"x": pa.array([1], pa.int32())})})
    with pytest.raises(DataError, match="no word for the type int32"):
        infer_schema(window)


@pytest.mark.slow
def test_a_thousand_columns_of_odd_values_are_inferred_kept_and_read_back():
    odd = [pa.nulls(60, pa.float64()), pa.array([float("nan")] * 60), pa.array([" \u202e", "\x00'\"<b>"] * 30), pa.array([-(2**62)] * 60)]
    columns = {f"spalte {number} é": odd[number % 4] for number in range(1000)}
    examples = examples_of(60, SPANS[0].start, columns)
    inferred = infer_schema({"2013-01-01": generate_statistics(examples)})
    assert Schema.model_validate_json(json.dumps(yaml.safe_load(schema_text(inferred.schema, inferred.evidence)))) == inferred.schema
    assert validate_examples(examples, generate_statistics(examples), inferred.schema, SPANS[0]).findings == ()


def test_one_row_is_enough_to_infer_from():
    examples = examples_of(1, SPANS[0].start, columns_of(1, 1))
    schema = infer_schema({"2013-01-01": generate_statistics(examples)}).schema
    assert validate_examples(examples, generate_statistics(examples), schema, SPANS[0]).findings == ()
