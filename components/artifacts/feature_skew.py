"""Feature skew: of rows that training and serving both have, how often each feature differs, and what was probably done to it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "feature_skew.json"


@dataclass(frozen=True)
class FeatureMismatch:
    """One feature: the pairs of rows compared, those that differ, those null on one side only, the transform suspected and some examples."""

    feature: str
    n_compared: int
    n_different: int
    n_null_in_training: int = 0
    n_null_in_serving: int = 0
    transform: str = ""
    examples: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """The share of the pairs that differ; 0 without pairs."""
        return self.n_different / self.n_compared if self.n_compared else 0.0


@dataclass(frozen=True)
class FeatureSkew:
    """Every feature that both sides have, in the order of training, and how the rows met.

    File: ``feature_skew.json``. ``n_training`` = ``n_joined`` + ``n_only_training`` + those of ``n_ambiguous`` keys, which a side has
    twice and which are left out; likewise serving.
    """

    kind: ClassVar[str] = "feature_skew"
    format_version: ClassVar[int] = 1

    features: tuple[FeatureMismatch, ...] = ()
    n_joined: int = 0
    n_only_training: int = 0
    n_only_serving: int = 0
    n_ambiguous: int = 0

    def save(self, directory: Path) -> None:
        """Write ``feature_skew.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read it back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        features = tuple(FeatureMismatch(**{**one, "examples": tuple(one["examples"])}) for one in body.pop("features"))
        return cls(features, **body)

    def summary(self) -> dict[str, int | float]:
        """Give how the rows met and the worst rate."""
        worst = max((one.rate for one in self.features), default=0.0)
        return {
            "n_joined": self.n_joined,
            "n_only_training": self.n_only_training,
            "n_only_serving": self.n_only_serving,
            "worst_rate": worst,
        }
