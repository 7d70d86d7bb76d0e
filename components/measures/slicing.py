"""Slicing functions: named slices that a pipeline's own code tells."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

from components.runtime.errors import DefinitionError
from components.runtime.keys import CodeRef

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class SlicingFunction:
    """A slice by name: an expression over columns, a boolean (the slices are ``yes`` and ``no``) or anything else (a slice for each value)."""

    name: str
    function: "Callable[[], pl.Expr]"
    __wrapped__: "Callable[[], pl.Expr]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the plain function in reach of the code digest."""
        object.__setattr__(self, "__wrapped__", self.function)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads, sorted."""
        return tuple(sorted(set(self.function().meta.root_names())))


def slicing_function(function: "Callable[[], pl.Expr]") -> SlicingFunction:
    """Return the function as a slicing function of its name.

    Raises
    ------
    DefinitionError
        If it takes a parameter: a slice is an expression over columns, as a labeling function without a parameter is.

    Examples
    --------
    >>> import polars as pl
    >>> @slicing_function
    ... def commuters() -> pl.Expr:
    ...     return (pl.col("hour") < 9) & (pl.col("weekday") <= 5)
    >>> commuters.name, commuters.columns
    ('commuters', ('hour', 'weekday'))

    """
    if inspect.signature(function).parameters:
        raise DefinitionError(f"slicing function '{function.__name__}' takes a parameter", fix="return an expression over columns")
    return SlicingFunction(function.__name__, function)


def functions_of(slicing: CodeRef | None) -> dict[str, SlicingFunction]:
    """Return the slicing functions that a pipeline's list names, by name; none without a list."""
    listed = cast("Sequence[SlicingFunction]", slicing.load()) if slicing else ()
    return {one.name: one for one in listed}
