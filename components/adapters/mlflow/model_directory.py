"""An MLflow model folder around a model artifact's own bytes: nothing is serialised again, so the digest stays the same."""

import json
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from components.artifacts.model import CARD, FILE, Model
from components.artifacts.skops_bytes import TRUSTED_TYPES

if TYPE_CHECKING:
    from mlflow.models.signature import ModelSignature

REQUIREMENTS = "requirements.txt"
PYTHON_ENV = "python_env.yaml"

COLUMN_TYPES = {
    "Boolean": "boolean",
    **dict.fromkeys(("Int8", "Int16", "Int32", "UInt8", "UInt16"), "integer"),
    **dict.fromkeys(("Int64", "UInt32", "UInt64"), "long"),
    "Float32": "float",
    "Float64": "double",
    **dict.fromkeys(("String", "Categorical", "Enum"), "string"),
    **dict.fromkeys(("Date", "Datetime"), "datetime"),
}
"""MLflow's column types by Polars type."""


def write_model_directory(artifact: Path, target: Path, *, run_id: str, model_id: str, location: str) -> None:
    """Write into ``target`` what `mlflow.sklearn.load_model` and `mlflow.pyfunc.load_model` need; pyfunc predicts probabilities or numbers.

    Files: ``MLmodel``, ``requirements.txt`` (installed minor versions), ``python_env.yaml``, and the artifact's own
    ``model.skops`` and ``model.json``, so that the folder also is a `Model`.
    """
    import mlflow
    import sklearn
    from mlflow.models import Model as MlflowModel

    model = Model.load(artifact)
    for name in (FILE, CARD):
        shutil.copyfile(artifact / name, target / name)
    described = MlflowModel(artifact_path=location, run_id=run_id, model_id=model_id, signature=_signature(model))
    described.add_flavor(
        "python_function",  # as mlflow.pyfunc.add_to_model writes it; importing that module takes seconds
        loader_module="mlflow.sklearn",
        model_path=FILE,
        predict_fn="predict_proba" if model.classes else "predict",
        python_version=platform.python_version(),
        env={"virtualenv": PYTHON_ENV},
    )
    described.add_flavor(
        "sklearn",
        pickled_model=FILE,  # MLflow's name of the key; the format below is what it goes by
        serialization_format="skops",
        sklearn_version=sklearn.__version__,
        skops_trusted_types=[name for name in model.trusted if name in TRUSTED_TYPES],
        code=None,
    )
    described.model_size_bytes = len(model.content)
    described.save(target / "MLmodel")
    requirements = [f"mlflow=={mlflow.__version__}", *(f"{name}=={minor}.*" for name, minor in sorted(model.libraries.items()))]
    (target / REQUIREMENTS).write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
    environment = {"python": platform.python_version(), "build_dependencies": [], "dependencies": [f"-r {REQUIREMENTS}"]}
    (target / PYTHON_ENV).write_text(json.dumps(environment, indent=1), encoding="utf-8")  # JSON is YAML


def _signature(model: Model) -> "ModelSignature | None":
    """Return the features as columns that may be null, and the probabilities [n_rows, n_classes] or numbers; None if a type is not MLflow's."""
    import numpy as np
    from mlflow.models.signature import ModelSignature
    from mlflow.types.schema import ColSpec, Schema, TensorSpec

    if any(column.type not in COLUMN_TYPES for column in model.features):
        return None
    inputs = [ColSpec(COLUMN_TYPES[column.type], column.name, required=False) for column in model.features]
    shape = (-1, len(model.classes)) if model.classes else (-1,)
    return ModelSignature(Schema(inputs), Schema([TensorSpec(np.dtype(np.float64), shape)]))
