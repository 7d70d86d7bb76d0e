"""The spam pipeline: its graphs, and a week of it from the first mail to votes and labels."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.artifacts.votes import Votes
from components.run.backfilling import backfill
from components.run.catalog import load_pipeline
from components.run.opening import deliver
from components.run.setup import approve_first_schemas
from components.runtime.graph import Pipeline
from components.store.store import Store

OVERRIDES = {"start": "2026-09-28", "end": "2026-10-07"}


@pytest.fixture(scope="module")
def spam() -> Pipeline:
    return load_pipeline("spam", OVERRIDES)


@pytest.fixture(scope="module")
def store(spam: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store with the votes of two days, for which nothing else was asked."""
    opened = Store.open(folder=tmp_path_factory.mktemp("spam"))
    approve_first_schemas(opened, spam)
    deliver(opened, spam)
    assert backfill(opened, spam, spam.calendar.between("2026-10-02", "2026-10-03")).failures == {}
    return opened


def votes_of(store: Store, span: str) -> Votes:
    run = next(one for one in store.runs_of("spam").recent(graph="data", limit=9) if one.span == span)
    found = store.run(run.id)["votes"]
    assert isinstance(found, Votes)
    return found


def entries(store: Store) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (store.folder / "memo").rglob("*") if path.is_file()}


def test_the_graphs_have_their_steps_in_groups(spam: Pipeline) -> None:
    data = {group: [step.name for step in steps] for group, steps in spam.groups("data").items()}
    assert data == {
        "ingest": ["examples", "reports", "ratings", "blacklist", "answers", "corpus", "records"],
        "statistics": ["statistics"],
        "validate": ["schema_findings"],
        "vote": ["features", "blacklist_then", "corpus_then", "tables", "votes"],
    }
    assert spam.steps["model"].graph == "training"


def test_without_an_end_its_days_go_on_to_today(tmp_path: Path) -> None:
    pipeline = load_pipeline("spam")
    assert pipeline.end is None
    files = pipeline.roots["mail"].reads.files()  # type: ignore[union-attr]
    assert abs((files[-1].day - datetime.now(UTC).date()).days) <= 1


@pytest.mark.slow
def test_nothing_new_is_delivered_while_no_day_and_no_code_changes(spam: Pipeline, store: Store) -> None:
    assert deliver(store, spam) == []


@pytest.mark.slow
def test_days_have_votes_of_every_kind_on_tables_of_their_time(spam: Pipeline, store: Store) -> None:
    votes = votes_of(store, "2026-10-02")
    covered = dict(zip(votes.functions, (votes.votes != -1).mean(axis=0), strict=True))
    assert min(covered.values()) >= 0
    assert {name for name, share in covered.items() if share == 0} <= {"presses"}
    assert votes.row_wise == ("shouts",)
    assert votes.faults == ()


@pytest.mark.slow
def test_votes_are_kept_beside_the_blobs_and_recalled(spam: Pipeline, store: Store) -> None:
    before, kept = votes_of(store, "2026-10-02"), entries(store)
    assert len(kept) == 2 * (len(before.functions) + len(("text_score", "shape_score")))
    changed = load_pipeline("spam", OVERRIDES | {"on_fault": "abstain"})
    backfill(store, changed, changed.calendar.between("2026-10-02", "2026-10-02"))
    assert (votes_of(store, "2026-10-02").votes == before.votes).all()
    assert entries(store) == kept
