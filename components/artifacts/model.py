"""Model: a fitted classifier as skops bytes, and what is needed to use it: its features, classes, parameters and libraries."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.skops_bytes import check_trusted, dump_stable, load_trusted
from components.artifacts.start import Start
from components.runtime.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from sklearn.base import BaseEstimator, ClassifierMixin

FILE = "model.skops"
CARD = "model.json"
LIBRARIES = ("numpy", "scikit-learn", "skops")
"""Libraries whose minor version a model file depends on."""

Plain = bool | int | float | str | None


@dataclass(frozen=True)
class FeatureColumn:
    """One input column of a model: its name and its Polars type, such as ``Float64`` or ``String``."""

    name: str
    type: str


@dataclass(frozen=True)
class Model:
    """A fitted classifier or regressor and its card.

    Files: ``model.skops`` (see `dump_stable`: the same fit gives the same bytes) and ``model.json``, the card. ``features`` are in
    the order in which the estimator takes them; ``classes`` in the order of `predict_proba`'s columns, none for a model of numbers;
    ``estimator_type`` is an import path; ``parameters`` are the constructor's plain parameters, nested as ``step__name``; ``figures`` are what training
    measured of itself (rows, iterations, loss); ``libraries`` hold minor versions (``1.9``); ``trusted`` are the types in the file
    that were reviewed one by one; ``start`` is where the fit began, of a candidate that asked for a warm start.
    """

    kind: ClassVar[str] = "model"
    format_version: ClassVar[int] = 1

    content: bytes = field(repr=False)
    features: tuple[FeatureColumn, ...]
    classes: tuple[bool | int | float | str, ...]
    estimator_type: str
    parameters: Mapping[str, Plain] = field(default_factory=dict)
    figures: Mapping[str, int | float] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    start: Start | None = None

    @classmethod
    def from_estimator(
        cls, estimator: "BaseEstimator", *, features: Sequence[FeatureColumn], figures: Mapping[str, int | float] | None = None,
        start: Start | None = None,
    ) -> Self:  # fmt: skip
        """Return the model of a fitted estimator (by itself or a pipeline that ends in one).

        Raises
        ------
        DefinitionError
            If the estimator cannot be written as skops.
        StoreError
            If it holds types that `estimator` would refuse to load.
        """
        content = dump_stable(estimator)
        name = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
        return cls(
            content=content,
            features=tuple(features),
            classes=tuple(item.item() if hasattr(item, "item") else item for item in getattr(estimator, "classes_", ())),
            estimator_type=name,
            parameters=_plain_parameters(estimator),
            figures=dict(figures or {}),
            libraries=_minor_versions(),
            trusted=check_trusted(content, where=name),
            start=start,
        )

    def save(self, directory: Path) -> None:
        """Write ``model.skops`` and ``model.json``."""
        (directory / FILE).write_bytes(self.content)
        (directory / CARD).write_text(json.dumps(self._card(), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the model back; the estimator is constructed when it is asked for."""
        card = json.loads((directory / CARD).read_text(encoding="utf-8"))
        return cls(
            content=(directory / FILE).read_bytes(),
            features=tuple(FeatureColumn(**column) for column in card["features"]),
            classes=tuple(card["classes"]),
            estimator_type=card["estimator_type"],
            parameters=card["parameters"],
            figures=card["figures"],
            libraries=card["libraries"],
            trusted=tuple(card["trusted"]),
            start=Start(**card["start"]) if "start" in card else None,
        )

    def summary(self) -> dict[str, bool | int | float | str]:
        """Give the estimator's class, the number of features and classes, the size in bytes, and the figures."""
        short = self.estimator_type.rpartition(".")[2]
        sizes = {"n_features": len(self.features), "n_classes": len(self.classes), "n_bytes": len(self.content)}
        return {"estimator": short, **sizes, **self.figures, **({"start": self.start.state} if self.start else {})}

    def estimator(self) -> "BaseEstimator":
        """Return a new copy of the fitted estimator.

        Raises
        ------
        StoreError
            If the file holds a type outside the reviewed list, or is damaged.
        """
        return load_trusted(self.content, where=FILE)

    def predict_proba(self, frame: "pl.DataFrame") -> "np.ndarray":
        """Return the probability of each class, float64 [n_rows, n_classes], columns as in ``classes``.

        The features are picked by name; other columns are ignored. No rows give no rows; nulls go to the estimator as they are.

        Raises
        ------
        DataError
            If a feature is missing or has another type than in training.
        """
        import numpy as np

        self._check_columns(frame)
        if frame.height == 0:
            return np.empty((0, len(self.classes)))
        return np.asarray(self._loaded.predict_proba(frame.select([column.name for column in self.features])), dtype=np.float64)

    def scores(self, frame: "pl.DataFrame") -> "np.ndarray":
        """Return what the model says of each row, float64: of two classes the probability of the second [n_rows], else as it predicts.

        Of more classes that is the probability of each, [n_rows, n_classes]; of a model without classes the number, [n_rows].
        """
        import numpy as np

        if self.classes:
            probabilities = self.predict_proba(frame)
            return probabilities[:, 1] if len(self.classes) == 2 else probabilities  # noqa: PLR2004
        self._check_columns(frame)
        if frame.height == 0:
            return np.empty(0)
        return np.asarray(self._loaded.predict(frame.select([column.name for column in self.features])), dtype=np.float64)

    @cached_property
    def _loaded(self) -> "ClassifierMixin":
        return self.estimator()

    def _check_columns(self, frame: "pl.DataFrame") -> None:
        found = {column.name: column.type for column in features_of(frame)}
        missing = [column.name for column in self.features if column.name not in found]
        if missing:
            fix = "Compute the features with the feature code that the model was trained with"
            raise DataError(f"the frame lacks features of the model: {', '.join(missing)}", where=self.estimator_type, fix=fix)
        other = [f"{c.name} is {found[c.name]}, was {c.type}" for c in self.features if found[c.name] != c.type]
        if other:
            fix = "Cast them, or train again on the new types"
            raise DataError(f"features have other types than in training: {'; '.join(other)}", where=self.estimator_type, fix=fix)

    def _card(self) -> dict[str, object]:
        return {
            "classes": list(self.classes),
            "estimator_type": self.estimator_type,
            "features": [{"name": column.name, "type": column.type} for column in self.features],
            "figures": dict(self.figures),
            "libraries": dict(self.libraries),
            "parameters": dict(self.parameters),
            "trusted": list(self.trusted),
            **({"start": asdict(self.start)} if self.start else {}),
        }


def features_of(frame: "pl.DataFrame") -> tuple[FeatureColumn, ...]:
    """Return the names and types of a frame's columns, in order.

    Examples
    --------
    >>> import polars as pl
    >>> features_of(pl.DataFrame({"hour": [1], "carrier": ["AA"]}))
    (FeatureColumn(name='hour', type='Int64'), FeatureColumn(name='carrier', type='String'))
    """
    return tuple(FeatureColumn(name, dtype.base_type().__name__) for name, dtype in frame.schema.items())


def _plain_parameters(estimator: "BaseEstimator") -> dict[str, Plain]:
    """Return the parameters that are plain values; nested estimators show by their own parameters, lists as JSON."""
    plain: dict[str, Plain] = {}
    for name, value in sorted(estimator.get_params(deep=True).items()):
        if value is None or isinstance(value, bool | int | float | str):
            plain[name] = value
        elif isinstance(value, list | tuple) and all(isinstance(item, bool | int | float | str) for item in value):
            plain[name] = json.dumps(value)
    return plain


def _minor_versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: ".".join(version(name).split(".")[:2]) for name in LIBRARIES}
