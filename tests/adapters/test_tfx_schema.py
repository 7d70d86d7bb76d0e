from pathlib import Path

import pytest

from components.adapters.tfx_export import to_pbtxt
from components.adapters.tfx_schema import read_pbtxt
from components.artifacts.schema import Schema
from components.artifacts.schema_text import differences
from components.runtime.errors import ConfigError

FLIGHTS = Path(__file__).parents[2] / "pipeline_config" / "flights" / "schema.yaml"
INFERRED = """
feature {
  name: "company" type: BYTES domain: "company"
  presence { min_fraction: 1.0 min_count: 1 } shape { dim { size: 1 } }
  distribution_constraints { min_domain_mass: 0.9 }
  drift_comparator { infinity_norm { threshold: 0.01 } }
}
feature {
  name: "payment" type: BYTES value_count { min: 1 max: 1 } presence { min_count: 1 }
  string_domain { value: "Cash" value: "Card" }
  skew_comparator { jensen_shannon_divergence { threshold: 0.02 } infinity_norm { threshold: 0.3 } }
}
feature { name: "hour" type: INT int_domain { min: 0 max: 23 } presence { min_fraction: 0.5 } unique_constraints { min: 2 max: 24 } }
feature { name: "fare" type: FLOAT float_domain { min: 0 disallow_nan: true disallow_inf: true } }
feature { name: "is_late" type: INT bool_domain {} not_in_environment: "SERVING" presence { min_fraction: 1 } }
feature { name: "truth" type: BYTES bool_domain { true_value: "y" false_value: "n" } lifecycle_stage: BETA }
feature { name: "seconds" type: INT time_domain { integer_format: UNIX_MICROSECONDS } deprecated: true }
feature { name: "day" type: BYTES time_domain { string_format: "%Y-%m-%d" } annotation { comment: "as written" tag: "pii" } }
feature { name: "embedding" type: FLOAT shape { dim { size: 3 } } presence { min_fraction: 1 } }
feature { name: "words" type: BYTES value_count { min: 1 } natural_language_domain {
  vocabulary: "words" coverage { min_coverage: 0.9 min_avg_token_length: 3 }
  token_constraints { string_value: "<pad>" max_per_sequence: 4 max_fraction_of_sequences: 0.5 } } }
feature { name: "photo" type: BYTES image_domain { minimum_supported_image_fraction: 0.9 } }
string_domain { name: "company" value: "Blue" value: "Yellow" }
sparse_feature { name: "sparse" }
default_environment: "TRAINING" default_environment: "SERVING"
dataset_constraints { min_examples_count: 10 max_examples_count: 99 num_examples_drift_comparator { min_fraction_threshold: 0.5 } }
"""


def read(text, folder):
    path = folder / "schema.pbtxt"
    path.write_text(text, encoding="utf-8")
    return read_pbtxt(path)


@pytest.fixture
def imported(tmp_path):
    return read(INFERRED, tmp_path)


