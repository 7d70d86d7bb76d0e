"""Label analysis: what the labeling functions of a window say, how they agree, where they err, and what to look at next."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

FILE = "label_analysis.json"


@dataclass(frozen=True)
class ShownRow:
    """A row to look at: its identity, span, what is known of it, the functions' votes by name, and the columns that the pipeline shows."""

    row_id: str
    event_time: str
    span: str
    outcome: int | None
    votes: dict[str, int]
    values: dict[str, str]


@dataclass(frozen=True)
class Bucket:
    """A slice on which a function errs: rows with a vote and an outcome, and the share of right votes with its interval."""

    dimension: str
    value: str
    n_scored: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Alarm:
    """A jump of one figure at one span: what it was, what the spans before let expect, and the least jump that counts."""

    span: str
    figure: str
    value: float
    expected: float
    limit: float


@dataclass(frozen=True)
class Failure:
    """What went wrong with a function in a span, on how many rows, and the first of them."""

    span: str
    message: str
    n_rows: int
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True)
class FunctionAnalysis:
    """One labeling function on the rows of the window.

    ``polarity`` is the number of its votes by class; ``coverage``, ``overlap`` and ``conflict`` are shares of rows; ``accuracy`` and its
    Wilson interval are over its ``n_scored`` votes on rows with an outcome (None without any). ``trend`` has a value a span, None where
    there is none, of ``coverage``, ``agreement`` (with most of the others) and ``accuracy``. ``mistakes`` are the slices on which it is
    clearly worse than elsewhere, ``examples`` rows that it got wrong, ``n_faults`` rows on which it failed, ``failures`` its newest ones.
    """

    name: str
    description: str
    polarity: dict[str, int]
    coverage: float
    overlap: float
    conflict: float
    accuracy: float | None
    low: float | None
    high: float | None
    n_scored: int
    is_row_wise: bool
    n_faults: int
    trend: dict[str, tuple[float | None, ...]]
    alarms: tuple[Alarm, ...] = ()
    mistakes: tuple[Bucket, ...] = ()
    examples: tuple[ShownRow, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Dependence:
    """Two functions that say the same more often than the truth explains: conditional mutual information as a share of the lesser entropy."""

    one: str
    other: str
    strength: float


@dataclass(frozen=True)
class CalibrationBin:
    """Rows with an outcome whose label model's probability lies in [low, high): their mean probability of a class and its share."""

    low: float
    high: float
    n_rows: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class LabelAnalysis:
    """The labeling functions of a window of spans as of an instant, in microseconds.

    File: ``label_analysis.json``. ``conflicts`` [n_functions, n_functions] is, of the rows that two functions both voted on, the share on
    which they differ; None where there are none. ``labels`` counts the rows of each span by source of their label;
    ``distribution`` adds up the probabilities of each class by the labels of each span; ``calibration`` has the bins of each class, of two
    classes those of class 1 alone: the other's mirror them. ``uncovered`` and ``disputed`` are rows to label by hand or to write functions for, ``doubted`` rows whose
    outcome the label model holds least likely.
    """

    kind: ClassVar[str] = "label_analysis"
    format_version: ClassVar[int] = 2

    as_of: int
    spans: tuple[str, ...]
    n_rows: int
    n_known: int
    n_uncovered: int
    classes: tuple[int, ...]
    functions: tuple[FunctionAnalysis, ...]
    conflicts: tuple[tuple[float | None, ...], ...]
    dependences: tuple[Dependence, ...]
    labels: dict[str, tuple[int, ...]]
    distribution: dict[str, tuple[float, ...]]
    calibration: dict[str, tuple[CalibrationBin, ...]]
    uncovered: tuple[ShownRow, ...]
    disputed: tuple[ShownRow, ...]
    doubted: tuple[ShownRow, ...]

    def save(self, directory: Path) -> None:
        """Write ``label_analysis.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the analysis back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        nested = {"alarms": Alarm, "mistakes": Bucket, "examples": ShownRow, "failures": Failure}
        rows = dict.fromkeys(("uncovered", "disputed", "doubted"), ShownRow)
        functions = [_made(FunctionAnalysis, one, nested) for one in body.pop("functions")]
        bins = {name: tuple(CalibrationBin(**one) for one in found) for name, found in body["calibration"].items()}
        return _made(cls, body | {"functions": functions, "calibration": bins}, {"dependences": Dependence, **rows})

    def summary(self) -> dict[str, int | float]:
        """Give rows, functions, the share of rows that any function voted on, and the alarms."""
        covered = 1 - self.n_uncovered / self.n_rows if self.n_rows else 0.0
        alarms = sum(len(function.alarms) for function in self.functions)
        return {"n_rows": self.n_rows, "n_functions": len(self.functions), "coverage": round(covered, 6), "n_alarms": alarms}


T = TypeVar("T")
ROWS = {"rows": ShownRow}


def _made(kind: type[T], body: dict[str, Any], nested: Mapping[str, type]) -> T:
    """Return a dataclass from its JSON: lists as tuples, those of ``nested`` names as tuples of their class."""
    values = {name: [_made(nested[name], one, ROWS) for one in value] if name in nested else value for name, value in body.items()}
    return kind(**{name: _frozen(value) for name, value in values.items()})


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(one) for one in value)
    return {name: _frozen(one) for name, one in value.items()} if isinstance(value, dict) else value
