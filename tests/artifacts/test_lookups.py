"""Lookups: a table is its columns, types and rows, whatever it was read from."""

from pathlib import Path

import polars as pl

from components.artifacts.lookups import Lookups
from tests.saving import content, loaded_again

LISTED = pl.DataFrame({"domain": ["a.com", "b.org"], "hits": [3, 1]})


def test_tables_come_back_as_they_were_saved(tmp_path: Path) -> None:
    lookups = Lookups({"listed": LISTED, "empty": LISTED.clear()})
    loaded = loaded_again(lookups, tmp_path)
    assert sorted(content(tmp_path / "first")) == ["empty.parquet", "listed.parquet"]
    assert {name: table.equals(lookups.tables[name]) for name, table in loaded.tables.items()} == {"empty": True, "listed": True}
    assert loaded.digests == lookups.digests
    assert loaded.summary() == {"n_tables": 2, "n_listed": 2, "n_empty": 0}


def test_a_digest_is_of_the_rows_and_not_of_their_chunks() -> None:
    pieces = pl.concat([LISTED.head(1), LISTED.tail(1)], rechunk=False)
    digest = Lookups({"t": LISTED}).digests["t"]
    assert Lookups({"t": pieces}).digests["t"] == digest
    changed = (LISTED.reverse(), LISTED.with_columns(pl.col("hits").cast(pl.Int32)), LISTED.rename({"hits": "n"}))
    assert digest not in {Lookups({"t": one}).digests["t"] for one in changed}
