"""Predictions: a model's probabilities on rows whose outcome is known."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = "predictions.parquet"


@dataclass(frozen=True, eq=False)
class Predictions:
    """One row a prediction: ``row_id``, ``event_time``, ``span``, ``outcome`` int8, ``probability`` float64, ``champion`` float64 or null.

    Of many classes these two are lists, a probability for each of the evaluation's ``classes``.
    File: ``predictions.parquet``, sorted by (event time, row id).
    """

    kind: ClassVar[str] = "predictions"
    format_version: ClassVar[int] = 1

    rows: "pl.DataFrame"

    def save(self, directory: Path) -> None:
        """Write the rows."""
        write_table(self.rows.to_arrow(), directory / FILE)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the rows back."""
        import polars as pl

        return cls(pl.read_parquet(directory / FILE, use_pyarrow=True))

    def summary(self) -> dict[str, int]:
        """Give the number of rows."""
        return {"n_rows": self.rows.height}
