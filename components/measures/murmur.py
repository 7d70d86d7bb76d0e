"""MurmurHash3 x64 128 (Austin Appleby, SMHasher, 2011) of many byte rows at once: the same on every machine and in every release.

It is no defence against an adversary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

# The multipliers and additive constants of MurmurHash3_x64_128 (SMHasher, MurmurHash3.cpp).
_C1 = np.uint64(0x87C37B91114253D5)
_C2 = np.uint64(0x4CF5AD432745937F)
_N1 = np.uint64(0x52DCE729)
_N2 = np.uint64(0x38495AB5)
_FMIX1 = np.uint64(0xFF51AFD7ED558CCD)
_FMIX2 = np.uint64(0xC4CEB9FE1A85EC53)

_FIRST_BYTES = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)  # mask of the first n bytes of a word
SPARE_BYTES = 24  # read beyond the last row, whatever they are: bytes that have them need not be copied
CHUNK_ROWS = 16_384  # rows hashed at a time: bounds the memory, and keeps short rows and the arrays between in the cache


def hash_rows(column: pa.Array | pa.ChunkedArray, seed: int = 0) -> NDArray[np.uint64]:
    """Return the 128-bit hash of each cell of a string or binary column.

    Memory beyond the result is bounded by the bytes of 16,384 rows; long rows cost one step per 16 bytes of the longest.

    Parameters
    ----------
    column : binary, large_binary, fixed_size_binary, string or large_string, without nulls; slices are fine.
    seed : 32-bit seed.

    Returns
    -------
    [n_rows, 2] uint64: the two halves; as little-endian bytes they are the published digest.

    Raises
    ------
    ValueError
        If a cell is null: encode it first, as `row_keys` does.

    Examples
    --------
    >>> import pyarrow as pa
    >>> [f"{half:016x}" for half in hash_rows(pa.array([b"hello"]))[0]]
    ['cbd8a7b341bd9b02', '5b1e906a48ae1d19']
    """
    import pyarrow as pa

    if column.null_count:
        raise ValueError(f"hash_rows got {column.null_count} nulls; encode nulls as bytes before hashing")
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    hashes = np.empty((len(column), 2), dtype=np.uint64)
    done = 0
    for chunk in chunks:
        for start in range(0, len(chunk), CHUNK_ROWS):
            part = chunk.slice(start, CHUNK_ROWS)
            hashes[done : done + len(part)] = _murmur3(*_bytes_and_offsets(part), seed)
            done += len(part)
    return hashes


def mix64(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return each 64-bit word scrambled by `fmix64`, the finaliser of MurmurHash3: one to one, and 0 stays 0."""
    mixed = values.copy()
    _mix(mixed, np.empty_like(mixed))
    return mixed


