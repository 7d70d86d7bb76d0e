"""Few distinct numbers a column, before histogram boosting: what its own binning of weighted rows would spend most of a fit on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def snapped(inputs: "NDArray[np.float64]", weights: "NDArray[np.float64]", n_values: int) -> "NDArray[np.float64]":
    r"""Snap training inputs [n_rows, n_columns] in place, so that no column has more than ``n_values`` distinct numbers, and return them; NaN stays.

    A column of more is snapped to its weighted quantiles, each number to the nearest one, the lower of two. Boosting puts its thresholds half
    way between distinct numbers, which is just where the nearest quantile changes: numbers that were not snapped fall on the same side, so
    that the model takes raw columns. scikit-learn (1.9) looks up each quantile of weighted rows by a sort of its own instead.
    """
    import numpy as np

    ranks = (np.arange(n_values) + 0.5) / n_values
    for column in inputs.T:
        known = ~np.isnan(column)
        numbers, known_weights = column[known], weights[known]
        order = np.argsort(numbers, kind="stable")
        numbers = numbers[order]
        distinct = numbers[np.append(True, numbers[1:] > numbers[:-1])] if len(numbers) else numbers
        if len(distinct) <= n_values:
            continue
        reached = np.cumsum(known_weights[order])
        kept = np.unique(numbers[np.minimum(np.searchsorted(reached, ranks * reached[-1]), len(numbers) - 1)])
        column[known] = kept[np.searchsorted((kept[1:] + kept[:-1]) / 2, column[known])]
    return inputs
