"""The slicing functions of a pipeline, as its ``slicing.py`` has them."""

import polars as pl

from components.measures.slicing import slicing_function


@slicing_function
def late_hours() -> pl.Expr:
    """Rows of the evening."""
    return pl.col("hour") >= 2


@slicing_function
def first_letter() -> pl.Expr:
    """Rows by how the carrier begins."""
    return pl.col("carrier").str.slice(0, 1)


FUNCTIONS = (late_hours, first_letter)
