"""Which rows a model learns from: those with a label, of the window's spans, thinned by row id, each with its weight."""

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

from components.artifacts.features import Features
from components.artifacts.labels import SHARES, Labels
from components.runtime.errors import DataError
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl

ROW_COLUMNS = ("row_id", "event_time", "span", "outcome", "label", "source", "weight", SHARES)


def labeled_rows(
    features: Window[Features],
    labels: Labels,
    *,
    spans: Collection[str] | None = None,
    excluded: Collection[str] = (),
    held_out: Collection[str] = (),
) -> "pl.DataFrame":
    """Return the feature rows of the window that have a label, with span, outcome, label and source, in order of time and row id.

    Only the ``spans`` that are wanted (None: all) are read, and none of the ``excluded`` columns. Rows meet their labels span by span, so that
    many rows are in memory once; those whose row id (hexadecimal) is held out have no label.

    Raises
    ------
    DataError
        If the window holds no features.
    """
    import polars as pl
    import pyarrow as pa

    wanted = [(span.key, value) for span, value in features.present() if spans is None or span.key in spans]
    if not wanted:
        raise DataError("the training window holds no features", fix="deliver its spans, or move the as-of")
    said_of = ["row_id", "outcome", "label", "source", *([SHARES] if SHARES in labels.rows.columns else [])]
    known = _by_span(labels.rows.select("span", *said_of))
    hidden = pl.Series([bytes.fromhex(one) for one in held_out], dtype=pl.Binary)
    parts = []
    for key, value in wanted:
        read = value.to_polars([name for name in value.schema.names if name not in excluded]).with_columns(span=pl.lit(key))
        said = known.get(key, labels.rows.clear()).filter(pl.col("label").is_not_null() & ~pl.col("row_id").is_in(hidden.implode()))
        said = said.select(said_of)
        parts.append(read.join(said, on="row_id", how="inner").sort("event_time", "row_id"))
    pa.default_memory_pool().release_unused()
    return pl.concat(parts, rechunk=False)


def _by_span(rows: "pl.DataFrame") -> "dict[str, pl.DataFrame]":
    """Return the rows of each span; rows in order of time are not copied."""
    import polars as pl

    parts: dict[str, list[pl.DataFrame]] = {}
    start = 0
    for run in rows["span"].rle():
        parts.setdefault(run["value"], []).append(rows.slice(start, run["len"]))
        start += run["len"]
    return {span: pl.concat(found, rechunk=False) for span, found in parts.items()}


def of_spans(rows: "pl.DataFrame", spans: Collection[str]) -> "pl.DataFrame":
    """Return the rows of the spans, in order of time; rows that lie in order of time are not copied."""
    import polars as pl

    parts = _by_span(rows)
    return pl.concat([rows.clear(), *(part for span, part in parts.items() if span in set(spans))], rechunk=False)


def thinned(rows: "pl.DataFrame", share: float, *, many_classes: bool = False) -> "pl.DataFrame":
    """Return about a share of the rows, at least one of each stratum, in order; the same rows for the same share, whatever the others.

    Strata are span and side of the label (0.5 and above, or below; for numbers other than probabilities the median parts them), of many
    classes the class. In each
    the rows of the lowest row ids stay: row ids are hashes, so that this is a random sample, and a larger share holds a smaller one.
    """
    import polars as pl

    if share >= 1 or not rows.height:
        return rows
    low, high = rows["label"].min(), rows["label"].max()
    middle = 0.5 if isinstance(low, float) and isinstance(high, float) and low >= 0 and high <= 1 else rows["label"].median()
    strata = ["span", pl.col("label") if many_classes else pl.col("label") >= middle]
    rank, size = pl.col("row_id").rank("ordinal").over(strata), pl.len().over(strata)
    return rows.filter(rank <= (size * share).ceil())


def with_weights(rows: "pl.DataFrame", *, voted: float, half_life: float) -> "pl.DataFrame":
    """Return the rows with a ``weight``: ``voted`` for a label of the label model, else 1, halved for every ``half_life`` spans of age.

    Age is counted in spans that are there, back from the newest one; a half-life of 0 weighs all ages alike.
    """
    import polars as pl

    weighted = rows.with_columns(weight=pl.when(pl.col("source") == "label_model").then(voted).otherwise(1.0))
    if not half_life:
        return weighted
    spans = rows["span"].unique().sort(descending=True)
    decay = {span: math.pow(0.5, age / half_life) for age, span in enumerate(spans)}
    return weighted.with_columns(pl.col("weight") * pl.col("span").replace_strict(decay, return_dtype=pl.Float64))


def inputs_of(rows: "pl.DataFrame", excluded: Collection[str]) -> "pl.DataFrame":
    """Return the columns that a model takes: every feature but the excluded ones, texts (its categories) first."""
    import polars as pl

    names = [name for name in rows.columns if name not in {*ROW_COLUMNS, *excluded}]
    categorical = [name for name in names if rows.schema[name] == pl.String]
    return rows.select(*categorical, *(name for name in names if name not in categorical))
