"""A training that starts from the model before it: which champion that is, that the answer repeats, and that a leak through it is caught."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.artifacts.model import Model
from components.engines.local import Threads
from components.reports.evaluation_collect import evaluation_view
from components.reports.evaluation_page import table_lines
from components.run.backfilling import backfill
from components.run.basis import Basis
from components.run.decisions import bless
from components.run.leakage import proofs_of, prove
from components.run.opening import Request, deliver, take_snapshot
from components.run.session import run_graph
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.instants import from_micros
from components.store.records import ArtifactRecord, RunRecord
from components.store.store import Store
from tests import three_kinds
from tests.labeled_shop import count_as_project_code
from tests.pipelines import days

pytestmark = pytest.mark.slow
LAST = days(three_kinds.N_DAYS)
EARLY, LATE = LAST[8], LAST[13]
WARM = {
    **three_kinds.TRAINING,
    "candidates": [{"name": "logistic", "estimator": "sklearn.linear_model.LogisticRegression", "warm_start": True}],
    "search": {"method": "random", "space": {"C": {"low": 0.5, "high": 2.0}}, "batch": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("things")
    three_kinds.write(folder)
    with pytest.MonkeyPatch.context() as patch:
        count_as_project_code(patch)
        yield three_kinds.build(folder, training=WARM, curves={"shares": [0.5, 1.0]})


def trained(store: Store, pipeline: Pipeline, day: str) -> RunRecord:
    """Train as of a day in the lane of experiments, and bless the model whatever the gate says."""
    run = run_graph(store, pipeline, Request("training", None, pipeline.calendar.span(day).start), engine=Threads())
    bless(store, pipeline.name, run, store.run(run.id).artifacts["model.model"], who="test", why="the next one starts from it")
    return run


def opened(folder: Path, pipeline: Pipeline) -> Store:
    folder.mkdir(exist_ok=True)
    store = Store.open(url=f"sqlite:///{folder}/metadata.db", folder=folder)
    deliver(store, pipeline)
    return store


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, built: Pipeline) -> Iterator[tuple[Store, RunRecord, RunRecord]]:
    with opened(tmp_path_factory.mktemp("runs"), built) as store:
        yield store, trained(store, built, EARLY), trained(store, built, LATE)


def started(store: Store, run: RunRecord, step: str) -> tuple[str, int]:
    """Return the state of a model's start, and the iterations of its fit."""
    model = store.load(store.run(run.id).artifacts[f"{step}.model"])
    assert isinstance(model, Model)
    assert model.start is not None
    return model.start.state, model.start.iterations


def inputs(store: Store, run: RunRecord, step: str) -> dict[str, ArtifactRecord]:
    executions = store.executions("kinds")
    (made,) = [one for one in executions.of_run(run.id) if one.step == step and one.own]
    return {name: record for (name, _), record in executions.inputs(made.id).items()}


def test_the_rehearsal_starts_from_the_champion_as_of_its_cut_and_the_model_from_that_of_its_own_date(runs) -> None:
    store, early, late = runs
    champion = store.run(early.id).artifacts["model.model"]
    assert started(store, early, "rehearsal")[0] == started(store, early, "model")[0] == "no-champion"
    for step in ("rehearsal", "model"):
        state, iterations = started(store, late, step)
        assert state == "warm"
        assert iterations < started(store, early, step)[1], "the fit begins near to its end"
        assert inputs(store, late, step)["champion"] == champion


def test_page_card_and_terminal_say_where_the_fits_began(runs) -> None:
    store, early, late = runs
    card = evaluation_view(store, early.id).card["Trained on"]
    assert card["start of the rehearsal"].startswith("cold: no champion as of 2013-03-12 00:00 UTC; ")
    view = evaluation_view(store, late.id)
    assert view.card["Trained on"]["start of the model"].startswith("warm: 4 columns carried from the champion as of 2013-03-21 00:00 UTC")
    assert "start    rehearsal, warm: 4 columns carried from the champion as of 2013-03-17 00:00 UTC, 0 new" in "\n".join(table_lines(view))
    assert {card["warm start"] for card in view.candidates.values()} == {"from nothing on every fold"}, "the champion knows their outcomes"


def test_the_answer_repeats_whatever_order_the_days_were_computed_in(runs, built: Pipeline, tmp_path: Path) -> None:
    store, early, late = runs
    with opened(tmp_path / "other", built) as other:
        backfill(other, built, [built.calendar.span(day) for day in reversed(LAST[:-1])], engine=Threads())
        again = [trained(other, built, day) for day in (EARLY, LATE)]
        for one, same in zip((early, late), again, strict=True):
            digests = {name: record.digest for name, record in store.run(one.id).artifacts.items()}
            assert {name: record.digest for name, record in other.run(same.id).artifacts.items()} == digests


def test_the_proof_follows_the_champion_and_is_kept(runs) -> None:
    store, early, late = runs
    artifacts = store.run(late.id).artifacts
    assert proofs_of(store, late) == prove(store, artifacts)
    assert [one.step for one in proofs_of(store, late)] == ["learning_models", "learning_models", "model", "rehearsal"]
    rehearsal = artifacts["rehearsal.model"]
    (champion,) = [one for one in proofs_of(store, early) if one.step == "model"]
    assert champion.latest > prove_one(store, early, "rehearsal").latest
    planted = replace(rehearsal, summary={**rehearsal.summary, "trained_until": champion.latest - 1})
    with pytest.raises(DataError, match=r"rehearsal leaks: .* roots were known after .*model 2013-"):
        prove(store, {"rehearsal.model": planted})


def prove_one(store: Store, run: RunRecord, step: str):
    return next(one for one in proofs_of(store, run) if one.step == step)


def test_a_champion_that_knows_a_test_row_is_refused_whatever_its_blessing_says(runs, built: Pipeline) -> None:
    store, early, late = runs
    model = store.run(late.id).artifacts["model.model"]
    value = {"artifact": model.id, "digest": model.digest, "span": model.span, "run": late.id}
    store.ledger("kinds").append(
        "blessing", "champion", value, lane="backfill", effective_from=early.as_of, known_at=early.as_of, who="test", why="planted"
    )
    with pytest.raises(DataError, match=r"the champion as of 2013-03-17 00:00 UTC is made of what was known at 2013-03-2"):
        take_snapshot(Basis(store, built), from_micros(late.as_of), "backfill")
    assert take_snapshot(Basis(store, built), from_micros(late.as_of), "experiment").champions
