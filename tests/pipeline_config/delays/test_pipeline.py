"""The delays pipeline: a number from the flights' sources, by way of the same training graph."""

from datetime import UTC, datetime

import polars as pl
import pytest

from components.engines.local import Threads
from components.run.catalog import load_pipeline
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.store.store import Store
from pipeline_config.delays.features import LONGEST, RECORDS, count_outcomes

SMALL = {
    "training.window": "6 spans", "training.validation_spans": 2, "training.test_spans": 2, "record_spans": 3, "training.candidates": [
        {"name": "ridge", "estimator": "sklearn.linear_model.Ridge"},
        {"name": "boosting", "estimator": "sklearn.ensemble.HistGradientBoostingRegressor", "parameters": {"max_iter": 5}},
    ],
}  # fmt: skip


def test_the_sums_of_a_day_are_whole_minutes_and_long_delays_are_cut() -> None:
    day = {"carrier": ["UA", "UA", "B6"], "origin": ["JFK"] * 3, "dest": ["BOS"] * 3, "hour": [9, 9, 10], "arr_delay": [400.0, -20.0, None]}
    counts = count_outcomes(pl.DataFrame(day)).filter(pl.col("record") == RECORDS[0].name)
    assert counts.rows() == [("carrier_delay", "UA", 2, LONGEST - 20)]


@pytest.mark.slow
def test_a_training_run_predicts_minutes_and_gives_the_same_bytes_again(tmp_path) -> None:
    pipeline = load_pipeline("delays", SMALL)
    request = Request("training", None, datetime(2013, 2, 15, 5, tzinfo=UTC), parameters=SMALL)
    digests = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        with Store.open(url=f"sqlite:///{tmp_path / name}/metadata.db", folder=tmp_path / name) as store:
            approve_first_schemas(store, pipeline)
            deliver(store, pipeline)
            artifacts = store.run(run_graph(store, pipeline, request, engine=Threads()).id).artifacts
            summary = artifacts["evaluate.evaluation"].summary
            assert float(str(summary["mae_low"])) < float(str(summary["mae"])) < float(str(summary["mae_high"]))
            assert 5 < float(str(summary["mae"])) < 60
            assert artifacts["gate.decision"].summary["verdict"] in {"bless", "inconclusive"}
            digests.append({key: record.digest for key, record in artifacts.items()})
    assert digests[0] == digests[1]
