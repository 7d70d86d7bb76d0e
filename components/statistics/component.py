"""The statistics stage: one pass over the rows of a span."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.features import Features
from components.artifacts.states import Leaf
from components.artifacts.statistics import Statistics
from components.artifacts.tiles import Tile
from components.measures.micros import to_micros
from components.measures.summaries import finish, join
from components.runtime.component import component
from components.runtime.errors import ConfigError, DataError, nearest
from components.runtime.resources import INLINE, Engine
from components.statistics.columns import column_state
from components.statistics.derived import derived

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

TILES_AT_ONCE = 16
"""Tiles whose states are held before they are joined, so that memory does not grow with the rows."""

CELLS = 1 << 21
"""Cells of a tile that are read at once, 32 columns of 65,536 rows, so that memory grows neither with the columns nor with a writer's tiles."""


@dataclass(frozen=True)
class StatisticsConfig:
    """What to summarise.

    Attributes
    ----------
    columns : the named ones in their order, or every column but the row's identity. Fields of structs and elements of lists come with them.
    details : whether to summarise the parts of times and texts too (`statistics.derived`): hours, weekdays and gaps, bytes, kinds and words.
    weight, weight_unit : the column of weights, at least 0. Every row counts as if it were repeated, weight / `weight_unit` times, rounded:
        counts are in that unit, and add exactly; shares, means, deviations, quantiles and frequent texts are the weighted ones. Derived
        columns are left out.
    """

    columns: tuple[str, ...] | None = None
    details: bool = False
    weight: str | None = None
    weight_unit: float = 1.0


@component
def generate_statistics(examples: Examples, *, config: StatisticsConfig = StatisticsConfig(), engine: Engine = INLINE) -> Statistics:
    """Summarise every column of the span in one pass; the summaries merge across spans.

    Tiles are summarised by the engine and joined in tile order, so the bytes do not depend on the number of threads. An empty span has
    every column with no rows.

    Raises
    ------
    ConfigError
        If a configured column is not in the examples.
    """
    names = chosen_columns(examples.schema, config)
    tiles = examples.tiles()
    if not tiles:
        return finish([leaf_of(examples.schema.empty_table(), names, config)])
    summarise = functools.partial(_tile_leaf, columns=names, config=config)
    leaf: list[Leaf] = []
    for start in range(0, len(tiles), TILES_AT_ONCE):
        leaf = [join([*leaf, *engine.map(summarise, tiles[start : start + TILES_AT_ONCE])])]
    return finish(leaf)


@component
def summarise_features(features: Features, *, config: StatisticsConfig = StatisticsConfig(), engine: Engine = INLINE) -> Statistics:
    """Summarise every feature of the span, as `generate_statistics` does the columns of examples."""
    return generate_statistics(features, config=config, engine=engine)


def chosen_columns(schema: pa.Schema, config: StatisticsConfig) -> tuple[str, ...]:
    """Return the columns to summarise; one that is not in the schema is a `ConfigError`."""
    columns = tuple(name for name in schema.names if name != ROW_ID) if config.columns is None else config.columns
    for name in (*columns, *([config.weight] if config.weight else [])):
        if name not in schema.names:
            raise ConfigError("the examples have no such column", key="columns", got=repr(name), nearest=nearest(name, schema.names))
    return columns


def _tile_leaf(tile: Tile, columns: Sequence[str], config: StatisticsConfig) -> Leaf:
    beside = [EVENT_TIME, *([config.weight] if config.weight else [])]
    at_once = max(1, CELLS // max(1, tile.n_rows))
    leaves = []
    for start in range(0, max(1, len(columns)), at_once):
        some = columns[start : start + at_once]
        leaves.append(leaf_of(tile.read([*dict.fromkeys([*some, *beside])], coded=True), some, config, taken=columns))
    return replace(leaves[0], columns={name: state for leaf in leaves for name, state in leaf.columns.items()})


def leaf_of(rows: pa.Table, columns: Sequence[str], config: StatisticsConfig, *, taken: Sequence[str] | None = None) -> Leaf:
    """Return the states of some rows of one span; a column of the rows, all of which are `taken`, goes before a derived one of its name."""
    times = to_micros(rows.column(EVENT_TIME).drop_null())
    edges = (int(times.min()), int(times.max())) if len(times) else (None, None)
    weights = _weights(rows.column(config.weight), config) if config.weight else None
    if weights is not None:
        rows, weights = rows.filter(weights > 0), weights[weights > 0]
    states = {}
    for name in columns:
        states[name] = column_state(name, rows.column(name), weights)
        for child, values in derived(name, rows.column(name), details=config.details) if weights is None else ():
            if child not in (taken or columns):
                states[child] = column_state(child, values)
    return Leaf(states, *edges)


def _weights(column: pa.ChunkedArray, config: StatisticsConfig) -> NDArray[np.int64]:
    """Return how often each row counts."""
    import pyarrow as pa

    weights = column.cast(pa.float64()).to_numpy()
    if not (weights >= 0).all() or np.isinf(weights).any():
        raise DataError("a weight is null, negative or not finite", where=str(config.weight), fix="give numbers of at least 0")
    return np.asarray(np.rint(weights / config.weight_unit), dtype=np.int64)
