"""Mail described as it arrives, one at a time and before its day is there: as the bulk path describes it once the day is over."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest

from components.artifacts.features import Features
from components.run.catalog import load_pipeline
from components.run.describing import describe_rows
from components.run.opening import Request, deliver
from components.run.session import Session
from components.run.setup import approve_first_schemas
from components.runtime.graph import Pipeline
from components.store.store import Store
from pipeline_config.spam.generator import mail

pytestmark = pytest.mark.slow
DAY = "2026-10-06"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(folder=tmp_path_factory.mktemp("spam"))


def spam(store: Store, end: str) -> Pipeline:
    """Return the pipeline of which the mail until a day is delivered."""
    pipeline = load_pipeline("spam", {"start": "2026-09-29", "end": end, "outcome_lag": "1 day"})
    approve_first_schemas(store, pipeline)
    deliver(store, pipeline)
    return pipeline


def test_mail_has_the_features_on_arrival_that_its_whole_day_has_later(store: Store) -> None:
    rows: list[Mapping[str, object]] = mail(date.fromisoformat(DAY)).to_pylist()[::25]
    before = spam(store, "2026-10-05")
    assert not store.roots("spam").parts("mail").get(DAY)
    alone = pl.concat([describe_rows(store, before, [row]).features for row in rows])
    after = spam(store, DAY)
    span = after.calendar.span(DAY)
    session = Session.open(store, after, Request("data", span, after.span_as_of(span)))
    found = session.step("features")["features"]
    assert isinstance(found, tuple)
    bulk = store.load(found[0])
    assert isinstance(bulk, Features)
    same = alone.select("row_id").join(bulk.to_polars(), on="row_id", how="left", maintain_order="left")
    assert alone.equals(same)
    assert alone.select(abs(pl.col("domain_record")).max()).item() > 0
    assert alone["filter_verdict"].null_count() > 0


def test_mail_of_nulls_and_of_an_unseen_domain_is_described_alone_as_beside_others(store: Store) -> None:
    pipeline = spam(store, DAY)
    usual, *others = mail(date.fromisoformat(DAY)).to_pylist()[:5]
    nothing = dict.fromkeys(usual) | {"received_at": usual["received_at"], "message_id": "nothing"}
    unseen = usual | {"message_id": "unseen", "sender_domain": "never.example", "attachment": "exe", "subject": ""}
    together = describe_rows(store, pipeline, [nothing, unseen, *others]).features
    alone = pl.concat([describe_rows(store, pipeline, [row]).features for row in (nothing, unseen, *others)])
    assert alone.equals(together)
    assert alone["domain_record"].to_list()[:2] == [0.0, 0.0]
    assert alone["subject"].to_list()[:2] == [None, ""]
    assert alone["n_words"].null_count() == 1