def _bytes_and_offsets(column: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of the rows and `SPARE_BYTES` more, and the n_rows + 1 offsets into them."""
    import pyarrow as pa

    kind, n_rows, first = column.type, len(column), column.offset
    if pa.types.is_fixed_size_binary(kind):
        offsets = np.arange(first, first + n_rows + 1, dtype=np.int64) * kind.byte_width
    else:
        width = np.int64 if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind) else np.int32
        stored = np.frombuffer(column.buffers()[1] or bytes(8), dtype=width)
        offsets = stored[first : first + n_rows + 1].astype(np.int64)
    start, end, buffer = int(offsets[0]), int(offsets[-1]), column.buffers()[-1]
    if buffer is not None and end + SPARE_BYTES <= buffer.size:
        return np.frombuffer(buffer, dtype=np.uint8, count=end - start + SPARE_BYTES, offset=start), offsets - start
    data = np.zeros(end - start + SPARE_BYTES, dtype=np.uint8)
    if end > start:
        data[: end - start] = np.frombuffer(buffer, dtype=np.uint8, count=end - start, offset=start)
    return data, offsets - start


def _murmur3(data: NDArray[np.uint8], offsets: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """Return [n_rows, 2] hashes; rows go longest first, so that those with a block left are always a prefix."""
    lengths = np.diff(offsets)
    n_blocks = lengths >> 4
    stride = int(lengths[0]) if len(lengths) and (lengths == lengths[0]).all() else 0
    order = np.argsort(-n_blocks, kind="stable") if len(n_blocks) and n_blocks.min() != n_blocks.max() else slice(None)
    starts, blocks = offsets[:-1][order], n_blocks[order]
    words: NDArray[np.uint64] = np.ndarray(len(data) - 7, dtype="<u8", buffer=data, strides=(1,))  # the 8 bytes from each byte on
    h1 = np.full(len(lengths), seed, dtype=np.uint64)
    h2, scratch = h1.copy(), np.empty_like(h1)
    active = np.searchsorted(-blocks, -np.arange(int(blocks[0]) if len(blocks) else 0), side="left")
    for block, n_active in enumerate(active):
        a, b, s = h1[:n_active], h2[:n_active], scratch[:n_active]
        a ^= _scramble(words[_places(starts[:n_active], 16 * block, stride)] * _C1, 31, _C2, s)
        _rotate(a, 27, s)
        a += b
        a *= np.uint64(5)
        a += _N1
        b ^= _scramble(words[_places(starts[:n_active], 16 * block + 8, stride)] * _C2, 33, _C1, s)
        _rotate(b, 31, s)
        b += a
        b *= np.uint64(5)
        b += _N2
    ordered_lengths = lengths[:1] if stride else lengths[order]
    tail = ordered_lengths & 15
    if tail.any():  # a word of zeros changes nothing
        ends = starts if stride else starts + 16 * blocks
        whole = stride // 16 * 16
        low, high = (words[_places(ends, whole + half, stride)] for half in (0, 8))
        h1 ^= _scramble((low & _FIRST_BYTES[np.minimum(tail, 8)]) * _C1, 31, _C2, scratch)
        h2 ^= _scramble((high & _FIRST_BYTES[np.maximum(tail - 8, 0)]) * _C2, 33, _C1, scratch)
    _finalise(h1, h2, ordered_lengths.astype(np.uint64), scratch)
    hashes = np.empty((len(lengths), 2), dtype=np.uint64)
    hashes[order, 0] = h1
    hashes[order, 1] = h2
    return hashes


def _places(starts: NDArray[np.int64], offset: int, stride: int) -> NDArray[np.int64] | slice:
    """Return where the rows' bytes from an offset on lie: a slice, many times as fast, if all rows have one length above 0."""
    return slice(offset, offset + stride * (len(starts) - 1) + 1, stride) if stride else starts + offset


# What follows works in place, with scratch of the same size: to ask for an array a step costs more than the steps.


def _finalise(h1: NDArray[np.uint64], h2: NDArray[np.uint64], lengths: NDArray[np.uint64], scratch: NDArray[np.uint64]) -> None:
    h1 ^= lengths
    h2 ^= lengths
    h1 += h2
    h2 += h1
    _mix(h1, scratch)
    _mix(h2, scratch)
    h1 += h2
    h2 += h1


def _mix(words: NDArray[np.uint64], scratch: NDArray[np.uint64]) -> None:
    words ^= np.right_shift(words, np.uint64(33), out=scratch)
    words *= _FMIX1
    words ^= np.right_shift(words, np.uint64(33), out=scratch)
    words *= _FMIX2
    words ^= np.right_shift(words, np.uint64(33), out=scratch)


def _rotate(words: NDArray[np.uint64], bits: int, scratch: NDArray[np.uint64]) -> None:
    np.left_shift(words, np.uint64(bits), out=scratch)
    words >>= np.uint64(64 - bits)
    words |= scratch


def _scramble(words: NDArray[np.uint64], bits: int, factor: np.uint64, scratch: NDArray[np.uint64]) -> NDArray[np.uint64]:
    _rotate(words, bits, scratch)
    words *= factor
    return words
