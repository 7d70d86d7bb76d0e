"""Rows that never train: those whose group also appears in the test part, and a salted share of keys that must not move."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.measures.hashing import row_keys
from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray


def purged(before: "pl.DataFrame", test: "pl.DataFrame", group: str) -> list[str]:
    """Return the row ids (hexadecimal, sorted) of rows whose group is also in the test part; a null group is nobody's.

    Raises
    ------
    DefinitionError
        If the rows lack the column.
    """
    import polars as pl

    _require(before, [group])
    shared = test[group].drop_nulls().unique()
    return before.filter(pl.col(group).is_in(shared.implode()))["row_id"].bin.encode("hex").sort().to_list()


def held_out(rows: "pl.DataFrame", key: Sequence[str], share: float, salt: str) -> list[str]:
    """Return the row ids (hexadecimal, sorted) of the keys whose hash falls in the lowest ``share``.

    The same keys are held out whatever the window, the order or the other rows; another salt holds out others. About ``share`` of
    the keys, not of the rows.

    Raises
    ------
    DefinitionError
        If the rows lack a column of the key.
    """
    import polars as pl

    _require(rows, key)
    chosen = pl.Series(hash_share(rows, key, salt) < share)
    return rows.filter(chosen)["row_id"].bin.encode("hex").sort().to_list()


def hash_share(rows: "pl.DataFrame", key: Sequence[str], salt: str) -> "NDArray[np.float64]":
    """Return for each row a number in [0, 1) that depends on its key and the salt alone, [n_rows]; MurmurHash3, uniform over keys.

    >>> import polars as pl
    >>> found = hash_share(pl.DataFrame({"tail": ["N1", "N2", "N1"]}), ["tail"], "2013")
    >>> bool(found[0] == found[2] != found[1])
    True
    """
    import polars as pl

    table = rows.select(pl.lit(salt).alias(SALT), *key).to_arrow(compat_level=None)
    hashes = np.frombuffer(b"".join(row_keys(table, [SALT, *key]).to_pylist()), dtype="<u8")[::2] if rows.height else np.zeros(0, "<u8")
    share: NDArray[np.float64] = (hashes >> np.uint64(11)) / float(1 << 53)  # 53 bits: what a double holds exactly
    return share


SALT = "__salt"


def _require(rows: "pl.DataFrame", names: Sequence[str]) -> None:
    for name in names:
        if name not in rows.columns:
            raise DefinitionError(
                f"the split names a column that the features lack: '{name}'",
                expected=", ".join(rows.columns),
                nearest=nearest(name, rows.columns),
            )
