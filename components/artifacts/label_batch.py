"""Label batch: the rows that people should label next, and why each of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = "batch.parquet"


@dataclass(frozen=True, eq=False)
class LabelBatch:
    """One row a row to label, the most telling first.

    File: ``batch.parquet``. Columns: ``row_id`` binary; ``event_time``; ``span``; ``why``: ``uncertainty``, ``margin``, ``conflict`` or
    ``uncovered``; ``score`` float64, 0 to 1; ``probability``: list of float64, that of each class as believed now, null where nothing voted; and the columns
    of the features that people are shown.
    """

    kind: ClassVar[str] = "label_batch"
    format_version: ClassVar[int] = 2

    rows: "pl.DataFrame"

    def save(self, directory: Path) -> None:
        """Write the rows."""
        write_table(self.rows.to_arrow(), directory / FILE)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the batch back."""
        import polars as pl

        return cls(pl.read_parquet(directory / FILE, use_pyarrow=True))

    def summary(self) -> dict[str, int]:
        """Give the rows by reason."""
        counts = dict(self.rows["why"].value_counts().iter_rows())
        return {"n_rows": self.rows.height, **{f"n_{why}": int(counts[why]) for why in sorted(counts)}}
