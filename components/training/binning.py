"""Few distinct numbers a column, a byte each, before histogram boosting: what its own binning of weighted rows would spend most of a fit on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.training.preparation import texts_of, transformed

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import DTypeLike, NDArray
    from sklearn.compose import ColumnTransformer

MISSING = 255
"""The code of NaN; boosting takes at most 255 bins, so that other codes end at 254."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Columns of few distinct numbers, [n_rows, n_columns]: ``codes`` uint8 in Fortran order, and the ``numbers`` that each column's codes mean.

    It stands in for the array of float64, which is eight times as large: columns that are asked for are made when they are asked for.
    scikit-learn's boosting copies the numbers and the categories apart and together again, so that one array fewer is in memory.

    >>> import numpy as np
    >>> coded = Coded(np.array([[0], [1], [MISSING]], np.uint8, order="F"), (np.array([2.5, 7.0]),))
    >>> np.asarray(coded)[:, 0].tolist()
    [2.5, 7.0, nan]
    """

    codes: "NDArray[np.uint8]"
    numbers: "tuple[NDArray[np.float64], ...]"

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.codes.shape

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def __getitem__(self, key: "tuple[slice, Sequence[int] | NDArray[np.generic] | slice]") -> "NDArray[np.float64]":
        """Return the rows of a slice, and of them the columns that are picked by place or by a mask, in Fortran order."""
        import numpy as np

        rows, places = self.codes[key[0]], np.arange(self.shape[1])[key[1]]
        found = np.empty((len(rows), len(places)), order="F")
        for to, place in enumerate(places):
            table = np.full(MISSING + 1, np.nan)
            table[: len(self.numbers[place])] = self.numbers[place]
            found[:, to] = table[rows[:, place]]
        return found

    def __array__(self, dtype: "DTypeLike | None" = None, copy: bool | None = None) -> "NDArray[np.generic]":
        """Return all columns as an array."""
        return self[:, :].astype(dtype or float, copy=False)


def coded(columns: "ColumnTransformer", inputs: "pl.DataFrame", weights: "NDArray[np.float64]", n_values: int) -> Coded:
    """Return the inputs as the fitted ``columns`` (codes for categories, then numbers) prepare them, every number snapped, column by column."""
    import numpy as np
    import polars as pl

    texts = texts_of(inputs)
    codes = np.empty((inputs.height, inputs.width), np.uint8, order="F")
    if texts:
        for rows, block in transformed(columns.named_transformers_["categorical"], inputs.select(texts)):
            codes[rows, : len(texts)] = np.nan_to_num(block, nan=MISSING)
    numbers = [np.arange(float(MISSING))] * len(texts)
    for place, name in enumerate(inputs.columns[len(texts) :], len(texts)):
        codes[:, place], kept = snapped(inputs[name].cast(pl.Float64).to_numpy(), weights, n_values)
        numbers.append(kept)
    return Coded(codes, tuple(numbers))


def snapped(
    column: "NDArray[np.float64]", weights: "NDArray[np.float64]", n_values: int
) -> "tuple[NDArray[np.uint8], NDArray[np.float64]]":
    r"""Return codes [n_rows] of at most ``n_values`` distinct numbers (255 or fewer) that stand for a column, and the numbers, ascending.

    A column of more is snapped to its weighted quantiles, each number to the nearest one, the lower of two. Boosting puts its thresholds half
    way between distinct numbers, which is just where the nearest quantile changes: numbers that were not snapped fall on the same side, so
    that the model takes raw columns. scikit-learn (1.9) looks up each quantile of weighted rows by a sort of its own instead.
    """
    import numpy as np

    known = ~np.isnan(column)
    codes = np.full(len(column), MISSING, np.uint8)
    order = np.argsort(column[known], kind="stable")
    numbers = column[known][order]
    if not len(numbers):
        return codes, numbers
    kept = numbers[np.append(True, numbers[1:] > numbers[:-1])]
    bounds = kept[:-1]
    if len(kept) > n_values:
        reached = np.cumsum(weights[known][order])
        ranks = (np.arange(n_values) + 0.5) / n_values
        kept = np.unique(numbers[np.minimum(np.searchsorted(reached, ranks * reached[-1]), len(numbers) - 1)])
        bounds = (kept[1:] + kept[:-1]) / 2
    in_order = np.diff(np.searchsorted(numbers, bounds, side="right"), prepend=0, append=len(numbers))
    found = np.empty(len(numbers), np.uint8)
    found[order] = np.repeat(np.arange(len(kept), dtype=np.uint8), in_order)
    codes[known] = found
    return codes, kept
