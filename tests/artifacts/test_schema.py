from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.schema import Schema
from components.artifacts.schema_columns import Column, Domain, scalar
from components.runtime.errors import ConfigError

FLIGHTS = Path(__file__).parents[2] / "pipeline_config" / "flights" / "schema.yaml"
MINIMAL = """
key: [event_time, name]
columns:
  event_time: {type: timestamp}
  name: {type: string}
"""


def read(text, folder):
    path = folder / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    return Schema.from_yaml(path)


def problems(text, folder):
    with pytest.raises(ConfigError) as error:
        read(text, folder)
    return [(problem.line, problem.key, str(problem)) for problem in error.value.problems]


def test_the_flights_schema_reads_and_comes_back_from_its_bytes(tmp_path):
    schema = Schema.from_yaml(FLIGHTS)
    schema.save(tmp_path)
    assert Schema.load(tmp_path) == schema
    assert list(Schema.load(tmp_path).columns) == list(schema.columns)


def test_layout_comments_and_written_defaults_do_not_change_the_bytes(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    read(MINIMAL + "severity: {column-new: fail, type-changed: warn}\n", tmp_path).save(one)
    longer = """
severity: {type-changed: warn, column-new: fail}  # a comment
rows: {min: 1}
columns:
  event_time:
    type: timestamp
    presence: {required: true, min_fraction: 1.0}
  "name": {type: string, unique: false}
key:
  - event_time
  - name
"""
    read(longer, tmp_path).save(other)
    assert (one / "schema.json").read_bytes() == (other / "schema.json").read_bytes()


def test_a_columns_severity_wins_over_the_schemas_and_that_over_the_default(tmp_path):
    text = MINIMAL + "  x: {type: int64, severity: {type-changed: info}}\nseverity: {type-changed: warn}\n"
    schema = read(text, tmp_path)
    assert schema.severity_of("type-changed", "x") == "info"
    assert schema.severity_of("type-changed", "name") == "warn"
    assert schema.severity_of("key-repeated") == "fail"
    assert schema.severity_of("column-new", "elsewhere") == "warn"


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        ("columns:\n  a: {typ: int64}\nevent_time: {inside_span: false}", 2, "columns.a.typ", "Nearest valid name: 'type'"),
        ("columns:\n  event_time: {type: timestmp}", 2, "columns.event_time.type", "'timestamp'"),
        (MINIMAL + "severity:\n  colum-new: warn", 7, "severity.colum-new.[key]", "'column-new'"),
        (MINIMAL.replace("name]", "nam]"), 2, "key[1]", "'name'"),
        (MINIMAL + "  x: {type: int64, domain: {min: 2, max: 1}}", 6, "columns.x.domain", "min 2 lies above max 1"),
        (MINIMAL + "  x: {type: int64, domain: {min: 2, values: [3]}}", 6, "columns.x.domain", "exclude each other"),
        (MINIMAL + "  x: {type: string, domain: {max: b}}", 6, "columns.x.domain", "list its values"),
        (MINIMAL + "  x: {type: bool, domain: {values: [1]}}", 6, "columns.x.domain", "1 is no bool"),
        (MINIMAL + "  x: {type: date, domain: {min: soon}}", 6, "columns.x.domain", "soon"),
        (MINIMAL + "  on: {type: int64}", 6, "columns", "in quotes"),
        (MINIMAL + "  name: {type: int64}", 6, "columns.name", "stands twice"),
        (MINIMAL + "rows: {min: 5, max: 4}", 6, "rows", "min 5 lies above max 4"),
        ("columns:\n  name: {type: string}", 1, "event_time", "inside_span: false"),
        (MINIMAL + "  x: {type: float64, distribution: {quantiles: {q50: {max: 1}}}}", 6, "columns.x.distribution.quantiles", "write p50"),
        (MINIMAL + "  x: {type: string, distribution: {mean: {max: 1}}}", 6, "columns.x.distribution", "not of string"),
        (MINIMAL + "  x: {type: int64, distribution: {shares: {a: {max: 1}}}}", 6, "columns.x.distribution", "not of int64"),
        (MINIMAL + "  x: {type: int64, length: {max: 1}}", 6, "columns.x.length", "no length"),
        (MINIMAL + "  x: {type: int64, tokens: {}}", 6, "columns.x.tokens", "no tokens"),
        (MINIMAL + "  x: {type: string, length: {}}", 6, "columns.x.length", "write min, max or both"),
        (MINIMAL + "  x: {type: string, length: {min: 2, max: 1}}", 6, "columns.x.length", "min 2 lies above max 1"),
        (MINIMAL + "  x: {type: string, domain: {pattern: '('}}", 6, "columns.x.domain.pattern", "no regular expression"),
        (MINIMAL + "  x: {type: int64, domain: {pattern: a}}", 6, "columns.x.domain", "about texts"),
        (MINIMAL + "  x: {type: string, domain: {parses_as: flota}}", 6, "columns.x.domain.parses_as", "float64"),
        (MINIMAL + "  x: {type: int64, domain: {allow_nan: false}}", 6, "columns.x.domain", "never NaN"),
        (MINIMAL + "  x: {type: struct, domain: {values: [1]}}", 6, "columns.x.domain", "no list of values"),
        (MINIMAL + "  x: {type: int64, drift: {measure: jensen_shanon}}", 6, "columns.x.drift.measure", "'jensen_shannon'"),
        (MINIMAL + "  x: {type: string, domain: {new_values: fail}}", 6, "columns.x.domain", "write its values"),
        (MINIMAL + "  x: {type: string, tokens: {min_coverage: 0.5}}", 6, "columns.x.tokens", "write its tokens"),
        (
            MINIMAL + "  x: {type: string, tokens: {limits: {a: {min_per_row: 1, max_per_row: 0}}}}",
            6,
            "columns.x.tokens.limits.a",
            "above the most",
        ),
        (MINIMAL + "rows: {min_ratio: 2, max_ratio: 1}", 6, "rows", "min_ratio 2.0 lies above"),
        (MINIMAL + "  x: {type: int64, stage: produktion}", 6, "columns.x.stage", "'production'"),
        (MINIMAL + "  x: {type: int64, environments: [serve]}", 6, "columns.x.environments", "no environment 'serve'"),
        (MINIMAL + "rules:\n  r: {holds: nam == 'a'}", 7, "rules.r.holds", "nearest valid name: 'name'"),
        (MINIMAL + "rules:\n  r: {holds: name ==}", 7, "rules.r.holds", "not an expression"),
        (MINIMAL + "rules:\n  r: {holds: event_time > 'soon'}", 7, "rules.r.holds", "'soon' is no timestamp"),
        (MINIMAL + "event_time: {rises_with: nme}", 6, "event_time.rises_with", "nearest valid name: 'name'"),
        (MINIMAL + "severity: {too-few-rows: quarantine}", 6, "severity.too-few-rows", "not about single rows"),
        (MINIMAL + "default_severity: quarantine", 6, "default_severity", "name the codes"),
        (MINIMAL.replace("string}", "string, stage: disabled}"), 2, "key[1]", "'name' is disabled"),
        ("columns: {}\nevent_time: {inside_span: false}", 1, "columns", "at least 1"),
    ],
)
def test_a_mistake_is_named_by_line_key_and_nearest_word(tmp_path, text, line, key, said):
    found = {(at, where): message for at, where, message in problems(text, tmp_path)}
    assert said in found[line, key]


