"""Probabilities of classes: lists in a column of a file, a matrix where one works on them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


def as_lists(probabilities: "NDArray[np.float64]") -> "pl.Series":
    """Return a column of lists from probabilities [n_rows, n_classes], null where they are NaN.

    >>> import numpy as np
    >>> as_lists(np.array([[0.25, 0.75], [np.nan, np.nan]])).to_list()
    [[0.25, 0.75], None]
    """
    import numpy as np
    import polars as pl
    import pyarrow as pa

    n_rows, n_classes = probabilities.shape
    offsets = pa.array(np.arange(n_rows + 1) * n_classes, pa.int64())
    unknown = pa.array(np.isnan(probabilities).any(axis=1))
    lists = pa.LargeListArray.from_arrays(offsets, pa.array(probabilities.ravel()), mask=unknown)
    return pl.Series(lists)


def as_matrix(lists: "pl.Series", n_classes: int) -> "NDArray[np.float64]":
    """Return [n_rows, n_classes] of a column of lists: NaN where it is null, 0 for classes beyond a list's end.

    >>> import polars as pl
    >>> as_matrix(pl.Series([[0.25, 0.75], None]), 3).tolist()
    [[0.25, 0.75, 0.0], [nan, nan, nan]]
    """
    import numpy as np
    import polars as pl

    given = lists.drop_nulls().cast(pl.List(pl.Float64))
    padded = [given.list.get(one, null_on_oob=True).fill_null(0.0).to_numpy() for one in range(n_classes)]
    found = np.full((len(lists), n_classes), np.nan)
    found[lists.is_not_null().to_numpy()] = np.stack(padded, axis=1)
    return found
