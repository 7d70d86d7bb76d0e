"""Arrow columns without the storage tricks that change nothing of what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def plain(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return the column with dictionaries and run lengths decoded, views as large strings or bytes, and extension types as stored.

    >>> import pyarrow as pa
    >>> plain(pa.array(["a", "b", "a"]).dictionary_encode()).type
    DataType(string)
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    types, kind = pa.types, column.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(column.cast(kind.storage_type))
    if types.is_dictionary(kind):
        return plain(column.cast(kind.value_type))
    if types.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(column))
    if types.is_string_view(kind):
        return column.cast(pa.large_string())
    if types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    return column


def distinct_texts(column: pa.ChunkedArray, weights: NDArray[np.int64] | None = None) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the distinct values of a column of strings, null left out, and how often each came; in no particular order.

    With `weights` [n_rows], at least 0, each row counts as many times; what then counts 0 times is left out. A column that is stored as a dictionary is counted by its codes, many times as fast.

    >>> import pyarrow as pa
    >>> texts, counts = distinct_texts(pa.chunked_array([["a", "b", None, "a"]]))
    >>> texts.to_pylist(), counts.tolist()
    (['a', 'b'], [2, 1])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type) and not any(chunk.dictionary.null_count for chunk in column.chunks):
        coded = column.unify_dictionaries().combine_chunks()
        texts = coded.dictionary
        if len(pc.unique(texts)) == len(texts):
            valid = None if weights is None else weights[coded.is_valid().to_numpy(zero_copy_only=False)]
            counts = np.bincount(coded.indices.drop_null(), valid, len(texts)).astype(np.int64, copy=False)
            filled = np.flatnonzero(counts)
            return (texts, counts) if len(filled) == len(texts) else (texts.take(pa.array(filled)), counts[filled])
    if weights is not None:
        return distinct_texts(pa.chunked_array([plain(column).combine_chunks().dictionary_encode()]), weights)
    counted = pc.value_counts(plain(column).drop_null())
    return counted.field("values"), counted.field("counts").to_numpy()
