"""The state of one column of one tile, by type."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.histogram import Histogram
from components.artifacts.states import ColumnState, Measure
from components.measures.distinct import registers_of_texts, registers_of_words
from components.measures.heavy_hitters import HeavyHitters
from components.measures.micros import to_micros
from components.measures.moments import Moments
from components.measures.quantiles import bucket
from components.measures.storage import plain

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def column_state(name: str, column: pa.ChunkedArray) -> ColumnState:
    """Return the state of a column.

    Numbers, booleans (0 and 1) and decimals are measured by value, durations and times of day in microseconds, timestamps and dates as
    microseconds and days since 1970 (no histogram), strings by their characters and binary values by their bytes; every other type is only
    counted. Minimum, maximum, moments and histogram leave out null, NaN and infinities, which are counted.
    """
    import pyarrow as pa

    column = plain(column)
    types, kind = pa.types, column.type
    state = ColumnState(column=name, type=str(kind), measure=None, n_rows=len(column), n_null=column.null_count)
    valid = column.drop_null()
    if types.is_boolean(kind) or types.is_integer(kind):
        return _whole_numbers(state, valid)
    if types.is_floating(kind) or types.is_decimal(kind):
        return _floats(state, np.asarray(valid.cast(pa.float64()).to_numpy()))
    if types.is_temporal(kind) and not types.is_interval(kind):
        return _temporal(state, valid)
    if types.is_string(kind) or types.is_large_string(kind):
        return _strings(state, valid)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _binary(state, valid)
    return state


def _floats(state: ColumnState, values: NDArray[np.float64]) -> ColumnState:
    """Measure doubles; -0.0 is 0.0."""
    values = values + 0.0
    finite = np.isfinite(values)
    if finite.all():
        numbers = values
    else:
        numbers = values[~np.isnan(values)]
        positive, negative = int((values == np.inf).sum()), int((values == -np.inf).sum())
        state = replace(state, n_nan=len(values) - len(numbers), n_positive_infinite=positive, n_negative_infinite=negative)
        values = values[finite]
    state = _measured(state, values, "value")
    extremes = (float(values.min()), float(values.max())) if len(values) else (None, None)
    return replace(state, minimum=extremes[0], maximum=extremes[1], registers=registers_of_words(numbers.view(np.int64)))


def _integers(state: ColumnState, values: NDArray[np.integer], measure: Measure) -> ColumnState:
    """Measure integers; the extremes are exact, the rest is as of doubles."""
    state = _measured(state, values.astype(np.float64), measure)
    extremes = (int(values.min()), int(values.max())) if len(values) else (None, None)
    words = values if values.dtype == np.uint64 else values.astype(np.int64)
    return replace(state, minimum=extremes[0], maximum=extremes[1], registers=registers_of_words(words.view(np.int64)))


def _whole_numbers(state: ColumnState, valid: pa.ChunkedArray) -> ColumnState:
    """Measure integers, and booleans as 0 and 1 with both words counted."""
    import pyarrow as pa

    if pa.types.is_integer(valid.type):
        return _integers(state, valid.to_numpy(), "value")
    state = _integers(state, valid.cast(pa.int8()).to_numpy(), "value")
    counts = {"true": len(valid) - state.n_zero, "false": state.n_zero}
    most_first = sorted((word for word in counts if counts[word]), key=lambda word: (-counts[word], word))
    return replace(state, top={word: counts[word] for word in most_first})


def _temporal(state: ColumnState, valid: pa.ChunkedArray) -> ColumnState:
    """Measure dates in days, everything else of time in microseconds (finer parts dropped)."""
    import pyarrow as pa

    if pa.types.is_date(valid.type):
        return replace(_integers(state, valid.cast(pa.date32()).cast(pa.int32()).to_numpy(), "days"), n_zero=0, histogram=Histogram())
    state = _integers(state, to_micros(valid), "micros")
    return replace(state, n_zero=0, histogram=Histogram()) if pa.types.is_timestamp(valid.type) else state


def _strings(state: ColumnState, valid: pa.ChunkedArray) -> ColumnState:
    """Measure strings by their characters; the empty ones count as zeros."""
    import pyarrow.compute as pc

    counted = pc.value_counts(valid)
    lengths = _integers(state, pc.utf8_length(valid).to_numpy(), "characters")
    found = HeavyHitters.of(counted)
    return replace(lengths, registers=registers_of_texts(counted.field("values")), top=found.counts, top_error=found.error)


def _binary(state: ColumnState, valid: pa.ChunkedArray) -> ColumnState:
    """Measure binary values by their bytes."""
    import pyarrow.compute as pc

    lengths = _integers(state, pc.binary_length(valid).to_numpy(), "bytes")
    return replace(lengths, registers=registers_of_texts(valid))


def _measured(state: ColumnState, values: NDArray[np.float64], measure: Measure) -> ColumnState:
    """Return the state with what finite doubles tell."""
    n_zero = len(values) - int(np.count_nonzero(values))
    return replace(state, measure=measure, n_zero=n_zero, moments=Moments.of(values), histogram=bucket(values))
