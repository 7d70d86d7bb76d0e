"""Pairs of columns: one pass over the rows of a span, on demand."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.associations import Associations, PairLeaf, PairState
from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.tiles import Tile
from components.measures.contingency import OTHER, CoMoments, capped, total
from components.measures.micros import to_micros
from components.measures.storage import plain
from components.runtime.component import component
from components.runtime.errors import ConfigError, nearest
from components.runtime.resources import INLINE, Engine

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

CAP = 256
"""Values of a column that are told apart; the rarer ones of a span share a cell."""
TILE_CAP = 1_024
"""Values of a column that are told apart in a tile, so that a unique key costs no step of Python a row."""
BIN_BITS = 50
"""Low bits of a double that a bin of numbers leaves out: four bins a power of two."""
NULL = "(null)"
EXACT = 64
"""Integers up to this size are bins of their own."""


@dataclass(frozen=True)
class AssociationConfig:
    """The label, with which every other column (or each of `columns`) is paired, further pairs, and whether to pair all of these columns."""

    label: str | None = None
    columns: tuple[str, ...] | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    all_pairs: bool = False


@component
def associate_columns(examples: Examples, *, config: AssociationConfig = AssociationConfig(), engine: Engine = INLINE) -> Associations:
    """Count which values of two columns come together: with the label, and of the configured pairs; the counts add up over spans.

    Texts and booleans stand for themselves, numbers for bins of one fixed grid, four a power of two, and null for a value of its own. Times,
    bytes, lists and structs are left out of the pairs with the label.

    Raises
    ------
    ConfigError
        If a configured column is not in the examples.
    """
    pairs = _pairs(examples.schema, config)
    count = functools.partial(_count, pairs=pairs)
    leaves = engine.map(count, examples.tiles())
    times = [time for leaf in leaves for time in (leaf.first_event, leaf.last_event) if time is not None]
    joined = tuple(_join(first, second, [leaf.pairs[place] for leaf in leaves]) for place, (first, second) in enumerate(pairs))
    return Associations(config.label, (PairLeaf(joined, min(times, default=None), max(times, default=None)),))


def spearman(examples: Examples, first: str, second: str) -> float | None:
    """Return Spearman's rank correlation of two columns of numbers over the rows where both have one; None where either does not vary.

    Ranks need all rows at once, so this neither merges nor streams: for the pair that asks for it. Ties share their mean rank.
    """
    table = examples.to_arrow([first, second])
    x, y = (_numbers(plain(table.column(name))) for name in (first, second))
    both = np.isfinite(x) & np.isfinite(y)
    return _co_moments(_ranks(x[both]), _ranks(y[both])).pearson


def _pairs(schema: pa.Schema, config: AssociationConfig) -> list[tuple[str, str]]:
    named = {*(config.columns or ()), *([config.label] if config.label else []), *(name for pair in config.pairs for name in pair)}
    for name in sorted(named):
        if name not in schema.names:
            raise ConfigError("the examples have no such column", key="label", got=repr(name), nearest=nearest(name, schema.names))
        if not _has_cells(schema.field(name).type):
            raise ConfigError(
                f"a column of {schema.field(name).type} cannot be paired", key="label", got=repr(name), expected="numbers or texts"
            )
    columns = config.columns or [field.name for field in schema if field.name not in (ROW_ID, EVENT_TIME) and _has_cells(field.type)]
    others = [name for name in columns if name != config.label]
    labelled = [(name, config.label) for name in others] if config.label else []
    return [*dict.fromkeys([*labelled, *config.pairs, *(itertools.combinations(others, 2) if config.all_pairs else ())])]


def _has_cells(kind: pa.DataType) -> bool:
    import pyarrow as pa

    types = pa.types
    kind = kind.value_type if types.is_dictionary(kind) else kind
    return _is_number(kind) or types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _count(tile: Tile, pairs: Sequence[tuple[str, str]]) -> PairLeaf:
    names = dict.fromkeys(name for pair in pairs for name in pair)
    rows = tile.read([*dict.fromkeys([*names, EVENT_TIME])])
    columns = {name: plain(rows.column(name)) for name in names}
    cells = {name: _cells(column) for name, column in columns.items()}
    numbers = {name: _numbers(column) for name, column in columns.items() if _is_number(column.type)}
    states = []
    for first, second in pairs:
        moments = None
        if first in numbers and second in numbers:
            both = np.isfinite(numbers[first]) & np.isfinite(numbers[second])
            moments = tuple(_co_moments(numbers[first][both], numbers[second][both]))
        states.append(PairState(first, second, _together(cells[first], cells[second]), moments))
    times = to_micros(rows.column(EVENT_TIME).drop_null())
    return PairLeaf(tuple(states), int(times.min()) if len(times) else None, int(times.max()) if len(times) else None)


def _join(first: str, second: str, states: Sequence[PairState]) -> PairState:
    moments = CoMoments()
    for state in states:
        moments += state.moments or ()
    numbers = any(state.moments is not None for state in states)
    return PairState(first, second, capped(total(state.counts for state in states), CAP), tuple(moments) if numbers else None)


def cell_words(cell: str, kind: pa.DataType) -> str:
    """Return a cell of a column in words: the bounds of a bin of numbers, anything else as it is.

    >>> import pyarrow as pa
    >>> cell_words("12", pa.int8()), cell_words("1024", pa.int64()), cell_words("-0.5", pa.float64()), cell_words("AA", pa.string())
    ('12', '1024 to 1280', '-0.625 to -0.5', 'AA')
    """
    import pyarrow as pa

    if cell in (NULL, OTHER) or not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return cell
    value = np.float64(cell)
    if not np.isfinite(value) or _is_exact(value):
        return f"{value:.4g}"
    first = value.view(np.int64) >> BIN_BITS
    edges = [(edge << BIN_BITS).view(np.float64) for edge in (first, first + 1)]
    return f"{min(edges):.4g} to {max(edges):.4g}"


def _cells(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return each row's value as a text, in a dictionary."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if _is_number(column.type) and not pa.types.is_boolean(column.type):
        values = _numbers(column)
        edges = ((values.view(np.int64) >> BIN_BITS) << BIN_BITS).view(np.float64)
        beside = (edges.view(np.int64) | _is_exact(edges)).view(np.float64)  # the bin of 4.2 begins at 4, which is a cell of its own
        binned = np.where(_is_exact(values) | ~np.isfinite(values), values, beside) + 0.0
        column = pa.chunked_array([pa.array(binned, mask=column.is_null().to_numpy())])
    return _thinned(pc.fill_null(column.cast(pa.string()).combine_chunks(), NULL).dictionary_encode())


def _thinned(coded: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return the rows with all but the most frequent values as `OTHER`; ties go by value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = coded.dictionary
    if len(texts) <= TILE_CAP:
        return coded
    table = pa.table({"n": np.bincount(coded.indices, minlength=len(texts)), "text": texts})
    kept = pc.sort_indices(table, sort_keys=[("n", "descending"), ("text", "ascending")])[:TILE_CAP]
    codes = np.full(len(texts), TILE_CAP)
    codes[kept] = np.arange(TILE_CAP)
    return pa.DictionaryArray.from_arrays(codes[coded.indices], pa.concat_arrays([texts.take(kept), pa.array([OTHER])]))


def _is_exact(values: NDArray[np.float64] | np.float64) -> NDArray[np.bool_]:
    return np.asarray((np.abs(values) <= EXACT) & (values == np.floor(values)))


def _together(first: pa.DictionaryArray, second: pa.DictionaryArray) -> dict[tuple[str, str], int]:
    n_second = max(1, len(second.dictionary))
    codes = first.indices.to_numpy().astype(np.int64) * n_second + second.indices.to_numpy()
    found, counts = np.unique(codes, return_counts=True)
    x, y = first.dictionary.to_pylist(), second.dictionary.to_pylist()
    return {(x[code // n_second], y[code % n_second]): count for code, count in zip(found.tolist(), counts.tolist(), strict=True)}


def _is_number(kind: pa.DataType) -> bool:
    import pyarrow as pa

    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind))


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return numbers as doubles, null as NaN."""
    import pyarrow as pa

    whole = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    return np.asarray(whole.cast(pa.float64(), safe=False).fill_null(float("nan")).to_numpy())


def _co_moments(x: NDArray[np.float64], y: NDArray[np.float64]) -> CoMoments:
    if not len(x):
        return CoMoments()
    dx, dy = x - x.mean(), y - y.mean()
    return CoMoments(float(len(x)), float(x.mean()), float(y.mean()), *(float((a * b).sum()) for a, b in ((dx, dx), (dy, dy), (dx, dy))))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places], dtype=np.float64)
