"""Blocks of a long array, so that work in several steps stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 65_536
"""Numbers of a block: 512 KiB of doubles, a few of which fit the second-level cache of a core. Part of the bytes of moments."""

Item = TypeVar("Item", bound=np.generic)


def blocks(values: NDArray[Item]) -> Iterator[NDArray[Item]]:
    """Yield the consecutive parts of at most `BLOCK` values, as views; none for an empty array.

    >>> [len(block) for block in blocks(np.zeros(150_000))]
    [65536, 65536, 18928]
    """
    return (values[start : start + BLOCK] for start in range(0, len(values), BLOCK))
