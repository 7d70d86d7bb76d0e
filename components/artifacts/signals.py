"""Signals: what each column alone tells of the outcome, over a window and in each of its spans."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "signals.json"


@dataclass(frozen=True)
class Lift:
    """How many times as often an outcome came with a value of the column as it did overall, and in how many rows the value came."""

    value: str
    outcome: str
    lift: float
    n_rows: int


@dataclass(frozen=True)
class Signal:
    """One column with the outcome; None where it is not defined.

    `explained` is the share of the outcome's entropy that the column explains, 0 to 1; `course` the same in each span. `suspected` says
    that it explains too much to be honest: such a column may have been written after the outcome.
    """

    column: str
    explained: float | None
    mutual_information: float | None
    pearson: float | None
    suspected: bool
    course: tuple[float | None, ...]
    lifts: tuple[Lift, ...] = ()


@dataclass(frozen=True)
class Repeat:
    """Two columns that repeat one another: numbers by Pearson's correlation, other values by Cramer's V."""

    first: str
    second: str
    strength: float


@dataclass(frozen=True)
class Signals:
    """The signal of every column, the most telling first, and the columns that repeat one another; of rows whose outcome is known.

    File: ``signals.json``. `spans` are those with such rows, of which there are `n_rows`; without any there is no signal, which says nothing
    about the columns.
    """

    kind: ClassVar[str] = "signals"
    format_version: ClassVar[int] = 1

    spans: tuple[str, ...]
    n_rows: int
    signals: tuple[Signal, ...] = ()
    repeats: tuple[Repeat, ...] = ()

    @property
    def suspected(self) -> tuple[Signal, ...]:
        """The columns that tell the outcome too well."""
        return tuple(signal for signal in self.signals if signal.suspected)

    def save(self, directory: Path) -> None:
        """Write ``signals.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the signals back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        signals = (
            Signal(**one | {"course": tuple(one["course"]), "lifts": tuple(Lift(**lift) for lift in one["lifts"])})
            for one in body["signals"]
        )
        return cls(tuple(body["spans"]), body["n_rows"], tuple(signals), tuple(Repeat(**one) for one in body["repeats"]))

    def summary(self) -> dict[str, int | str]:
        """Give the numbers of rows, columns and spans, and name the suspected columns."""
        suspected = ", ".join(signal.column for signal in self.suspected)
        return {"n_rows": self.n_rows, "n_columns": len(self.signals), "n_spans": len(self.spans), "suspected": suspected}