def test_all_mistakes_are_listed(tmp_path):
    text = "columns:\n  a: {type: int46}\n  b: {type: string, uniqe: true}\n  c: {type: date, presence: {min_fraction: 2}}\nrow: 1\n"
    assert [line for line, _, _ in problems(text, tmp_path)] == [2, 3, 4, 5]


def test_dates_and_times_become_the_numbers_of_the_statistics():
    assert scalar("date", "2013-01-01") == 15706
    assert scalar("timestamp", "2013-01-01") == scalar("timestamp", "2012-12-31T19:00-05:00") == 15706 * 86_400_000_000


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_an_interval_is_refused_exactly_where_nothing_fits(low, high):
    try:
        column = Column(type="int64", domain=Domain(min=low, max=high))
    except ValueError:
        assert low > high
    else:
        assert low <= high
        assert column.domain.min == low


FULL = """
key: [event_time, name]
event_time: {unique: true, rises_with: n, by: [name]}
environments: [training, serving]
default_severity: warn
severity: {rule-broken: quarantine}
quarantine: {max_share: 0.01}
rules:
  small: {holds: "n < 10 or is_null(x)", max_share: 0.1, severity: info}
columns:
  event_time: {type: timestamp}
  name: {type: string, length: {max: 8}, domain: {pattern: "[a-z]+"}, distribution: {shares: {a: {min: 0.1}}}, tokens: {min_mean_length: 0.5}}
  n: {type: int64, unique: true, distinct: {min: 2}, drift: {measure: jensen_shannon, threshold: 0.1}, skew: {measure: psi}}
  x: {type: float64, domain: {allow_nan: false}, distribution: {quantiles: {p99: {max: 3}}}, environments: [training], stage: beta}
"""


def test_all_that_can_be_said_comes_back_from_its_bytes(tmp_path):
    schema = read(FULL, tmp_path)
    schema.save(tmp_path)
    assert Schema.load(tmp_path) == schema


def test_an_environment_has_its_own_columns_and_what_is_said_of_them(tmp_path):
    schema = read(FULL, tmp_path)
    assert schema.in_environment("training").columns == schema.in_environment(None).columns == schema.columns
    serving = schema.in_environment("serving")
    assert list(serving.columns) == ["event_time", "name", "n"]
    assert serving.rules == {}
    with pytest.raises(ConfigError, match="'serving'"):
        schema.in_environment("servin")


def test_a_severity_is_the_columns_then_the_schemas_then_the_codes_then_the_default(tmp_path):
    schema = read(FULL.replace("unique: true, distinct", "severity: {value-repeated: info}, unique: true, distinct"), tmp_path)
    assert schema.severity_of("value-repeated", "n") == "info"
    assert schema.severity_of("rule-broken", "n") == "quarantine"
    assert schema.severity_of("value-unseen") == "warn"
    assert schema.severity_of("type-changed", "n") == "warn"
    assert schema.severity_of("value-repeated", "x") == "warn"
