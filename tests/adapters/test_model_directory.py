"""A model folder that plain MLflow loads: it predicts what the store does, in whatever form a null comes."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pytest

from components.adapters.mlflow.model_directory import write_model_directory
from components.artifacts.choice import Candidate
from components.artifacts.model import Model, features_of
from components.training.estimators import ALLOWED, BOOSTING, build_estimator

N = 400
RANDOM = np.random.default_rng(0)
CARRIER = RANDOM.choice(np.array(["AA", "B6", "DL"], object), N)
FRAME = pl.DataFrame({
    "carrier": [None if i % 4 == 0 else one for i, one in enumerate(CARRIER)],
    "verdict": [None if i % 3 == 0 else "ok" for i in range(N)],
    "delay": [None if i % 5 == 0 else float(one) for i, one in enumerate(RANDOM.normal(size=N))],
})  # fmt: skip
TARGET = ((np.arange(N) % 4 == 0) | (RANDOM.random(N) < 0.2)).astype(int)
"""A null carrier says most of it."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*hint is inferred as AnyType", "default::DeprecationWarning")
@pytest.mark.parametrize("estimator", ["sklearn.linear_model.LogisticRegression", "sklearn.linear_model.ElasticNet", *BOOSTING])
@pytest.mark.parametrize("learned", [FRAME, FRAME.with_columns(carrier=pl.col("carrier").fill_null("AA"))], ids=["with-nulls", "without"])
def test_plain_mlflow_predicts_as_in_bulk_where_a_null_text_is_none_and_where_it_is_nan(
    estimator: str, learned: pl.DataFrame, tmp_path: Path
) -> None:
    texts = ["carrier", "verdict"]
    fitted = build_estimator(Candidate("one", estimator, {"alpha": 0.01} if "Elastic" in estimator else {}), texts, ["delay"])
    model = Model.from_estimator(fitted.fit(learned, TARGET), features=features_of(FRAME))
    (saved := tmp_path / "saved").mkdir()
    (served := tmp_path / "served").mkdir()
    model.save(saved)
    write_model_directory(saved, served, run_id="", model_id="", location="model")
    plain, bulk = mlflow.pyfunc.load_model(str(served)), model.scores(FRAME)
    assert ALLOWED[estimator].task == "regression" or np.ptp(bulk[FRAME["carrier"].is_null().to_numpy()]) > 0
    rows = FRAME.to_pandas()
    for null in (None, np.nan):
        asked = rows.assign(**{name: rows[name].astype(object).where(rows[name].notna(), null) for name in texts})
        assert {type(one) for one in asked["carrier"]} == {str, type(null)}
        found = plain.predict(asked)
        assert (found if found.ndim == 1 else found[:, 1]) == pytest.approx(bulk, abs=1e-9)
    asked = rows.assign(carrier=pd.Series(FRAME["carrier"].to_list(), dtype="str"))
    found = plain.predict(asked)
    assert (found if found.ndim == 1 else found[:, 1]) == pytest.approx(bulk, abs=1e-9)