def test_features_become_columns(imported):
    plain = imported[0].to_plain()
    assert plain["columns"] == {
        "company": {
            "type": "string", "presence": {"min_count": 1}, "drift": {"measure": "l_infinity", "threshold": 0.01},
            "domain": {"values": ["Blue", "Yellow"], "new_values": "allow", "max_unseen_share": 0.1},
        },
        "payment": {
            "type": "string", "presence": {"min_fraction": 0.0, "min_count": 1}, "domain": {"values": ["Cash", "Card"], "new_values": "fail"},
            "skew": {"measure": "jensen_shannon", "threshold": 0.02},
        },
        "hour": {"type": "int64", "presence": {"min_fraction": 0.5}, "domain": {"min": 0, "max": 23}, "distinct": {"min": 2.0, "max": 24.0}},
        "fare": {
            "type": "float64", "presence": {"required": False, "min_fraction": 0.0},
            "domain": {"min": 0, "allow_nan": False, "allow_infinite": False},
        },
        "is_late": {"type": "bool", "environments": ["TRAINING"]},
        "truth": {
            "type": "string", "presence": {"required": False, "min_fraction": 0.0}, "stage": "beta",
            "domain": {"values": ["y", "n"], "new_values": "fail"},
        },
        "seconds": {"type": "timestamp", "presence": {"required": False, "min_fraction": 0.0}, "stage": "deprecated"},
        "day": {
            "type": "string", "presence": {"required": False, "min_fraction": 0.0}, "domain": {"parses_as": "%Y-%m-%d"},
            "description": "as written",
        },
        "embedding": {"type": "list<float64>", "length": {"min": 3.0, "max": 3.0}},
        "words": {
            "type": "list<string>", "presence": {"required": False, "min_fraction": 0.0}, "length": {"min": 1.0},
            "tokens": {"min_mean_length": 3.0, "limits": {"<pad>": {"max_per_row": 4, "max_share": 0.5}}},
        },
        "photo": {"type": "string", "presence": {"required": False, "min_fraction": 0.0}},
    }  # fmt: skip
    assert plain["rows"] == {"min": 10, "max": 99, "min_ratio": 0.5}
    assert plain["environments"] == ["TRAINING", "SERVING"]


def test_what_has_no_counterpart_is_named(imported):
    assert imported[1] == [
        "sparse_feature in line 25",
        "payment: skew by l_infinity, beside the first measure",
        "words: the vocabulary words, which is another file",
        "words: min_coverage, for want of the vocabulary",
        "photo: image_domain in line 23",
    ]


def test_a_schema_comes_back_from_its_export(imported, tmp_path):
    again, left_out = read(to_pbtxt(imported[0]), tmp_path)
    assert differences(imported[0], again) == []
    assert left_out == []


def test_what_the_flights_say_comes_back_but_for_what_the_export_names(tmp_path):
    flights = Schema.from_yaml(FLIGHTS)
    text = to_pbtxt(flights)
    again, left_out = read(text, tmp_path)
    assert left_out == []
    changed = {one.path for one in differences(flights, again)}
    assert changed == {
        "key", "columns.carrier.domain.new_values", "columns.dest.domain.new_values", "columns.distance.severity.value-out-of-range",
        "columns.hour.severity.value-out-of-range", "columns.tailnum.severity.too-many-missing",
        "columns.distance.distribution.quantiles.p50.min", "columns.distance.distribution.quantiles.p50.max",
    }  # fmt: skip
    named = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
    assert [line.split(":")[0] for line in named] == ["key", "hour", "carrier", "tailnum", "dest", "distance", "distance"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('feature { name: "a" type: INT }\nfeture {}', 2, "Nearest valid name: 'feature'"),
        ('feature {\n name: "a" typ: INT }', 2, "Nearest valid name: 'type'"),
        ("\nfeature { type: INT }", 2, "no name"),
        ('\nfeature { name: "a" }', 2, "has no type"),
        ('\nfeature { name: "a" type: BYTE }', 2, "Nearest valid name: 'BYTES'"),
        ('feature { name: "a" type: INT }\nfeature { name: "a" type: INT }', 2, "already in line 1"),
        ("\nfeature: 3", 2, "a feature is a message"),
        ('\nfeature { name: "a" type: BYTES domain: "ab" }\nstring_domain { name: "abc" }', 2, "Nearest valid name: 'abc'"),
        ('\nfeature { name: "a" type: BYTES int_domain { min: 1 } }', 2, "no order to bound"),
        ('\nfeature { name: "a" type: INT int_domain { min: 2 max: 1 } }', 2, "min 2 lies above max 1"),
        ('feature {\n  name: "a"', 2, "Expected '}'"),
    ],
)
def test_a_bad_schema_is_refused_with_its_line_and_the_nearest_word(text, line, said, tmp_path):
    with pytest.raises(ConfigError) as error:
        read(text, tmp_path)
    assert error.value.line == line
    assert said in str(error.value)
