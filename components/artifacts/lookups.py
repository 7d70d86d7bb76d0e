"""Lookups: the tables that labeling functions look rows up in, as they stood for one span."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.purposes import purposes_of, tagged
from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Lookups:
    """Tables by name; a file ``<name>.parquet`` each, so that an unchanged table has unchanged bytes.

    ``purposes`` of a table are those of its columns, as tags in its file.
    """

    kind: ClassVar[str] = "lookups"
    format_version: ClassVar[int] = 1

    tables: "Mapping[str, pl.DataFrame]" = field(default_factory=dict)
    purposes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def digests(self) -> dict[str, str]:
        """The sha256 of each table's columns, types and values in order."""
        found = {}
        for name, table in self.tables.items():
            total = hashlib.sha256(repr(table.schema).encode())
            total.update(table.rechunk().write_ipc(None).getvalue())
            found[name] = total.hexdigest()
        return found

    def save(self, directory: Path) -> None:
        """Write each table."""
        for name, table in self.tables.items():
            write_table(tagged(table.to_arrow(), self.purposes.get(name, {})), directory / f"{name}.parquet")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the tables back."""
        import polars as pl
        import pyarrow.parquet as pq

        paths = sorted(directory.glob("*.parquet"))
        found = {path.stem: purposes_of([pq.read_schema(path)]) for path in paths}
        tables = {path.stem: pl.read_parquet(path, use_pyarrow=True) for path in paths}
        return cls(tables, {name: purposes for name, purposes in found.items() if purposes})

    def summary(self) -> dict[str, int]:
        """Give the tables and their rows."""
        return {"n_tables": len(self.tables)} | {f"n_{name}": table.height for name, table in sorted(self.tables.items())}
