"""Three kinds of things, from files to labels, model, evaluation, gate, page and terminal."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from components.artifacts.evaluation import ClassRows
from components.artifacts.labels import SHARES
from components.engines.local import Threads
from components.measures.scored import CLIP
from components.reports.evaluation_collect import write_evaluation
from components.reports.evaluation_page import table_lines
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline
from components.store.records import RunRecord
from components.store.store import Store
from tests import three_kinds
from tests.labeled_shop import count_as_project_code
from tests.pipelines import days

LAST = days(three_kinds.N_DAYS)


@pytest.fixture(autouse=True)
def project_code(monkeypatch):
    count_as_project_code(monkeypatch)


def trained(folder: Path, pipeline: Pipeline, day: str = LAST[-1]) -> tuple[Store, RunRecord]:
    store = Store.open(url=f"sqlite:///{folder}/metadata.db", folder=folder)
    deliver(store, pipeline)
    request = Request("training", None, pipeline.calendar.span(day).start)
    return store, run_graph(store, pipeline, request, engine=Threads())


@pytest.mark.slow
def test_three_kinds_are_told_apart_from_files_to_the_page_and_again_in_the_same_bytes(tmp_path: Path) -> None:
    three_kinds.write(tmp_path)
    store, run = trained(tmp_path, three_kinds.build(tmp_path))
    with store:
        found = store.run(run.id).artifacts
        assert found["gate.decision"].summary["verdict"] == "bless"
        summary = found["evaluate.evaluation"].summary
        assert float(str(summary["log_loss_low"])) < float(str(summary["log_loss"])) < float(str(summary["log_loss_high"])) < 0.9
        view, page = write_evaluation(store, run.id)
        assert [(one.name, one.n_rows, one.words) for one in view.classes] == [(0, 60, ""), (1, 60, ""), (2, 60, "")]
        text = page.read_text(encoding="utf-8")
        assert 'id="classes"' in text
        assert "macro_f1" in text
        assert any(line.startswith("accuracy") for line in table_lines(view))
    again = tmp_path / "again"
    again.mkdir()
    other, repeated = trained(again, three_kinds.build(tmp_path))
    with other:
        assert {n: r.digest for n, r in other.run(repeated.id).artifacts.items()} == {n: r.digest for n, r in found.items()}


@pytest.mark.slow
def test_a_kind_that_came_up_after_training_counts_against_the_model_and_one_that_died_out_is_told(tmp_path: Path) -> None:
    three_kinds.write(tmp_path, dict.fromkeys(LAST[9:], (0, 1, 3)))
    store, run = trained(tmp_path, three_kinds.build(tmp_path))
    with store:
        found = store.run(run.id).artifacts
        evaluation = store.load(found["evaluate.evaluation"])
        assert evaluation.classes == (
            ClassRows(0, 60, known=True),
            ClassRows(1, 60, known=True),
            ClassRows(2, 0, known=True),
            ClassRows(3, 60, known=False),
        )
        assert found["evaluate.evaluation"].summary["n_of_unseen_classes"] == 60
        rows = store.load(found["evaluate.predictions"]).rows
        unseen = rows.filter(pl.col("outcome") == 3)["probability"].list.get(3)
        assert (unseen == 0).all()
        assert evaluation.find("log_loss").value > -np.log(CLIP) / 3, "a third of the rows has the probability 0 of what came true"
        assert 0.5 < evaluation.find("roc_auc").value < 1, "a mean over the classes that came up"
        assert found["gate.decision"].summary["verdict"] == "reject"
        assert store.load(found["model"]).classes == (0, 1, 2, 3), "the model of today has seen it"
        view, page = write_evaluation(store, run.id)
        told = [line for line in table_lines(view) if line.startswith("class")]
        assert told == [
            "class    No test row is of class 2: curves are the mean over the other classes.",
            "class    Class 3 was never trained on: on 60 test rows its probability counts as 0.",
        ]
        assert all(line.removeprefix("class    ") in page.read_text(encoding="utf-8") for line in told)


@pytest.mark.slow
def test_functions_that_vote_for_three_kinds_train_by_the_probability_of_each(tmp_path: Path) -> None:
    three_kinds.write(tmp_path)
    store, run = trained(tmp_path, three_kinds.build(tmp_path, votes=True, labeling={"method": "weighted"}))
    with store:
        found = store.run(run.id).artifacts
        rows = store.load(found["labels"]).rows
        voted = rows.filter(pl.col("source") == "label_model")
        assert 0 < voted.height < rows.height
        assert voted["span"].unique().to_list() == [LAST[-2]], "the one day whose kinds are not known yet"
        shares = np.array(voted[SHARES].to_list())
        assert shares.shape == (voted.height, 3)
        assert shares.sum(axis=1) == pytest.approx(1)
        assert (shares.argmax(axis=1) == voted["label"].to_numpy()).all()
        assert rows.filter(pl.col("source") == "outcome")[SHARES].null_count() == rows.height - voted.height - rows["label"].null_count()
        model = store.load(found["model"])
        assert (model.classes, model.figures["n_voted"]) == ((0, 1, 2), voted.height)
        assert found["gate.decision"].summary["verdict"] == "bless"


def test_a_batch_without_functions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"labeling.batch picks among rows that functions vote on"):
        three_kinds.build(tmp_path, labeling={"batch": 10})
