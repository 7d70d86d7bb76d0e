"""Functions for tests of processes, which import them from here."""

import time
from collections.abc import Mapping

import polars as pl

from components.labeling.functions import Rows, labeling_function


@labeling_function(by_row=True, columns=("n",))
def odd(row: Mapping[str, int]) -> int | None:
    return 1 if row["n"] % 2 else None


@labeling_function(by_row=True, columns=("n",), timeout=0.2)
def difficult(row: Mapping[str, int]) -> int | None:
    try:
        if row["n"] == 3:
            time.sleep(60)
        if row["n"] == 4:
            raise LookupError("four")
    except TimeoutError:
        return 0
    return {5: 7, 6: "six"}.get(row["n"], 0)  # type: ignore[return-value]


@labeling_function(timeout=0.3, columns=("n",))
def sleeps(rows: Rows) -> pl.Series:
    time.sleep(60)
    return rows.frame["n"]


@labeling_function(timeout=30, columns=("n",), tables=("listed",))
def in_time(rows: Rows) -> pl.Series:
    return rows.frame["n"].is_in(rows.table("listed")["n"].to_list()).cast(pl.Int8)


@labeling_function(timeout=30)
def raises(rows: Rows) -> pl.Series:
    raise ValueError(f"{rows.frame.height} are too many")
