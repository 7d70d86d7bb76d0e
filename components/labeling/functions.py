"""Labeling functions: named rules of a user that vote on rows, each a Polars expression."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from components.artifacts.votes import ABSTAIN
from components.runtime.errors import DataError, DefinitionError, nearest

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""Names are also names of files."""

MAX_CLASS = 127
"""Votes are stored in eight bits with a sign."""


@dataclass(frozen=True, eq=False)
class LabelingFunction:
    """A rule that votes for a class or abstains.

    ``function`` takes nothing and returns a Polars expression over the feature columns: one of ``classes``, or null to abstain.
    ``description`` is the first line of its docstring. Made by ``@labeling_function``.
    """

    name: str
    function: "Callable[[], pl.Expr]"
    classes: tuple[int, ...] = (0, 1)
    description: str = ""
    __wrapped__: "Callable[[], pl.Expr]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a name that is no file name and classes that are none; keep the plain function in reach of the code digest."""
        if not NAME.fullmatch(self.name):
            raise DefinitionError("a labeling function has a bad name", expected="lower case, digits and _", got=repr(self.name))
        if not self.classes or not 0 <= min(self.classes) <= max(self.classes) <= MAX_CLASS:
            raise DefinitionError(
                f"labeling function '{self.name}' has no such classes", expected=f"0 to {MAX_CLASS}", got=str(self.classes)
            )
        object.__setattr__(self, "__wrapped__", self.function)

    @cached_property
    def expression(self) -> "pl.Expr":
        """The expression of the votes."""
        return self.function()

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The columns that the expression reads, sorted."""
        return tuple(sorted(set(self.expression.meta.root_names())))

    def vote(self, rows: "pl.DataFrame") -> "NDArray[np.int8]":
        """Return the votes [n_rows] in row order, -1 where the expression is null.

        Raises
        ------
        DefinitionError
            If a needed column is missing.
        DataError
            If there is not one vote a row, or a vote is none of the classes.

        """
        import polars as pl

        self._require(rows.columns)
        found = rows.select(self.expression.alias("vote"))["vote"]
        if len(found) != rows.height:
            raise DataError(f"labeling function '{self.name}' gave {len(found)} votes for {rows.height} rows", fix="use columns, no sums")
        if not (found.dtype.is_integer() or found.dtype == pl.Null):
            raise DataError(f"labeling function '{self.name}' votes in {found.dtype}; votes are whole numbers, and null abstains")
        votes = found.cast(pl.Int64)
        strange = votes.filter(votes.is_not_null() & ~votes.is_in(self.classes)).unique().sort()
        if len(strange):
            expected = ", ".join(str(one) for one in self.classes)
            raise DataError(f"labeling function '{self.name}' voted {strange[0]}; its classes are {expected}, and null abstains")
        return votes.cast(pl.Int8).fill_null(ABSTAIN).to_numpy()

    def _require(self, columns: Sequence[str]) -> None:
        for column in self.needs:
            if column not in columns:
                raise DefinitionError(
                    f"labeling function '{self.name}' needs the column '{column}'",
                    expected=f"one of {', '.join(columns)}",
                    nearest=nearest(column, columns),
                )


@overload
def labeling_function(function: "Callable[[], pl.Expr]", /) -> LabelingFunction: ...
@overload
def labeling_function(
    *, name: str | None = None, classes: tuple[int, ...] = (0, 1)
) -> "Callable[[Callable[[], pl.Expr]], LabelingFunction]": ...
def labeling_function(
    function: "Callable[[], pl.Expr] | None" = None, /, *, name: str | None = None, classes: tuple[int, ...] = (0, 1)
) -> "LabelingFunction | Callable[[Callable[[], pl.Expr]], LabelingFunction]":
    """Return the function as a labeling function; plain ``@labeling_function`` or with arguments.

    ``name`` defaults to the function's own. Raises a `DefinitionError` if another labeling function of the module has the name.

    Examples
    --------
    >>> import polars as pl
    >>> @labeling_function
    ... def evening() -> pl.Expr:
    ...     '''Late in the evening.'''
    ...     return pl.when(pl.col("hour") >= 17).then(1)
    >>> evening.vote(pl.DataFrame({"hour": [9, 18]})).tolist(), evening.needs
    ([-1, 1], ('hour',))

    """

    def decorate(function: "Callable[[], pl.Expr]") -> LabelingFunction:
        description = (function.__doc__ or "").strip().partition("\n")[0]
        made = LabelingFunction(name or function.__name__, function, classes, description)
        _refuse_namesake(made, function)
        return made

    return decorate if function is None else decorate(function)


def vote_matrix(rows: "pl.DataFrame", functions: Sequence[LabelingFunction]) -> "NDArray[np.int8]":
    """Return the votes of all functions, [n_rows, n_functions], -1 where one abstains.

    Raises
    ------
    DefinitionError
        If two functions have one name, or a needed column is missing.
    DataError
        If a function does not give one of its classes or null for every row.

    """
    import numpy as np

    names = [function.name for function in functions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DefinitionError("two labeling functions have one name", got=", ".join(twice), fix="Give one of them a `name=`.")
    columns = [function.vote(rows) for function in functions]
    return np.stack(columns, axis=1) if columns else np.empty((rows.height, 0), np.int8)


def _refuse_namesake(made: LabelingFunction, function: "Callable[[], Any]") -> None:
    """Raise if another variable of the function's module already holds a labeling function of that name."""
    for variable, value in function.__globals__.items():
        if variable != function.__name__ and isinstance(value, LabelingFunction) and value.name == made.name:
            raise DefinitionError(
                f"two labeling functions of {function.__module__} are called '{made.name}'",
                got=f"{variable} and {function.__name__}",
                fix="Give one of them another `name=`.",
            )
