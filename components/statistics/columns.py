"""The state of one column of one tile, by type."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from components.artifacts.histogram import Histogram
from components.artifacts.states import ColumnState, Measure
from components.measures.distinct import registers_of_hashes, registers_of_texts, registers_of_words
from components.measures.heavy_hitters import HeavyHitters
from components.measures.micros import to_micros
from components.measures.moments import Moments
from components.measures.quantiles import bucket
from components.measures.storage import plain
from components.measures.texts import counted_texts

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


Counts: TypeAlias = "NDArray[np.int64] | None"
"""How often each value counts; None: once."""

TABLE = 65_536
"""Range of integers that are tallied first: what follows then costs one step a distinct value."""


def column_state(name: str, column: pa.ChunkedArray, weights: Counts = None) -> ColumnState:
    """Return the state of a column; with `weights` [n_rows] each row counts as many times, as if it were repeated.

    Numbers, booleans (0 and 1) and decimals are measured by value, durations and times of day in microseconds, timestamps and dates as
    microseconds and days since 1970 (no histogram), strings by their characters, binary values by their bytes and lists by their elements;
    every other type is only counted. Minimum, maximum, moments and histogram leave out null, NaN and infinities, which are counted.
    """
    import pyarrow as pa

    types = pa.types
    n_rows = len(column) if weights is None else int(weights.sum())
    if types.is_dictionary(column.type) and _is_text(column.type.value_type):
        return _strings(ColumnState(name, str(column.type.value_type), None, n_rows, 0), column, weights)
    column = plain(column)
    kind = column.type
    state = ColumnState(column=name, type=str(kind), measure=None, n_rows=n_rows, n_null=column.null_count)
    if _is_text(kind):
        return _strings(state, column, weights)
    if weights is not None:
        valid = column.is_valid().to_numpy()
        weights = weights[valid]
        state = replace(state, n_null=n_rows - int(weights.sum()))
    if types.is_boolean(kind) or types.is_integer(kind):
        return _whole_numbers(state, column.drop_null(), weights)
    if types.is_floating(kind) or types.is_decimal(kind):
        return _floats(state, np.asarray(column.drop_null().cast(pa.float64()).to_numpy()), weights)
    if types.is_temporal(kind) and not types.is_interval(kind):
        return _temporal(state, column.drop_null(), weights)
    return _lengths(state, column.drop_null(), weights)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _floats(state: ColumnState, values: NDArray[np.float64], counts: Counts) -> ColumnState:
    """Measure doubles; -0.0 is 0.0, and a signaling NaN is one as any other."""
    with np.errstate(invalid="ignore"):
        values = values + 0.0
    finite = np.isfinite(values)
    numbers = values
    if not finite.all():
        numbers = values[~np.isnan(values)]
        odd = (np.isnan(values), values == np.inf, values == -np.inf)
        n_nan, n_positive, n_negative = (_n(mask, counts) for mask in odd)
        state = replace(state, n_nan=n_nan, n_positive_infinite=n_positive, n_negative_infinite=n_negative)
        values, counts = values[finite], None if counts is None else counts[finite]
    extremes = (float(values.min()), float(values.max())) if len(values) else (None, None)
    return replace(
        state,
        measure="value",
        n_zero=len(values) - int(np.count_nonzero(values)) if counts is None else _n(values == 0, counts),
        minimum=extremes[0],
        maximum=extremes[1],
        moments=Moments.of(values) if counts is None else Moments.of_counts(values, counts),
        histogram=bucket(values, counts),
        registers=registers_of_words(numbers.view(np.int64)),
    )


def _n(mask: NDArray[np.bool_], counts: Counts) -> int:
    return int(mask.sum() if counts is None else counts[mask].sum())


def _whole_numbers(state: ColumnState, valid: pa.ChunkedArray, counts: Counts) -> ColumnState:
    """Measure integers, and booleans as 0 and 1, with the frequent ones counted."""
    import pyarrow as pa

    if pa.types.is_integer(valid.type):
        values, counts = _tallied(valid.to_numpy(), counts)
        frequent = HeavyHitters.of_integers(*_distinct(values, counts))
        return replace(_integers(state, values, counts, "value"), top=frequent.counts, top_error=frequent.error)
    state = _integers(state, *_tallied(valid.cast(pa.int8()).to_numpy(), counts), "value")
    words = {"true": state.n_rows - state.n_null - state.n_zero, "false": state.n_zero}
    most_first = sorted((word for word in words if words[word]), key=lambda word: (-words[word], word))
    return replace(state, top={word: words[word] for word in most_first})


def _temporal(state: ColumnState, valid: pa.ChunkedArray, counts: Counts) -> ColumnState:
    """Measure dates in days, everything else of time in microseconds (finer parts dropped)."""
    import pyarrow as pa

    if pa.types.is_date(valid.type):
        return _integers(state, *_tallied(valid.cast(pa.date32()).cast(pa.int32()).to_numpy(), counts), "days", instants=True)
    return _integers(state, *_tallied(to_micros(valid), counts), "micros", instants=pa.types.is_timestamp(valid.type))


def _strings(state: ColumnState, column: pa.ChunkedArray, weights: Counts) -> ColumnState:
    """Measure strings by their characters; the empty ones count as zeros."""
    import pyarrow.compute as pc

    texts, counts, hashes = counted_texts(column, weights)
    lengths = _integers(state, *_tallied(pc.utf8_length(texts).to_numpy(), counts), "characters")
    found = HeavyHitters.of(texts, counts)
    n_null = state.n_rows - int(counts.sum())
    return replace(lengths, n_null=n_null, registers=registers_of_hashes(hashes), top=found.counts, top_error=found.error)


def _lengths(state: ColumnState, valid: pa.ChunkedArray, counts: Counts) -> ColumnState:
    """Measure binary values by their bytes and lists by their elements; nothing of any other type."""
    import pyarrow as pa
    import pyarrow.compute as pc

    types, kind = pa.types, valid.type
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        lengths = _integers(state, *_tallied(pc.binary_length(valid).to_numpy(), counts), "bytes")
        return replace(lengths, registers=registers_of_texts(valid))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) or types.is_map(kind):
        return replace(_integers(state, *_tallied(pc.list_value_length(valid).to_numpy(), counts), "elements"), registers=b"")
    return state


def _tallied(values: NDArray[np.integer], counts: Counts) -> tuple[NDArray[np.integer], Counts]:
    """Return integers of 64 bits in order, each once with how often it came; those of a wide range as they are."""
    values = values if values.dtype == np.uint64 else values.astype(np.int64, copy=False)
    low = values.min() if len(values) else values.dtype.type(0)
    if not len(values) or int(values.max()) - int(low) >= TABLE:
        return values, counts
    tallies = np.bincount((values - low).astype(np.int64, copy=False), counts).astype(np.int64)
    found = np.flatnonzero(tallies)
    return found.astype(values.dtype) + low, tallies[found]


def _distinct(values: NDArray[np.integer], counts: Counts) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
    """Return each integer once with how often it came."""
    if counts is None:
        return np.unique(values, return_counts=True)
    found, places = np.unique(values, return_inverse=True)
    return found, np.bincount(places, counts, len(found)).astype(np.int64)


def _integers(state: ColumnState, values: NDArray[np.integer], counts: Counts, measure: Measure, *, instants: bool = False) -> ColumnState:
    """Measure integers of 64 bits, each once or so many times; extremes are exact, the rest is as of doubles. Instants have no histogram."""
    if not len(values):
        return replace(state, measure=measure, registers=registers_of_words(np.empty(0, np.int64)))
    numbers = values.astype(np.float64)
    zeros = numbers == 0
    return replace(
        state,
        measure=measure,
        n_zero=0 if instants else _n(zeros, counts),
        minimum=int(values.min()),
        maximum=int(values.max()),
        moments=Moments.of(numbers) if counts is None else Moments.of_counts(numbers, counts),
        histogram=Histogram() if instants else bucket(numbers, counts),
        registers=registers_of_words(values.view(np.int64)),
    )
