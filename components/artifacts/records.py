"""Records: how often each key had the outcome in one span; small tables that add up over spans."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = "records.parquet"


@dataclass(frozen=True, eq=False)
class Records:
    """Counts of one span's known outcomes by record and key.

    File: ``records.parquet``. Columns: ``record``, ``key`` (string), ``n``, ``total`` (int64), sorted by record and key. A span without
    known outcomes has no rows.
    """

    kind: ClassVar[str] = "records"
    format_version: ClassVar[int] = 2

    counts: "pl.DataFrame"

    def save(self, directory: Path) -> None:
        """Write the counts."""
        write_table(self.counts.to_arrow(), directory / FILE)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the counts back."""
        import polars as pl

        return cls(pl.read_parquet(directory / FILE, use_pyarrow=True))

    def summary(self) -> dict[str, int]:
        """Give the number of keys."""
        return {"n_keys": self.counts.height}
