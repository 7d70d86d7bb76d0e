"""Texts counted: each distinct one with how often it came, and its hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from components.measures.murmur import hash_rows
from components.measures.storage import plain

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

FEW = 8
"""Where at most every so many texts share their hash with another, counting those alone is faster than counting all."""


class CountedTexts(NamedTuple):
    """Distinct texts, in no particular order, how often each came, and the first half of its hash (`measures.murmur`), [n] each."""

    texts: pa.Array
    counts: NDArray[np.int64]
    hashes: NDArray[np.uint64]


def counted_texts(column: pa.ChunkedArray, weights: NDArray[np.int64] | None = None) -> CountedTexts:
    """Return the distinct values of a column of strings, null left out, and how often each came; exact.

    With `weights` [n_rows], at least 0, each row counts as many times; what then counts 0 times is left out. A column that is stored as a
    dictionary is counted by its codes, many times as fast; texts that are nearly all distinct by their hashes.

    >>> import pyarrow as pa
    >>> found = counted_texts(pa.chunked_array([["a", "b", None, "a"]]))
    >>> found.texts.to_pylist(), found.counts.tolist()
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
            if len(filled) < len(texts):
                texts, counts = texts.take(pa.array(filled)), counts[filled]
            return CountedTexts(texts, counts, _hashes(texts))
    if weights is not None:
        return counted_texts(pa.chunked_array([plain(column).combine_chunks().dictionary_encode()]), weights)
    return _counted(plain(column).drop_null().combine_chunks())


def _counted(texts: pa.Array) -> CountedTexts:
    """Return the distinct texts: those of a hash of their own are distinct for sure, so that only the others are looked at."""
    import pyarrow as pa

    hashes = _hashes(texts)
    ordered = np.sort(hashes)
    shared = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(shared):
        return CountedTexts(texts, np.ones(len(texts), np.int64), hashes)
    if FEW * len(shared) > len(texts):
        counted = texts.value_counts()
        return CountedTexts(counted.field("values"), counted.field("counts").to_numpy(), _hashes(counted.field("values")))
    places = np.searchsorted(shared, hashes).clip(max=len(shared) - 1)
    alike = shared[places] == hashes
    counted = texts.filter(pa.array(alike)).value_counts()
    repeated = counted.field("values")
    return CountedTexts(
        pa.concat_arrays([texts.filter(pa.array(~alike)), repeated]),
        np.append(np.ones(len(texts) - int(alike.sum()), np.int64), counted.field("counts").to_numpy()),
        np.append(hashes[~alike], _hashes(repeated)),
    )


def _hashes(texts: pa.Array) -> NDArray[np.uint64]:
    return hash_rows(texts)[:, 0]
