"""A process of its own that loads a model by the registry's name and predicts a sample: what a server would do, measured.

``python -m components.adapters.mlflow.serving_probe TRACKING_URI MODEL_URI SAMPLE.parquet`` prints one JSON object. Without a tracking
server (an empty address) the model's address is a folder of the store.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from components.artifacts.model import FILE, Model
from components.artifacts.skops_bytes import check_trusted

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

Loaded: TypeAlias = "tuple[Callable[[pl.DataFrame], np.ndarray], tuple[str, ...]]"
"""How a model predicts, and the types in its file that were reviewed one by one."""


def main(tracking_uri: str, model_uri: str, sample: str) -> dict[str, object]:
    """Return the predictions of all rows together and one by one, seconds of each single one, the peak of memory and the file's types."""
    import polars as pl

    frame = pl.read_parquet(sample)
    began = time.perf_counter()
    predict, trusted = _registered(tracking_uri, model_uri) if tracking_uri else _stored(model_uri)
    loaded = time.perf_counter() - began
    together = predict(frame).tolist()
    single, seconds = [], []
    for number in range(len(frame)):
        began = time.perf_counter()
        single += predict(frame[number : number + 1]).tolist()
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"together": together, "single": single, "seconds": seconds, "load_s": loaded, "peak_mb": peak, "trusted": trusted}


def _registered(tracking_uri: str, model_uri: str) -> Loaded:
    """Load a model as MLflow's scoring server does."""
    import mlflow

    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    folder = Path(mlflow.artifacts.download_artifacts(model_uri))
    trusted = check_trusted((folder / FILE).read_bytes(), where=model_uri)
    model = mlflow.pyfunc.load_model(str(folder))
    return lambda frame: model.predict(frame.to_pandas()), trusted


def _stored(folder: str) -> Loaded:
    """Load a model from a folder of the store."""
    model = Model.load(Path(folder))
    trusted = check_trusted(model.content, where=folder)
    return model.predict_proba if model.classes else model.scores, trusted


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201
