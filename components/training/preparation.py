"""Preparing the inputs of many rows: what is learned of the columns from short ones, and one matrix that batches of rows are written into."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray
    from sklearn.compose import ColumnTransformer

BATCH = 131_072
"""Rows that are prepared or predicted at a time: 20 columns of float64 are 21 MB."""

COMMON = 50
"""Rows that a category must have to get a flag of its own."""


class Transforms(Protocol):
    """What turns rows into numbers."""

    def transform(self, rows: "pl.DataFrame") -> "NDArray[np.generic]":
        """Return an array of as many rows."""
        ...


def texts_of(inputs: "pl.DataFrame") -> list[str]:
    """Return the names of the columns that are categories."""
    import polars as pl

    return [name for name, dtype in inputs.schema.items() if dtype == pl.String]


def batches(inputs: "pl.DataFrame") -> "Iterator[tuple[slice, pl.DataFrame]]":
    """Yield the rows in batches, each with its place; slices, not copies."""
    for start in range(0, inputs.height, BATCH):
        part = inputs.slice(start, BATCH)
        yield slice(start, start + part.height), part


def transformed(step: Transforms, inputs: "pl.DataFrame") -> "Iterator[tuple[slice, NDArray[np.generic]]]":
    """Yield the rows that a fitted step makes of each batch, with their place."""
    for rows, part in batches(inputs):
        yield rows, step.transform(part)


def matrix_of(columns: Transforms, inputs: "pl.DataFrame") -> "NDArray[np.float64]":
    """Return the prepared inputs, float64 in C order [n_rows, n_prepared], which estimators that take it take without a copy."""
    import numpy as np

    found = np.empty((0, 0))
    for rows, block in transformed(columns, inputs):
        if rows.start == 0:
            found = np.empty((inputs.height, block.shape[1]))
        found[rows] = block
    return found


def fit_columns(columns: "ColumnTransformer", inputs: "pl.DataFrame") -> None:
    """Fit the preparation of the columns, to what a fit on all the rows at once finds.

    Categories, medians and which columns have nulls are learned from the `condensed` rows; means and deviations from all, batch by batch.
    """
    columns.fit(condensed(inputs))
    numeric = columns.named_transformers_.get("numeric")
    if getattr(numeric, "steps", None) and inputs.width > len(texts_of(inputs)):
        impute, scale = numeric[:-1], numeric[-1]
        for rows, block in transformed(impute, inputs.drop(texts_of(inputs))):
            (scale.partial_fit if rows.start else scale.fit)(block)


def condensed(inputs: "pl.DataFrame") -> "pl.DataFrame":
    """Return a short frame of the same columns, of which each has the categories and their order by count, or the median, and nulls if it had some.

    A category has at most its number of rows: that number up to `COMMON`, and beyond one more for each larger number that another has. The
    commonest fills up. So encoders, which keep the common or the commonest, keep the same ones.
    """
    import polars as pl

    found = [_few_categories(inputs[name]) if dtype == pl.String else _few_numbers(inputs[name]) for name, dtype in inputs.schema.items()]
    height = max((len(one) for one in found), default=0)
    return pl.DataFrame([one.extend_constant(one[-1], height - len(one)) for one in found])


def _few_categories(column: "pl.Series") -> "pl.Series":
    """Return each category as often as it takes to keep their order, rarest first, so that the commonest is last."""
    import polars as pl

    counts = column.to_frame("category").group_by("category").len().sort("len", "category", nulls_last=True)
    above = pl.max_horizontal("len", pl.lit(COMMON)).rank("dense")
    often = counts.select(pl.col("category").repeat_by(pl.min_horizontal("len", pl.lit(COMMON)) + above - 1).explode())
    return often["category"].alias(column.name)


def _few_numbers(column: "pl.Series") -> "pl.Series":
    """Return the median of the known numbers, twice, the first null where any of the column is."""
    import numpy as np
    import polars as pl

    dtype = column.dtype if column.dtype.is_float() else pl.Float64()
    numbers = column.cast(dtype).to_numpy()
    missing = np.isnan(numbers)
    known = numbers[~missing]
    middle = float(np.median(known)) if len(known) else None
    return pl.Series(column.name, [None if missing.any() else middle, middle], dtype)
