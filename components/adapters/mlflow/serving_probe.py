"""A process of its own that loads a model by the registry's name and predicts a sample: what a server would do, measured.

``python -m components.adapters.mlflow.serving_probe TRACKING_URI MODEL_URI SAMPLE.parquet`` prints one JSON object.
"""

import json
import resource
import sys
import time
from pathlib import Path


def main(tracking_uri: str, model_uri: str, sample: str) -> dict[str, object]:
    """Return the predictions of all rows together and one by one, seconds of each single one, the peak of memory and the file's types."""
    import mlflow
    import polars as pl

    from components.artifacts.model import FILE
    from components.artifacts.skops_bytes import check_trusted

    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    folder = Path(mlflow.artifacts.download_artifacts(model_uri))
    trusted = check_trusted((folder / FILE).read_bytes(), where=model_uri)
    began = time.perf_counter()
    model = mlflow.pyfunc.load_model(str(folder))
    loaded = time.perf_counter() - began
    frame = pl.read_parquet(sample).to_pandas()
    together = model.predict(frame).tolist()
    single, seconds = [], []
    for number in range(len(frame)):
        began = time.perf_counter()
        single += model.predict(frame.iloc[[number]]).tolist()
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"together": together, "single": single, "seconds": seconds, "load_s": loaded, "peak_mb": peak, "trusted": trusted}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201
