"""Votes of several functions as one number: their probabilities are looked up, and their counts counted, together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.votes import ABSTAIN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TABLE_SIZE = 1 << 12
"""Entries of a table, at most: it stays in the first caches of a core."""

RESCALED_EVERY = 6
"""Tables after which a product of probabilities is brought back to a maximum of 1: their entries are above 1e-9 each, see emissions."""


@dataclass(frozen=True)
class Packing:
    """Functions in chunks, so that a row's votes in a chunk are one number below ``TABLE_SIZE``: (k + 1) to the power of its functions."""

    chunks: tuple[tuple[int, ...], ...]
    n_classes: int

    @classmethod
    def of(cls, functions: Sequence[int], n_classes: int) -> "Packing":
        """Return the packing of these functions.

        >>> Packing.of(range(9), n_classes=2).chunks
        ((0, 1, 2, 3, 4, 5, 6), (7, 8))
        """
        width = 1
        while (n_classes + 1) ** (width + 1) <= TABLE_SIZE:
            width += 1
        return cls(tuple(tuple(functions[start : start + width]) for start in range(0, len(functions), width)), n_classes)

    def codes(self, votes: "NDArray[np.int8]") -> "list[NDArray[np.intp]]":
        """Return the numbers of each chunk, [n_rows], from votes [n_functions, n_rows]."""
        import numpy as np

        found = []
        for chunk in self.chunks:
            code = np.zeros(votes.shape[1], np.int16)
            for one in chunk:
                code *= np.int16(self.n_classes + 1)
                code += votes[one]
                code -= np.int16(ABSTAIN)
            found.append(code.astype(np.intp))
        return found

    def likelihoods(
        self, tables: "Sequence[NDArray[np.float64]]", codes: "list[NDArray[np.intp]]", n_states: int
    ) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Return P(votes | state) up to a factor a row, [n_states, n_rows], and the logarithm of that factor, [n_rows]."""
        import numpy as np

        n_rows = len(codes[0]) if codes else 0
        product, scale = np.ones((n_states, n_rows)), np.zeros(n_rows)
        for position, (chunk, code) in enumerate(zip(self.chunks, codes, strict=True), start=1):
            joint = np.ones((n_states, 1))
            for one in chunk:
                joint = (joint[:, :, None] * tables[one].T[:, None, :]).reshape(n_states, -1)
            product *= joint.take(code, axis=1)
            if position % RESCALED_EVERY == 0:
                largest = product.max(axis=0)
                product /= largest
                scale += np.log(largest)
        return product, scale

    def counts(self, codes: "list[NDArray[np.intp]]", weights: "NDArray[np.float64]") -> "dict[int, NDArray[np.float64]]":
        """Return, by function, the sum of ``weights`` [n_states, n_rows] by vote and state, [k + 1, n_states]."""
        import numpy as np

        size, found = self.n_classes + 1, {}
        for chunk, code in zip(self.chunks, codes, strict=True):
            shape = (size,) * len(chunk)
            cells = np.stack([np.bincount(code, state, size ** len(chunk)).reshape(shape) for state in weights], dtype=np.float64)
            for axis, one in enumerate(chunk, start=1):
                found[one] = cells.sum(axis=tuple(a for a in range(1, len(chunk) + 1) if a != axis)).T
        return found
