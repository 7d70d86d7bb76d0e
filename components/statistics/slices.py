"""Statistics by slice: one pass over the rows of a span, on demand."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.artifacts.examples import EVENT_TIME, Examples
from components.artifacts.sliced_statistics import SlicedStatistics
from components.artifacts.states import Leaf
from components.artifacts.statistics import Statistics
from components.artifacts.tiles import Tile
from components.measures.slices import Dimension, EdgesOf, columns_of, dimensions_of, slices_of, with_edges
from components.measures.summaries import finish, join, merge
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.runtime.resources import INLINE, Engine
from components.runtime.window import Window
from components.statistics.component import StatisticsConfig, chosen_columns, leaf_of

MOST = 200
"""Slices of a span at most: each has a state for every column."""

Slices = Mapping[tuple[str, str], Leaf]


@dataclass(frozen=True)
class SliceConfig:
    """What to slice by (`measures.slices.dimensions_of`, with ``slicing``), and what to summarise of each slice."""

    dimensions: tuple[str, ...]
    statistics: StatisticsConfig = field(default_factory=StatisticsConfig)
    slicing: CodeRef | None = None


@component
def slice_statistics(
    examples: Examples, past: Window[Statistics] | None = None, *, config: SliceConfig, engine: Engine = INLINE
) -> SlicedStatistics:
    """Summarise the rows of each value of each dimension; as `generate_statistics`, slice by slice.

    Quantile bins have the edges of the spans before, whose statistics ``past`` holds, to the relative error of their histograms (2^-7): what
    is many on a day is not for that day to say.

    Raises
    ------
    ConfigError
        If a dimension reads what is no column.
    DefinitionError
        If a dimension has quantile bins, and there are no spans before.
    DataError
        If there are more than 200 slices.
    """
    names = chosen_columns(examples.schema, config.statistics)
    dimensions = dimensions_of(config.dimensions, config.slicing)
    chosen_columns(examples.schema, StatisticsConfig(columns_of(dimensions)))
    if past is not None and (known := [value for _, value in past.present()]):
        dimensions = with_edges(dimensions, _edges_of(merge(known)))
    work = functools.partial(_sliced, names=names, dimensions=dimensions, config=config)
    parts: dict[tuple[str, str], list[Leaf]] = {}
    for tile in engine.map(work, examples.tiles()):
        for name, leaf in tile.items():
            parts.setdefault(name, []).append(leaf)
        if len(parts) > MOST:
            raise DataError(f"more than {MOST} slices", where="slice_statistics", fix="slice by columns of fewer values")
    order = sorted(parts, key=lambda name: (config.dimensions.index(name[0]), name[1]))
    return SlicedStatistics({name: finish([join(parts[name])]) for name in order})


def merge_slices(parts: Sequence[SlicedStatistics]) -> SlicedStatistics:
    """Return the statistics of each slice over several spans; a slice that a span lacks has no rows there."""
    names = dict.fromkeys(sorted(name for part in parts for name in part.slices))
    return SlicedStatistics({name: merge([part.slices[name] for part in parts if name in part.slices]) for name in names})


def _edges_of(statistics: Statistics) -> EdgesOf:
    """Return what gives the edges of a column from its histogram; none where it has none."""

    def edges(column: str, n: int) -> list[float]:
        found = [statistics.column(column).quantile(place / n) for place in range(1, n)]
        return [one for one in found if one is not None]

    return edges


def _sliced(tile: Tile, names: Sequence[str], dimensions: Sequence[Dimension], config: SliceConfig) -> Slices:
    import polars as pl
    import pyarrow as pa

    beside = [EVENT_TIME, *columns_of(dimensions), *([config.statistics.weight] if config.statistics.weight else [])]
    rows = tile.read([*dict.fromkeys([*names, *beside])])
    frame = pl.DataFrame(pl.from_arrow(rows.select(columns_of(dimensions))))
    return {
        (dimension, value): leaf_of(rows.filter(pa.array(mask)), names, config.statistics)
        for dimension, value, mask in slices_of(frame, dimensions)
    }
