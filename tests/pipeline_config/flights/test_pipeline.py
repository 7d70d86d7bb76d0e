"""The flights pipeline: its two graphs, what a changed or mistaken configuration does, and how light it is to parse."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.evaluation.component import EvaluationConfig
from components.evaluation.examination import ExaminationConfig
from components.run.catalog import FOLDER, config_model, load_pipeline
from components.runtime.config import load_config
from components.runtime.errors import ConfigError, DefinitionError
from components.runtime.feeds import AsOf, WindowRef
from components.runtime.graph import Pipeline
from components.runtime.instants import parse_instant

YAML = (FOLDER / "flights" / "pipeline.yaml").read_text(encoding="utf-8")
HEAVY = ("polars", "pyarrow", "pandas", "sklearn", "scipy", "mlflow", "great_expectations", "airflow")


@pytest.fixture(scope="module")
def flights() -> Pipeline:
    return load_pipeline("flights")


def test_the_graphs_have_their_steps_in_groups(flights: Pipeline) -> None:
    data = {group: [step.name for step in steps] for group, steps in flights.groups("data").items()}
    assert data == {
        "ingest": ["examples", "weather", "outcomes", "records"],
        "statistics": ["statistics"],
        "validate": ["schema_findings", "set_aside"],
        "drift": ["drift_shifts", "drift_limits", "drift"],
        "expectations": ["suite_findings"],
        "vote": ["features", "votes"],
    }
    assert list(flights.groups("training")) == [
        "labels_then", "labels", "split", "propose", "try_candidate", "train", "evaluate", "gate", "signals", "score_labels", "label_analysis",
    ]  # fmt: skip
    assert (str(flights.calendar.grain), flights.calendar.zone) == ("day", "America/New_York")


def test_what_mistakes_cost_and_where_a_score_selects_is_configured() -> None:
    costly = load_pipeline(
        "flights", {"evaluation.false_negative": 5.0, "evaluation.threshold": 0.2, "evaluation.metrics": ["cost", "roc_auc"]}
    )
    config = costly.steps["evaluate"].config["config"]
    assert isinstance(config, EvaluationConfig)
    assert (config.metrics, config.false_positive, config.false_negative, config.threshold) == (("cost", "roc_auc"), 1.0, 5.0, 0.2)
    examined = costly.steps["examine"].config["config"]
    assert isinstance(examined, ExaminationConfig)
    assert examined.threshold == 0.2


@pytest.mark.parametrize("name", ["score_labels", "signals"])
def test_nothing_reads_what_is_only_told(flights: Pipeline, name: str) -> None:
    assert [step.name for step in flights.steps.values() if name in step.upstream] == []


def test_what_is_evaluated_never_reads_beyond_the_cut(flights: Pipeline) -> None:
    as_of = parse_instant("2013-06-01", flights.calendar.zone)
    for name, latest in (("labels_then", "2013-05-22"), ("rehearsal", "2013-05-22"), ("model", "2013-06-01"), ("labels", "2013-06-01")):
        feeds = flights.steps[name].feeds.values()
        ends = [feed.until for feed in feeds if isinstance(feed, WindowRef)] + [feed for feed in feeds if isinstance(feed, AsOf)]
        limit = parse_instant(latest, flights.calendar.zone)
        assert {end.resolve(as_of, flights.calendar) for end in ends if end} == {limit}
    assert flights.steps["rehearsal"].upstream == ["features", "labels_then", "choice", "split"]
    assert "labels" not in flights.steps["try_candidate"].upstream


def test_records_look_back_only_on_outcomes_known_a_day_ahead(flights: Pipeline) -> None:
    feed = flights.steps["features"].feeds["records"]
    assert isinstance(feed, WindowRef)
    assert (feed.n, feed.back) == (28, 4)


def test_an_override_reaches_its_step() -> None:
    flights = load_pipeline("flights", {"training.test_spans": 3, "gate.margin": 0.5, "outcome_lag": "5 days"})
    assert flights.steps["split"].config["config"].test_spans == 3  # type: ignore[attr-defined]
    assert flights.steps["gate"].config["config"].margin == 0.5  # type: ignore[attr-defined]
    assert str(flights.steps["features"].config["outcome_lag"]) == "5 days"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("  test_spans:", "  test_span:", r"pipeline.yaml:\d+:training.test_span: .*Nearest valid name: 'test_spans'"),
        ("metric: roc_auc, bound", "metric: roc_acu, bound", r"pipeline.yaml:\d+:gate.floors.*Nearest valid name: 'roc_auc'"),
        ("test_spans: 7", "test_spans: 0", r"pipeline.yaml:\d+:training.test_spans"),
        ("margin: 0.02", "margin: a lot", r"pipeline.yaml:\d+:gate.margin"),
        ("outcome_lag: 2 days", "outcome_lag: soon", r"pipeline.yaml:\d+:outcome_lag"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_line_and_key(right: str, wrong: str, said: str, tmp_path: Path) -> None:
    assert right in YAML
    path = tmp_path / "pipeline.yaml"
    path.write_text(YAML.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"(?s){said}"):
        load_config(path, config_model("flights"))


def test_an_unknown_override_names_the_nearest_key() -> None:
    with pytest.raises(ConfigError, match=r"Nearest valid name: 'training.test_spans'"):
        load_pipeline("flights", {"training.test_span": 3})


def test_a_lag_that_is_not_in_days_and_a_malformed_window_are_refused() -> None:
    with pytest.raises(ConfigError, match="outcome_lag counts days"):
        load_pipeline("flights", {"outcome_lag": "36 hours"})
    with pytest.raises(DefinitionError, match="not a window's length"):
        load_pipeline("flights", {"training.window": "8 weeks"})


@pytest.mark.slow
def test_parsing_the_pipeline_loads_nothing_heavy_and_imports_no_user_functions() -> None:
    code = (
        "import sys; from components.run.catalog import load_pipeline; from components.runtime.keys import make_key\n"
        "pipeline = load_pipeline('flights')\n"
        "for step in pipeline.steps.values(): make_key(step.component, step.config, {})\n"
        f"print(sorted(set({HEAVY}) & set(sys.modules)), [name for name in sys.modules if name.startswith('pipeline_config.flights.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parent)
    assert done.stdout.strip() == "[] ['pipeline_config.flights.pipeline']"
