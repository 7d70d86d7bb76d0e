"""Label suspects: labels that a model fitted on other days finds wrong, most doubtful first; nothing is relabeled."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = "suspects.parquet"
BODY = "suspects.json"


@dataclass(frozen=True, eq=False)
class LabelSuspects:
    """The doubted labels of a window.

    Files: ``suspects.parquet`` and ``suspects.json``. Columns, most doubtful row first: ``row_id`` binary; ``event_time``; ``span``;
    ``source`` of the label; ``label`` float64 as given; ``suggested`` int8, the class that it should rather be; ``probability``: list of float64,
    that of each class by the model; ``margin`` float64, the given class's less that of the most probable other one. ``n_checked``
    labels were looked at, of which a share of ``noise`` is estimated to be wrong.
    """

    kind: ClassVar[str] = "label_suspects"
    format_version: ClassVar[int] = 2

    rows: "pl.DataFrame"
    n_checked: int
    noise: float

    def save(self, directory: Path) -> None:
        """Write the rows and the counts."""
        write_table(self.rows.to_arrow(), directory / FILE)
        (directory / BODY).write_text(json.dumps({"n_checked": self.n_checked, "noise": self.noise}, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the suspects back."""
        import polars as pl

        return cls(pl.read_parquet(directory / FILE, use_pyarrow=True), **json.loads((directory / BODY).read_text(encoding="utf-8")))

    def summary(self) -> dict[str, int | float]:
        """Give the counts and the share of labels that are estimated to be wrong."""
        return {"n_checked": self.n_checked, "n_suspects": self.rows.height, "noise": round(self.noise, 6)}
