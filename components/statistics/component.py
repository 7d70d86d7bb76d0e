"""The statistics stage: one pass over the rows of a span."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.states import Leaf
from components.artifacts.statistics import Statistics
from components.artifacts.tiles import Tile
from components.measures.micros import to_micros
from components.measures.summaries import finish, join
from components.runtime.component import component
from components.runtime.errors import ConfigError, nearest
from components.runtime.resources import INLINE, Engine
from components.statistics.columns import column_state
from components.statistics.derived import derived

if TYPE_CHECKING:
    import pyarrow as pa

TILES_AT_ONCE = 16
"""Tiles whose states are held before they are joined, so that memory does not grow with the rows."""


@dataclass(frozen=True)
class StatisticsConfig:
    """What to summarise.

    Attributes
    ----------
    columns : the named ones in their order, or every column but the row's identity. Fields of structs and elements of lists come with them.
    details : whether to summarise the parts of times and texts too (`statistics.derived`): hours, weekdays and gaps, bytes, kinds and words.
    """

    columns: tuple[str, ...] | None = None
    details: bool = False


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
        return finish([leaf_of(examples.schema.empty_table(), names, details=config.details)])
    summarise = functools.partial(_tile_leaf, columns=names, details=config.details)
    leaf: list[Leaf] = []
    for start in range(0, len(tiles), TILES_AT_ONCE):
        leaf = [join([*leaf, *engine.map(summarise, tiles[start : start + TILES_AT_ONCE])])]
    return finish(leaf)


def chosen_columns(schema: pa.Schema, config: StatisticsConfig) -> tuple[str, ...]:
    """Return the columns to summarise; one that is not in the schema is a `ConfigError`."""
    if config.columns is None:
        return tuple(name for name in schema.names if name != ROW_ID)
    for name in config.columns:
        if name not in schema.names:
            raise ConfigError("the examples have no such column", key="columns", got=repr(name), nearest=nearest(name, schema.names))
    return config.columns


def _tile_leaf(tile: Tile, columns: Sequence[str], *, details: bool) -> Leaf:
    return leaf_of(tile.read([*dict.fromkeys([*columns, EVENT_TIME])], coded=True), columns, details=details)


def leaf_of(rows: pa.Table, columns: Sequence[str], *, details: bool) -> Leaf:
    """Return the states of some rows of one span; a column of the rows goes before a derived one of the same name."""
    times = to_micros(rows.column(EVENT_TIME).drop_null())
    edges = (int(times.min()), int(times.max())) if len(times) else (None, None)
    states = {}
    for name in columns:
        states[name] = column_state(name, rows.column(name))
        for child, values in derived(name, rows.column(name), details=details):
            if child not in rows.column_names:
                states[child] = column_state(child, values)
    return Leaf(states, *edges)
