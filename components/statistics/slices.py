"""Statistics by slice: one pass over the rows of a span, on demand."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.artifacts.examples import EVENT_TIME, Examples
from components.artifacts.sliced_statistics import SlicedStatistics
from components.artifacts.states import Leaf
from components.artifacts.tiles import Tile
from components.measures.slices import CROSS, slices_of
from components.measures.summaries import finish, join, merge
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.resources import INLINE, Engine
from components.statistics.component import StatisticsConfig, chosen_columns, leaf_of

MOST = 200
"""Slices of a span at most: each has a state for every column."""

Slices = Mapping[tuple[str, str], Leaf]


@dataclass(frozen=True)
class SliceConfig:
    """The columns to slice by, or crosses of them (`origin & carrier`), and what to summarise of each slice."""

    dimensions: tuple[str, ...]
    statistics: StatisticsConfig = field(default_factory=StatisticsConfig)

    @property
    def sliced_by(self) -> tuple[str, ...]:
        """The columns of all dimensions."""
        return tuple(dict.fromkeys(name for dimension in self.dimensions for name in dimension.split(CROSS)))


@component
def slice_statistics(examples: Examples, *, config: SliceConfig, engine: Engine = INLINE) -> SlicedStatistics:
    """Summarise the rows of each value of each dimension; as `generate_statistics`, slice by slice.

    Raises
    ------
    ConfigError
        If a dimension is no column.
    DataError
        If there are more than 200 slices.
    """
    names = chosen_columns(examples.schema, config.statistics)
    chosen_columns(examples.schema, StatisticsConfig(config.sliced_by))
    work = functools.partial(_sliced, names=names, config=config)
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


def _sliced(tile: Tile, names: Sequence[str], config: SliceConfig) -> Slices:
    import polars as pl
    import pyarrow as pa

    beside = [EVENT_TIME, *config.sliced_by, *([config.statistics.weight] if config.statistics.weight else [])]
    rows = tile.read([*dict.fromkeys([*names, *beside])])
    frame = pl.DataFrame(pl.from_arrow(rows.select(config.sliced_by)))
    return {
        (dimension, value): leaf_of(rows.filter(pa.array(mask)), names, config.statistics)
        for dimension, value, mask in slices_of(frame, config.dimensions)
    }
