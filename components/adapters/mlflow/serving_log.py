"""The log of served predictions: what was asked and what was answered, a line a row, which ingestion reads back as feedback."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from components.runtime.errors import DefinitionError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from mlflow.models import Model as MlflowModel
    from mlflow.pyfunc import PyFuncModel

    Asked = pd.DataFrame | dict[str, np.ndarray] | np.ndarray

OWN = ("served_at", "model", "model_version", "model_digest", "prediction")
"""Fields that the log adds to a row; no column of a row may be called so."""


@dataclass(frozen=True)
class ServedModel:
    """A registered version of a model: its name, version, and the digest of the artifact in the store ("" where it has none)."""

    name: str
    version: str
    digest: str = ""

    @property
    def uri(self) -> str:
        """The address by which MLflow loads it."""
        return f"models:/{self.name}/{self.version}"


class LoggedModel:
    """A model that predicts as MLflow's does, and writes each row that it answered to ``folder``/<day>.jsonl before it answers.

    A line is one JSON object: every column that was sent (features, and whatever else identifies the row, which the model does not
    see), ``served_at`` (UTC), ``model``, ``model_version``, ``model_digest``, and ``prediction``: the number, of two classes the
    probability of the second, of more classes ``prediction_<i>`` for each. What cannot be logged is not answered.

    Raises
    ------
    DefinitionError
        If a feature has the name of a field of the log.

    """

    def __init__(self, model: "PyFuncModel", served: ServedModel, folder: Path, now: Callable[[], datetime]) -> None:
        self._model = model
        self._served = served
        self._folder = folder
        self._writing = threading.Lock()  # MLflow answers requests on several threads
        self._now = now
        folder.mkdir(parents=True, exist_ok=True)
        schema = model.metadata.get_input_schema()
        self._names: list[str] = list(schema.input_names()) if schema else []
        if taken := [name for name in self._names if name in OWN]:
            raise DefinitionError(
                f"the log of served predictions has a field '{taken[0]}', and so have the features", fix="rename the feature"
            )

    @property
    def metadata(self) -> "MlflowModel":
        """What MLflow's scoring server asks of a model."""
        return self._model.metadata

    def predict(self, data: "Asked", params: Mapping[str, object] | None = None) -> "np.ndarray":
        """Return the model's predictions of what the scoring server has read from a request, in whatever form it was sent."""
        import numpy as np
        import pandas as pd

        rows = data if isinstance(data, pd.DataFrame) else pd.DataFrame(data, columns=None if isinstance(data, dict) else self._names)
        asked = rows[[name for name in self._names if name in rows]] if self._names else rows
        predictions = np.asarray(self._model.predict(asked, params=params))
        now = self._now()
        text = "".join(lines(rows, predictions, now, self._served))
        with self._writing, (self._folder / f"{now:%Y-%m-%d}.jsonl").open("a", encoding="utf-8") as file:
            file.write(text)
        return predictions


def lines(rows: "pd.DataFrame", predictions: "np.ndarray", now: datetime, served: ServedModel) -> Iterator[str]:
    r"""Yield a line for each row and its prediction, [n_rows] or [n_rows, n_classes].

    >>> from datetime import UTC
    >>> import numpy as np
    >>> import pandas as pd
    >>> told = lines(pd.DataFrame({"hour": [9]}), np.array([[0.25, 0.75]]), datetime(2013, 6, 1, tzinfo=UTC), ServedModel("flights", "3"))
    >>> next(told)
    '{"hour": 9, "model": "flights", "model_digest": "", "model_version": "3", "prediction": 0.75, "served_at": "2013-06-01T00:00:00+00:00"}\n'
    """
    about = {"model": served.name, "model_version": served.version, "model_digest": served.digest, "served_at": now.isoformat()}
    many = predictions.ndim > 1 and predictions.shape[1] > 2  # noqa: PLR2004
    said = predictions if many or predictions.ndim == 1 else predictions[:, -1]
    plain = rows.astype(object).where(rows.notna(), None).to_dict("records")
    for row, prediction in zip(plain, said.tolist(), strict=True):
        answer = {f"prediction_{number}": one for number, one in enumerate(prediction)} if many else {"prediction": prediction}
        yield json.dumps({**row, **answer, **about}, sort_keys=True, ensure_ascii=False, default=_text) + "\n"


def _text(value: object) -> object:
    """Return what JSON has no form for: a time as ISO 8601, numpy's numbers as Python's, anything else as its text."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)
