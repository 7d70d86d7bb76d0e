"""Tickets of three classes: from files by the command line to labels of every source, a model, people and back, as of two dates."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from components.artifacts.evaluation import Evaluation
from components.artifacts.label_analysis import LabelAnalysis
from components.artifacts.label_suspects import LabelSuspects
from components.measures.hashing import row_keys
from components.run import catalog
from components.store.store import Store
from tests import tickets
from tests.cli.conftest import Almanac
from tests.labeled_shop import count_as_project_code

FIRST, SECOND = "2013-03-21", "2013-03-22"
OLD, YOUNGER, NEWEST = "2013-03-18-15", "2013-03-19-15", "2013-03-20-15"
"""Tickets that nobody rated or moved: closed before the first date, between the two, and after both."""
RATED, MOVED = "2013-03-20-1", "2013-03-20-11"


@pytest.fixture(autouse=True)
def _tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count_as_project_code(monkeypatch)
    tickets.write(tmp_path)
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name, _overrides=None: tickets.build(tmp_path))


def told_of(almanac: Almanac, ticket: str, as_of: str) -> str:
    return almanac("why-label", "tickets", f"id={ticket}", "--as-of", as_of).output


def shares_in(line: str) -> list[float]:
    """Return the probabilities of the classes that a line tells, in order."""
    found = re.findall(r"P\((\d)\) ([\d.e-]+)", line)
    assert [int(number) for number, _ in found] == list(range(len(found)))
    return [float(share) for _, share in found]


def answered(tasks: Path) -> Path:
    """Answer every task by what the ticket is, as Label Studio exports it."""
    asked = json.loads(tasks.read_text(encoding="utf-8"))
    for task in asked:
        choice = tickets.CHOICES[tickets.kind_of(task["data"]["id"])]
        result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}]
        task["annotations"] = [{"completed_by": {"email": "eve@example.org"}, "created_at": f"{FIRST}T12:00:00+00:00", "result": result}]
    export = tasks.with_name("export.json")
    export.write_text(json.dumps(asked), encoding="utf-8")
    return export


@pytest.mark.slow
def test_three_classes_go_from_files_to_every_source_a_model_people_and_back(tmp_path: Path, almanac: Almanac) -> None:
    almanac("run", "tickets", "--as-of", FIRST)
    sources = {OLD: "outcome", MOVED: "feedback", RATED: "raters", YOUNGER: "label_model", NEWEST: "label_model"}
    stories = {ticket: told_of(almanac, ticket, FIRST) for ticket in sources}
    assert {ticket: re.findall(r"from (\w+)", story)[0] for ticket, story in stories.items()} == sources
    assert "labels_fed_back" in stories[MOVED]
    assert stories[MOVED].startswith(f"label {tickets.kind_of(MOVED)}, probability 1, from feedback")
    label, probability = re.findall(r"label (\d), probability ([\d.]+)", stories[NEWEST])[0]
    shares = shares_in(next(line for line in stories[NEWEST].splitlines() if "label model" in line))
    assert (len(shares), int(label), max(shares)) == (3, shares.index(max(shares)), pytest.approx(float(probability), abs=0.001))
    assert sum(shares) == pytest.approx(1, abs=0.005)

    tasks, back = tmp_path / "tasks.json", tmp_path / "ratings" / "batch-1.csv"
    assert almanac("label-batch", "tickets", "--to", str(tasks), "--choices", "billing,bug,other").output.startswith("12 tasks")
    asked = [task["data"] for task in json.loads(tasks.read_text(encoding="utf-8"))]
    assert {one["why"] for one in asked} >= {"uncertainty", "conflict"}
    believed = re.fullmatch(r"billing ([\d.]+), bug ([\d.]+), other ([\d.]+)", asked[0]["probability"])
    assert believed is not None
    assert almanac(
        "label-import", str(answered(tasks)), "--to", str(back), "--key", "id", "--choices", "billing,bug,other"
    ).output.startswith("12 ratings")  # fmt: skip
    almanac("run", "tickets", "--as-of", SECOND)
    newest = next(one["id"] for one in asked if one["id"].startswith("2013-03-20"))
    answer = told_of(almanac, newest, SECOND)
    assert f"eve@example.org {tickets.kind_of(newest)}" in answer
    assert "from raters" in answer
    assert told_of(almanac, YOUNGER, SECOND).startswith(f"label {tickets.kind_of(YOUNGER)}, probability 1, from outcome")
    assert told_of(almanac, YOUNGER, FIRST) == stories[YOUNGER], "what is told of a date does not change"

    for name, said in {"bob": "rater, ", "form": "function, ", "moved": "source", "closed": "source"}.items():
        assert said in almanac("which-models", "tickets", name).output
    table = almanac("report", "labeling", "tickets").output
    assert re.search(r"amount_or_attachment .* 0: \d+, 1: \d+, 2: 0", table)
    assert "artifacts have the same bytes" in almanac("verify", "latest").output
    check_artifacts()


def check_artifacts() -> None:
    """Look at what the newest training run made."""
    with Store.open() as store:
        run = store.runs_of("tickets").recent(graph="training", limit=1)[0]
        found = store.run(run.id).artifacts
        assert {"score_labels", "label_analysis", "batch", "suspects"} <= set(found)
        evaluation, suspects, analysis = (store.load(found[name]) for name in ("evaluate.evaluation", "suspects", "label_analysis"))
        assert isinstance(evaluation, Evaluation)
        assert isinstance(suspects, LabelSuspects)
        assert isinstance(analysis, LabelAnalysis)
        summary = found["score_labels"].summary
        assert int(str(found["labels_then_fed_back"].summary["n_class_1"])) > 0, "days before the history are not missing"
        assert "from raters" in (store.folder / "runs" / run.id / "index.html").read_text(encoding="utf-8")
    measured = evaluation.find("log_loss")
    assert measured is not None
    assert measured.value is not None
    assert measured.value < 0.9
    assert found["gate.decision"].summary["fail"] == 0
    ids = row_keys(pl.DataFrame({"id": tickets.MISTAKEN}).to_arrow(), ("id",)).to_pylist()
    assert set(ids) <= set(suspects.rows["row_id"].to_list())
    assert suspects.rows["probability"].list.len().unique().to_list() == [3]
    assert list(analysis.distribution) == list(analysis.calibration) == ["0", "1", "2"]
    assert sum(float(str(summary[f"predicted_{one}"])) for one in range(3)) == pytest.approx(1, abs=1e-5)
    assert float(str(summary["brier"])) < float(str(summary["brier_prior"]))
