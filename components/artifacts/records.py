"""Records: how often each key had the outcome in one span; small tables that add up over spans."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = "records.parquet"
PURPOSES = "purposes.json"


@dataclass(frozen=True, eq=False)
class Records:
    """Counts of one span's known outcomes by record and key.

    File: ``records.parquet``. Columns: ``record``, ``key`` (string), ``n``, ``total`` (int64), sorted by record and key. A span without
    known outcomes has no rows. ``purposes`` (``purposes.json``, only where there are any) are those of records that were counted by columns of
    a limited purpose.
    """

    kind: ClassVar[str] = "records"
    format_version: ClassVar[int] = 2

    counts: "pl.DataFrame"
    purposes: Mapping[str, str] = field(default_factory=dict)

    def save(self, directory: Path) -> None:
        """Write the counts."""
        write_table(self.counts.to_arrow(), directory / FILE)
        if self.purposes:
            (directory / PURPOSES).write_text(json.dumps(self.purposes, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the counts back."""
        import polars as pl

        path = directory / PURPOSES
        purposes = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return cls(pl.read_parquet(directory / FILE, use_pyarrow=True), purposes)

    def summary(self) -> dict[str, int]:
        """Give the number of keys."""
        return {"n_keys": self.counts.height}
