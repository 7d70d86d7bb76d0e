import json
from datetime import date
from pathlib import Path

import pydantic
import pytest

from components.runtime.config import Configuration, json_schema, load_config
from components.runtime.errors import ConfigError, PipelineError
from components.runtime.instants import Duration
from components.runtime.spans import Grain


class Training(Configuration):
    rows: int
    columns: tuple[str, ...] = ()
    lag: Duration = Duration(1, "day")
    threshold: float | None = None


class Flights(Configuration):
    grain: Grain = Grain.DAY
    zone: str = "UTC"
    first: date | None = None
    training: Training | None = None
    sources: dict[str, Training] = pydantic.Field(default_factory=dict)
    steps: tuple[Training, ...] = ()


@pytest.fixture
def load(tmp_path: Path):
    def loaded(text: str) -> Flights:
        (tmp_path / "pipeline.yaml").write_text(text, encoding="utf-8")
        return load_config(tmp_path / "pipeline.yaml", Flights)

    return loaded


@pytest.fixture
def problems(load):
    def found(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(text)
        return [str(PipelineError.__str__(one)).rpartition("pipeline.yaml:")[2] for one in caught.value.problems]

    return found


def test_a_file_fills_the_model(load):
    config = load("grain: week\nfirst: 2013-01-05\ntraining:\n  rows: 3\n  columns: [a, b]\n  lag: 2 days\n  threshold: 1\n")
    assert config == Flights(
        grain=Grain.WEEK, first=date(2013, 1, 5), training=Training(rows=3, columns=("a", "b"), lag=Duration(2, "day"), threshold=1.0)
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n"])
def test_an_empty_file_has_the_defaults(load, text):
    assert load(text) == Flights()


def test_an_unknown_key_names_the_nearest(problems):
    assert problems("zone: UTC\ngran: day\n") == [
        "2:gran: unknown key 'gran'. Expected one of first, grain, sources, steps, training, zone. Nearest valid name: 'grain'."
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("training:\n  rows: 1\n  colums: []\n", "3:training.colums"),
        ("sources:\n  a:\n    rows: 1\n    colums: []\n", "4:sources.a.colums"),
        ("steps:\n- rows: 1\n- rows: 1\n  colums: []\n", "4:steps[1].colums"),
    ],
)
def test_nested_keys_are_looked_up_where_they_stand(problems, text, place):
    expected = "unknown key 'colums'. Expected one of columns, lag, rows, threshold. Nearest valid name: 'columns'."
    assert problems(text) == [f"{place}: {expected}"]


def test_a_missing_key_points_to_its_mapping(problems):
    assert problems("zone: UTC\ntraining:\n  lag: 1 day\n") == ["2:training.rows: the key 'rows' is missing."]


def test_a_text_is_not_a_number(problems):
    assert problems('training: {rows: "3"}\n') == ['1:training.rows: not a valid value. Expected a valid integer, got "3".']


def test_a_wrong_choice_names_the_nearest(problems):
    expected = "1:grain: not a valid value. Expected 'hour', 'day', 'week' or 'month', got \"dya\". Nearest valid name: 'day'."
    assert problems("grain: dya\n") == [expected]


def test_a_wrong_duration_says_what_one_looks_like(problems):
    (problem,) = problems("training: {rows: 1, lag: 2 dys}\n")
    assert problem.startswith("1:training.lag: not a duration. Expected a whole number")


@pytest.mark.parametrize(("spelt", "read"), [("on", "true"), ("12:30", "750"), ("no", "false"), ("1.0", "1.0")])
def test_what_yaml_reads_otherwise_is_explained(problems, spelt, read):
    expected = f"Expected a valid string, got {spelt}, which YAML reads as {read}. Put the value in quotes."
    assert problems(f"zone: {spelt}\n") == [f"1:zone: not a valid value. {expected}"]


def test_a_date_fills_a_text(load):
    assert load("zone: 2013-01-05\n").zone == "2013-01-05"


def test_a_key_that_yaml_reads_as_a_truth_value_is_refused(problems):
    expected = "Expected a text, got on, which YAML reads as a truth value. Put the key in quotes."
    assert problems("on: 1\n") == [f"1: a key must be a text. {expected}"]


def test_a_doubled_key_is_refused(problems):
    assert problems("zone: UTC\ngrain: day\nzone: UTC\n") == ["3:zone: the key 'zone' stands twice. It is already in line 1."]


def test_all_problems_come_at_once_in_order_of_lines(load):
    text = "zone: 3\nzone: 4\ngran: 1\ntraining: {rows: a}\nsources: []\n" + "".join(f"key_{n}: 1\n" for n in range(9))
    with pytest.raises(ConfigError) as caught:
        load(text)
    lines = [problem.line for problem in caught.value.problems]
    assert lines == sorted(lines)
    assert str(caught.value).endswith(f"{len(lines)} problems, 10 shown.")


@pytest.mark.parametrize("value", ["postgresql://me:hunter2@host/db", "host=db password=hunter2", "s3://host/?a=1&password=hunter2"])
def test_a_password_is_refused_and_not_repeated(load, value):
    with pytest.raises(ConfigError, match="Use a connection name") as caught:
        load(f"grain: {value}\n")
    assert "hunter2" not in str(caught.value)


def test_an_address_without_a_password_is_a_text(load):
    assert load("zone: https://host/a:b@c\n").zone == "https://host/a:b@c"


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!mine", "!!binary", "!!set"])
def test_tags_are_refused(problems, tag):
    assert any(
        "a tag is not allowed here" in problem for problem in problems(f"zone: {tag} {{}}\n" if "set" in tag else f"zone: {tag} a\n")
    )


def test_anchors_and_merge_keys_work(load):
    config = load("training: &usual\n  rows: 1\n  lag: 2 days\nsources:\n  a:\n    <<: *usual\n    rows: 2\n  b: *usual\n")
    assert config.sources["a"] == Training(rows=2, lag=Duration(2, "day"))
    assert config.sources["b"] == config.training


def test_an_anchor_inside_itself_is_refused(problems):
    assert problems("steps: &a [*a]\n") == ["1:steps[0]: an anchor contains itself."]


def test_anchors_cannot_stand_for_billions(problems):
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9))
    (problem,) = problems(f"x0: &x0 [1]\n{levels}")
    assert "more than 20,000 values" in problem


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("zone: [", "the file is not valid YAML: did not find expected node content"),
        ("a: 1\n b: 2\n", "2: the file is not valid YAML: mapping values are not allowed in this context"),
        ("zone: *nobody\n", "found undefined alias"),
        (f"zone: {'[' * 100_000}", "1: the file nests deeper than 100 levels"),
        ("- 1\n", "1: the file is no mapping"),
        ("zone: \x07\n", "the file is not valid YAML in UTF-8"),
        ("first: 2013-02-30\n", "1:first: not a date: day is out of range for month. Got 2013-02-30."),
        ("training: {rows: 1, threshold: .nan}\n", "nan is not a value here"),
        ("training: {rows: 1, threshold: .inf}\n", "1:training.threshold: not a valid value. Expected a finite number"),
    ],
)
def test_bad_yaml_is_one_sentence(problems, text, reason):
    assert reason in problems(text)[0]


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "pipeline.yaml", Flights)


def test_a_configuration_is_frozen_and_strict():
    with pytest.raises(pydantic.ValidationError):
        Training(rows="3")
    with pytest.raises(pydantic.ValidationError):
        Training(rows=3).rows = 4


def test_the_schema_for_editors_is_plain_json():
    schema = json.loads(json.dumps(json_schema(Flights)))
    assert schema["additionalProperties"] is False
    lag = schema["$defs"]["Training"]["properties"]["lag"]
    assert lag == {"default": "1 day", "pattern": lag["pattern"], "title": "Lag", "type": "string"}
