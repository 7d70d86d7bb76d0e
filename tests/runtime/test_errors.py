import pickle
from dataclasses import dataclass

import pytest

from components.artifacts.findings import Finding
from components.runtime.errors import ConfigError, DataError, DefinitionError, PipelineError, StoreError, nearest


@dataclass(frozen=True)
class Found:
    code: str
    where: str
    message: str
    examples: tuple[object, ...] = ()


def test_a_message_says_where_expected_got_nearest_and_fix():
    error = DefinitionError("unknown grain", where="flights", expected="a grain", got="'dya'", nearest="day", fix="Use one of them")
    assert str(error) == "flights: unknown grain. Expected a grain, got 'dya'. Nearest valid name: 'day'. Use one of them."


def test_a_bare_message_stays_one_sentence():
    assert str(StoreError("the store is locked")) == "the store is locked."


def test_a_configuration_error_leads_with_file_line_and_key():
    error = ConfigError("unknown key", file="pipeline.yaml", line=3, key="training.gran")
    assert str(error) == "pipeline.yaml:3:training.gran: unknown key."
    assert (error.file, error.line, error.key) == ("pipeline.yaml", 3, "training.gran")


def test_a_configuration_error_shows_ten_problems_and_their_number():
    error = ConfigError("first", file="p.yaml", line=1)
    error.others = tuple(ConfigError("later", file="p.yaml", line=line) for line in range(2, 14))
    lines = str(error).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "13 problems, 10 shown."
    assert len(error.problems) == 13


def test_a_data_error_shows_ten_findings_with_five_examples_and_keeps_all():
    findings = [Found("out-of-range", f"column_{n}", "has values below 0", tuple(range(8))) for n in range(12)]
    error = DataError("the span is not valid", findings, where="2013-01-05")
    lines = str(error).splitlines()
    assert lines[0] == "2013-01-05: the span is not valid."
    assert lines[1] == "- out-of-range column_0: has values below 0 (examples: 0, 1, 2, 3, 4)"
    assert lines[-1] == "12 findings, 10 shown."
    assert len(lines) == 12
    assert error.findings == tuple(findings)


def test_a_data_error_takes_the_findings_of_an_artifact():
    error = DataError("not valid", [Finding("missing-column", "fail", "dep_delay", "the column is absent")])
    assert str(error).splitlines()[1:] == ["- missing-column dep_delay: the column is absent", "1 finding."]


def test_every_error_is_a_pipeline_error():
    assert all(issubclass(kind, PipelineError) for kind in (DefinitionError, ConfigError, DataError, StoreError))


@pytest.mark.parametrize(
    "error",
    [DefinitionError("a", where="b", nearest="c"), ConfigError("a", file="f", line=2, key="k"), DataError("a", [Found("c", "w", "m")])],
)
def test_an_error_keeps_its_attributes_across_processes(error):
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - process pools hand errors over like this, never a file
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize(("word", "found"), [("gran", "grain"), ("GRAIN", "grain"), ("qqq", None), ("", None)])
def test_the_nearest_name_is_close_or_none(word, found):
    assert nearest(word, ["grain", "zone"]) == found
