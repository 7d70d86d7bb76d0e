"""Distinct counts: HyperLogLog registers, which merge by their maximum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.measures.blocks import blocks
from components.measures.murmur import hash_rows, mix64

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

PRECISION = 12
"""Bits of the hash that choose a register: 4,096 registers of one byte."""

RELATIVE_ERROR = 1.04 / math.sqrt(1 << PRECISION)
"""The estimate's standard error, 1.6 % (Flajolet, Fusy, Gandouet, Meunier 2007, theorem 1)."""

_N_REGISTERS = 1 << PRECISION
_RANK_BITS = 64 - PRECISION
_ALPHA = 0.7213475204444817  # 1 / (2 ln 2)
_GAMMA = np.uint64(0x9E3779B97F4A7C15)  # SplitMix64's increment (Steele, Lea, Flood 2014): moves 0 off the fixed point of the mix


def registers_of_words(words: NDArray[np.int64]) -> bytes:
    """Return the registers of 64-bit values: integers, or the bits of floats with one zero and one NaN."""
    return _registers(mix64(block.view(np.uint64) + _GAMMA) for block in blocks(words))


def registers_of_texts(column: pa.Array | pa.ChunkedArray) -> bytes:
    """Return the registers of strings or bytes without nulls."""
    return registers_of_hashes(hash_rows(column)[:, 0])


def registers_of_hashes(hashes: NDArray[np.uint64]) -> bytes:
    """Return the registers of texts whose hashes are known: the first halves that `measures.murmur` gives."""
    return _registers(blocks(hashes))


def merge(parts: Sequence[bytes]) -> bytes:
    """Return the registers of all parts together: exact in any order; parts that were not hashed are empty and do not count."""
    filled = [np.frombuffer(part, dtype=np.uint8) for part in parts if part]
    return np.maximum.reduce(filled).tobytes() if filled else b""


def estimate(registers: bytes) -> float | None:
    """Return the estimated number of distinct values; None if nothing was hashed.

    The raw estimator of Flajolet et al. 2007 is biased below 5 x 4,096 values. This is Ertl's improved one (2017, New cardinality
    estimation algorithms for HyperLogLog sketches, algorithm 6), unbiased over the whole range without tables, and without `log`.

    >>> round(estimate(registers_of_words(np.arange(100))))
    100
    """
    if not registers:
        return None
    counts = np.bincount(np.frombuffer(registers, dtype=np.uint8), minlength=_RANK_BITS + 2).tolist()
    z = _N_REGISTERS * _tau(1 - counts[_RANK_BITS + 1] / _N_REGISTERS)
    for rank in range(_RANK_BITS, 0, -1):
        z = 0.5 * (z + counts[rank])
    z += _N_REGISTERS * _sigma(counts[0] / _N_REGISTERS)
    return _ALPHA * _N_REGISTERS * _N_REGISTERS / z


def _registers(parts: Iterable[NDArray[np.uint64]]) -> bytes:
    """Return per register the highest rank, the place of the first 1 in the rest of the hash, 0 where no hash fell.

    The smallest rest has the highest rank, so that ranks are taken once a register, not once a hash.
    """
    rests = np.full(_N_REGISTERS, 1 << _RANK_BITS, dtype=np.uint64)
    for hashes in parts:
        np.minimum.at(rests, (hashes >> np.uint64(_RANK_BITS)).view(np.int64), hashes & np.uint64((1 << _RANK_BITS) - 1))
    exponents = ((rests.astype(np.float64) * 2 + 1).view(np.int64) >> 52) - 1023  # at most 54 bits; only the empty register's is rounded
    return (_RANK_BITS + 1 - exponents).astype(np.uint8).tobytes()


def _sigma(x: float) -> float:
    """Return x + sum of x^(2^k) 2^(k-1) over k >= 1 (Ertl 2017, equation 29); infinite at 1, where every register is 0."""
    if x == 1:
        return math.inf
    y, z, previous = 1.0, x, -1.0
    while z != previous:
        x, previous = x * x, z
        z, y = z + x * y, y + y
    return z


def _tau(x: float) -> float:
    """Return (1 - x - sum of (1 - x^(2^-k))^2 2^-k over k >= 1) / 3 (Ertl 2017, equation 33)."""
    if x in (0, 1):
        return 0.0
    y, z, previous = 1.0, 1 - x, -1.0
    while z != previous:
        x, previous, y = math.sqrt(x), z, 0.5 * y
        z -= (1 - x) * (1 - x) * y
    return z / 3
