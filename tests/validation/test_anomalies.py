"""Every type of anomaly in docs/anomalies.md that has a code is planted here."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from components.artifacts.schema import Schema
from components.ingestion.partition import read_source
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.monitoring.limits import check_drift_limits
from components.runtime.errors import ConfigError
from components.runtime.spans import Calendar, Grain
from components.runtime.window import Absent, Window
from components.statistics.component import StatisticsConfig, generate_statistics
from components.validation.component import validate_examples
from tests.validation.conftest import RULES, SPAN, examples_of

PAGE = (Path(__file__).parents[2] / "docs" / "anomalies.md").read_text(encoding="utf-8")
TABLE = [
    (theirs, re.findall(r"`([a-z-]+)`", ours) if ours != "none" else [], ours)
    for names, ours in re.findall(r"^\| (`[A-Z].*?) \| (.*?) \|", PAGE, re.MULTILINE)
    for theirs in re.findall(r"`([A-Z0-9_]+)`", names)
]
NULLABLE = {"presence": {"min_fraction": 0}}
WEIGHTED = {"x": {"type": "float64", **NULLABLE}, "w": {"type": "float64", **NULLABLE}}
LISTS = {"x": {"type": "list<int64>"}, "w": {"type": "list<int64>"}}
NESTED = pa.array([[[1]], [[2]], [[3]]])
TEXTS = pa.array(["one two", "two two", "three"])


def column(values, **rule):
    return {"x": values}, {"x": rule}, {}


def weighted(x, w, holds):
    return {"x": pa.array(x, pa.float64()), "w": pa.array(w, pa.float64())}, WEIGHTED, {"rules": {"both": {"holds": holds}}}


PLANTS = {
    "BOOL_TYPE_BIG_INT": column(pa.array([0, 1, 2]), type="int64", domain={"min": 0, "max": 1}),
    "BOOL_TYPE_SMALL_INT": column(pa.array([0, 1, -1]), type="int64", domain={"min": 0, "max": 1}),
    "BOOL_TYPE_UNEXPECTED_STRING": column(pa.array(["y", "n", "maybe"]), type="string", domain={"values": ["y", "n"]}),
    "BOOL_TYPE_UNEXPECTED_FLOAT": column(pa.array([0.0, 1.0, 0.5]), type="float64", domain={"values": [0, 1]}),
    "ENUM_TYPE_UNEXPECTED_STRING_VALUES": column(pa.array(["a", "a", "z"]), type="string", domain={"values": ["a"]}),
    "FEATURE_TYPE_HIGH_NUMBER_VALUES": column(pa.array([[1], [1, 2], [1]]), type="list<int64>", length={"max": 1}),
    "FEATURE_TYPE_LOW_NUMBER_VALUES": column(pa.array([[1], [], [1]]), type="list<int64>", length={"min": 1}),
    "FEATURE_TYPE_LOW_FRACTION_PRESENT": column(pa.array([1, None, None]), type="int64", presence={"min_fraction": 0.5}),
    "FEATURE_TYPE_LOW_NUMBER_PRESENT": column(pa.array([1, None, None]), type="int64", presence={"min_fraction": 0, "min_count": 2}),
    "FEATURE_TYPE_NOT_PRESENT": column(pa.array([None, None, None], pa.int64()), type="int64"),
    "FEATURE_TYPE_HIGH_UNIQUE": column(pa.array(["a", "b", "c"]), type="string", distinct={"max": 2}),
    "FEATURE_TYPE_LOW_UNIQUE": column(pa.array([7, 7, 7]), type="int64", distinct={"min": 2}),
    "FEATURE_TYPE_NO_UNIQUE": column(pa.array([[1], [2], [3]]), type="list<int64>", distinct={"min": 1}),
    "FLOAT_TYPE_BIG_FLOAT": column(pa.array([0.0, 1.0, 9.5]), type="float64", domain={"max": 9}),
    "FLOAT_TYPE_SMALL_FLOAT": column(pa.array([0.0, 1.0, -9.5]), type="float64", domain={"min": 0}),
    "INT_TYPE_BIG_INT": column(pa.array([0, 1, 10]), type="int64", domain={"max": 9}),
    "INT_TYPE_SMALL_INT": column(pa.array([0, 1, -10]), type="int64", domain={"min": 0}),
    "FLOAT_TYPE_STRING_NOT_FLOAT": column(pa.array(["1.5", "2", "x"]), type="string", domain={"parses_as": "float64"}),
    "INT_TYPE_NOT_INT_STRING": column(pa.array(["1", "2", "2.5"]), type="string", domain={"parses_as": "int64"}),
    "FLOAT_TYPE_HAS_NAN": column(pa.array([1.0, 2.0, float("nan")]), type="float64", domain={"allow_nan": False}, **NULLABLE),
    "FLOAT_TYPE_HAS_INF": column(pa.array([1.0, 2.0, float("inf")]), type="float64", domain={"allow_infinite": False}),
    "SCHEMA_MISSING_COLUMN": ({}, {"x": {"type": "int64"}}, {}),
    "SCHEMA_NEW_COLUMN": ({"x": pa.array([1, 2, 3])}, {}, {}),
    "DATASET_LOW_NUM_EXAMPLES": ({}, {}, {"rows": {"min": 4}}),
    "DATASET_HIGH_NUM_EXAMPLES": ({}, {}, {"rows": {"max": 2}}),
    "WEIGHTED_FEATURE_MISSING_VALUE": weighted([1, 2, None], [1, 1, 1], "is_null(w) or not is_null(x)"),
    "WEIGHTED_FEATURE_MISSING_WEIGHT": weighted([1, 2, 3], [1, 1, None], "is_null(x) or not is_null(w)"),
    "SPARSE_FEATURE_MISSING_VALUE": weighted([1, 2, None], [1, 1, 1], "is_null(x) == is_null(w)"),
    "SPARSE_FEATURE_MISSING_INDEX": weighted([1, 2, 3], [1, 1, None], "is_null(x) == is_null(w)"),
    "WEIGHTED_FEATURE_LENGTH_MISMATCH": (
        {"x": pa.array([[1], [2], [3]]), "w": pa.array([[1], [2], []], pa.list_(pa.int64()))}, LISTS,
        {"rules": {"both": {"holds": "length(x) == length(w)"}}},
    ),
    "VALUE_NESTEDNESS_MISMATCH": column(NESTED, type="list<int64>"),
    "UNEXPECTED_DATA_TYPE": column(pa.array(["1", "2", "3"]), type="int64"),
    "INVALID_FEATURE_SHAPE": column(pa.array([[1, 2], [1, 2], [1, 2, 3]]), type="list<int64>", length={"min": 2, "max": 2}),
    "SEQUENCE_VALUE_TOO_FEW_OCCURRENCES": column(TEXTS, type="string", tokens={"limits": {"two": {"min_per_row": 1}}}),
    "SEQUENCE_VALUE_TOO_MANY_OCCURRENCES": column(TEXTS, type="string", tokens={"limits": {"two": {"max_per_row": 1}}}),
    "SEQUENCE_VALUE_TOO_SMALL_FRACTION": column(TEXTS, type="string", tokens={"limits": {"two": {"min_share": 0.9}}}),
    "SEQUENCE_VALUE_TOO_LARGE_FRACTION": column(TEXTS, type="string", tokens={"limits": {"two": {"max_share": 0.5}}}),
    "FEATURE_COVERAGE_TOO_LOW": column(TEXTS, type="string", tokens={"vocabulary": ["two"], "min_coverage": 0.9}),
    "FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH": column(TEXTS, type="string", tokens={"min_mean_length": 4}),
    "MAX_IMAGE_BYTE_SIZE_EXCEEDED": column(pa.array([b"1", b"22", b"4444"]), type="binary", length={"max": 3}),
}  # fmt: skip
PLANTS["SPARSE_FEATURE_LENGTH_MISMATCH"] = PLANTS["WEIGHTED_FEATURE_LENGTH_MISMATCH"]
MEASURES = {
    "COMPARATOR_L_INFTY_HIGH": "l_infinity",
    "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH": "jensen_shannon",
    "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH": "normalized_absolute_difference",
}
RATIOS = {"COMPARATOR_LOW_NUM_EXAMPLES": {"min_ratio": 1.5}, "COMPARATOR_HIGH_NUM_EXAMPLES": {"max_ratio": 0.5}}
REFUSALS = {
    "BOOL_TYPE_INVALID_CONFIG": "  x: {type: bool, domain: {min: 0}}",
    "WEIGHTED_FEATURE_NAME_COLLISION": "  name: {type: int64}",
    "SPARSE_FEATURE_NAME_COLLISION": "  name: {type: int64}",
    "DOMAIN_INVALID_FOR_TYPE": "  x: {type: int64, domain: {pattern: a}}",
    "FEATURE_MISSING_NAME": "  : {type: int64}",
    "FEATURE_MISSING_TYPE": "  x: {}",
    "INVALID_SCHEMA_SPECIFICATION": "  x: {typ: int64}",
    "INVALID_DOMAIN_SPECIFICATION": "  x: {type: int64, domain: {min: 2, max: 1}}",
    "DERIVED_FEATURE_BAD_LIFECYCLE": "  x: {type: int64, stage: planned}\nkey: [x]",
}
ELSEWHERE = {"ENUM_TYPE_INVALID_UTF8", "STATS_NOT_AVAILBLE", "COMPARATOR_CONTROL_DATA_MISSING", *MEASURES, *RATIOS}
CODES = {theirs: codes for theirs, codes, _ in TABLE}


@pytest.mark.parametrize("theirs", PLANTS)
def test_a_planted_anomaly_is_found_by_its_code(check, theirs):
    found = {one.code for one in check(*PLANTS[theirs][:2], **PLANTS[theirs][2]).findings}
    assert found == {CODES[theirs][0]}


@pytest.mark.parametrize("theirs", [*MEASURES, *RATIOS])
def test_a_planted_difference_from_the_span_before_is_found_by_its_code(theirs):
    limit = {"drift": {"measure": MEASURES[theirs], "threshold": 0.01}} if theirs in MEASURES else {}
    before, after = (
        generate_statistics(examples_of(3, SPAN.start, {"x": pa.array(values)})) for values in (["a", "a", "b"], ["b", "b", "b"])
    )
    schema = Schema.model_validate({"columns": {**RULES, "x": {"type": "string", **limit}}, "rows": RATIOS.get(theirs, {})}, strict=False)
    (finding,) = check_drift_limits(after, Window((SPAN,), (before,)), schema).findings
    assert finding.code == CODES[theirs][0]


def test_nothing_to_compare_with_is_no_pass():
    assert CODES["COMPARATOR_CONTROL_DATA_MISSING"] == ["no-baseline"]
    schema = Schema.model_validate({"columns": RULES, "rows": {"min_ratio": 0.5}}, strict=False)
    statistics = generate_statistics(examples_of(3, SPAN.start, {}))
    assert check_drift_limits(statistics, Window((SPAN,), (Absent("no-delivery"),)), schema).state == "no-baseline"


def test_a_cell_in_another_encoding_is_quarantined_by_its_source(tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"at,x\n2013-01-05T00:00:00,a\n2013-01-05T00:01:00,\xff\n")
    source = CsvSource(location=str(tmp_path / "rows.csv"), columns={"x": "string"}, event_time=EventTime("at"), max_quarantined_share=0.6)
    reading = read_source(source, Calendar(Grain.DAY, "UTC"))
    assert reading.counts["quarantined"] == 1
    assert CODES["ENUM_TYPE_INVALID_UTF8"] == ["bad-string"]
    assert reading.quarantine.reasons == {"bad-string": 1}


@pytest.mark.parametrize("theirs", REFUSALS)
def test_a_wrong_schema_is_refused_with_file_and_line(theirs, tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text("columns:\n  event_time: {type: timestamp}\n  name: {type: string}\n" + REFUSALS[theirs] + "\n")
    with pytest.raises(ConfigError) as error:
        Schema.from_yaml(path)
    assert (error.value.file, error.value.line in (4, 5)) == (str(path), True)


def test_statistics_that_are_not_there_are_refused():
    examples = examples_of(3, SPAN.start, {})
    statistics = generate_statistics(examples, config=StatisticsConfig(columns=("name",)))
    with pytest.raises(ConfigError, match="leave out columns"):
        validate_examples(examples, statistics, Schema.model_validate({"columns": RULES}, strict=False), SPAN)


def test_every_type_of_the_table_is_planted_refused_or_has_a_reason():
    planted = {*PLANTS, *ELSEWHERE, *REFUSALS}
    without = {theirs for theirs, codes, ours in TABLE if not codes and ours != "refused"}
    assert without == {"SEMANTIC_DOMAIN_UPDATE", "LOW_SUPPORTED_IMAGE_FRACTION"}
    assert set(CODES) == planted | without
    assert len(TABLE) == len(CODES) == 60
