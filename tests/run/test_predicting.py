"""Bulk prediction over spans: every row of each, from the features of its own date, the same bytes each time."""

import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from components.artifacts.model import Model, features_of
from components.ingestion.component import ingest_examples
from components.run.opening import deliver
from components.run.predicting import predict_spans
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline
from tests.pipelines import FIRST, ZONE, some_rows, take_features

AMOUNTS = pl.DataFrame({"amount": list(range(100))})


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def featured(sales):
    pipeline = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", sales.source))
    pipeline.add(take_features, name="features", examples=examples)
    return pipeline


MODELS = {
    "two classes": LogisticRegression().fit(AMOUNTS, AMOUNTS["amount"] > 50),
    "many classes": LogisticRegression().fit(AMOUNTS, AMOUNTS["amount"] // 34),
    "numbers": LinearRegression().fit(AMOUNTS, AMOUNTS["amount"] * 2),
}


@pytest.mark.parametrize("kind", MODELS)
def test_every_row_of_every_span_is_predicted(kind, store, featured, tmp_path):
    model = Model.from_estimator(MODELS[kind], features=features_of(AMOUNTS))
    deliver(store, featured)
    spans = featured.calendar.between("2013-03-08", "2013-03-11")
    found = dict(predict_spans(store, featured, spans, model, tmp_path / "out"))
    expected = some_rows([span.key for span in spans])
    assert {span.key: n for span, n in found.items()} == {key: len(amounts) for key, amounts in expected.items()}
    for key, amounts in expected.items():
        rows = pl.read_parquet(tmp_path / "out" / f"{key}.parquet")
        assert rows["event_time"].is_sorted()
        scores = model.scores(pl.DataFrame({"amount": sorted(amounts)}))
        assert sorted(map(str, rows["prediction"].to_list())) == sorted(map(str, scores.tolist()))


def test_the_same_model_predicts_the_same_bytes_and_reuses_the_features(store, featured, tmp_path):
    model = Model.from_estimator(MODELS["numbers"], features=features_of(AMOUNTS))
    deliver(store, featured)
    spans = featured.calendar.between("2013-03-08", "2013-03-09")
    for name in ("a", "b"):
        list(predict_spans(store, featured, spans, model, tmp_path / name))
    assert [p.read_bytes() for p in sorted((tmp_path / "a").iterdir())] == [p.read_bytes() for p in sorted((tmp_path / "b").iterdir())]
    made = [one for run in store.runs.recent(limit=9) for one in store.executions("shop").of_run(run.id) if one.step == "features"]
    assert sorted(one.state for one in made if one.state == "COMPLETE") == ["COMPLETE"] * 2


def test_a_span_without_a_delivery_says_so_and_has_no_file(store, featured, sales, tmp_path):
    deliver(store, featured)
    spans = featured.calendar.between("2013-04-01", "2013-04-01")
    model = Model.from_estimator(MODELS["numbers"], features=features_of(AMOUNTS))
    ((_, reason),) = predict_spans(store, featured, spans, model, tmp_path / "out")
    assert isinstance(reason, str)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_pipeline_without_features_is_refused(store, shop, tmp_path):
    model = Model.from_estimator(MODELS["numbers"], features=features_of(AMOUNTS))
    with pytest.raises(DefinitionError, match="no step of shop makes features"):
        list(predict_spans(store, shop, [], model, tmp_path))
