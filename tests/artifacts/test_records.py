"""Records are small count tables."""

from pathlib import Path

import polars as pl
import pytest

from components.artifacts.records import Records
from tests.saving import loaded_again

COUNTS = pl.DataFrame({"record": ["carrier", "route"], "key": ["B6", "JFK|BOS"], "n": [3, 4], "total": [1, 0]})


@pytest.mark.parametrize("n", [2, 0])
def test_records_come_back_as_they_were_saved(n: int, tmp_path: Path) -> None:
    loaded = loaded_again(Records(COUNTS.head(n)), tmp_path)
    assert loaded.counts.equals(COUNTS.head(n))
    assert loaded.counts.schema == COUNTS.schema
    assert loaded.summary() == {"n_keys": n}
