"""Labeling functions: named rules of a user that vote on rows, and the columns that several of them share."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from components.measures.made_from import columns_read
from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""Names are also names of files."""

MAX_CLASS = 127
"""Votes are stored in eight bits with a sign."""

ROW_SECONDS = 1.0
"""What a row-wise function may take for one row, where it does not say: a function that takes longer is stuck."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What a function of rows sees: their columns, prepared ones among them, and the lookup tables that it names."""

    frame: "pl.DataFrame"
    tables: "Mapping[str, pl.DataFrame]" = field(default_factory=dict)

    def table(self, name: str) -> "pl.DataFrame":
        """Return a lookup table."""
        if name not in self.tables:
            known = ", ".join(self.tables) or "none"
            raise DefinitionError(
                f"there is no lookup table '{name}'", expected=f"one of {known}", nearest=nearest(name, self.tables),
                fix="name it in tables= and give it to the step as lookups=",
            )  # fmt: skip
        return self.tables[name]


Column: TypeAlias = "pl.Expr | pl.Series | pa.Array"
Columnwise: TypeAlias = "Callable[[], pl.Expr] | Callable[[Rows], Column]"
Rowwise: TypeAlias = "Callable[[Mapping[str, Any]], int | None]"


@dataclass(frozen=True, eq=False)
class Prepared:
    """A column that functions share: computed once a span, kept across runs, and there under its name for those that ``uses`` it.

    ``columns`` are those that a function of rows reads, None for all; an expression tells its own. Made by ``@prepared``.
    """

    name: str
    function: "Columnwise"
    columns: tuple[str, ...] | None = None
    tables: tuple[str, ...] = ()
    __wrapped__: "Columnwise" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the plain function in reach of the code digest."""
        _check_name("a prepared column", self.name)
        object.__setattr__(self, "__wrapped__", self.function)

    @cached_property
    def needs(self) -> tuple[str, ...] | None:
        """The columns that it reads, sorted; None for all."""
        return needs_of(self.function, self.columns)


@dataclass(frozen=True, eq=False)
class LabelingFunction:
    """A rule that votes for a class or abstains; made by ``@labeling_function``, which tells the three forms of ``function``.

    Parameters
    ----------
    classes
        What it may vote for; -1 and null abstain.
    description
        The first line of its docstring.
    uses
        The prepared columns that it reads.
    tables
        The lookup tables that it reads.
    columns
        The columns that it reads; None for all. An expression tells its own.
    by_row
        Whether it is called with one row at a time.
    timeout
        The seconds that it may take: for a row, or, column-wise, for the span (in a process of its own). None: `ROW_SECONDS`, or no limit.

    """

    name: str
    function: "Columnwise | Rowwise"
    classes: tuple[int, ...] = (0, 1)
    description: str = ""
    uses: tuple[Prepared, ...] = ()
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    by_row: bool = False
    timeout: float | None = None
    __wrapped__: "Columnwise | Rowwise" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot work; keep the plain function in reach of the code digest."""
        _check_name("a labeling function", self.name)
        if not self.classes or not 0 <= min(self.classes) <= max(self.classes) <= MAX_CLASS:
            raise DefinitionError(
                f"labeling function '{self.name}' has no such classes", expected=f"0 to {MAX_CLASS}", got=str(self.classes)
            )
        if self.by_row and not self.columns:
            raise DefinitionError(f"labeling function '{self.name}' reads rows", fix="name the columns of a row: columns=(…)")
        object.__setattr__(self, "__wrapped__", self.function)

    @cached_property
    def own_needs(self) -> tuple[str, ...] | None:
        """The columns that it reads itself, without prepared ones, sorted; None for all."""
        read = self.columns if self.by_row else needs_of(self.function, self.columns)
        return None if read is None else tuple(sorted(set(read) - {one.name for one in self.uses}))

    @cached_property
    def needs(self) -> tuple[str, ...] | None:
        """The columns that it and the prepared ones that it uses read, sorted; None for all."""
        every = [self.own_needs, *(one.needs for one in self.uses)]
        return None if None in every else tuple(sorted({name for one in every for name in one or ()}))

    @cached_property
    def lookups(self) -> tuple[str, ...]:
        """The tables that it and what it uses read, sorted."""
        return tuple(sorted({*self.tables, *(name for one in self.uses for name in one.tables)}))

    def vote(self, rows: "pl.DataFrame", tables: "Mapping[str, pl.DataFrame] | None" = None) -> "NDArray[np.int8]":
        """Return the votes [n_rows] in row order, -1 where it abstains; see `components.labeling.voting.vote_matrix`."""
        from components.labeling.voting import vote_matrix

        return vote_matrix(rows, [self], tables)[:, 0]


@overload
def labeling_function(function: "Columnwise", /) -> LabelingFunction: ...
@overload
def labeling_function(
    *, name: str | None = None, classes: tuple[int, ...] = (0, 1), uses: tuple[Prepared, ...] = (), tables: tuple[str, ...] = (),
    columns: tuple[str, ...] | None = None, by_row: bool = False, timeout: float | None = None,
) -> "Callable[[Columnwise | Rowwise], LabelingFunction]": ...  # fmt: skip
def labeling_function(
    function: "Columnwise | None" = None, /, *, name: str | None = None, **options: Any
) -> "LabelingFunction | Callable[[Columnwise | Rowwise], LabelingFunction]":
    """Return the function as a labeling function; plain ``@labeling_function`` or with the arguments of `LabelingFunction`.

    A function without a parameter returns a Polars expression, which is fastest; one of `Rows` returns an expression, a series or an Arrow
    array; with ``by_row`` it is called with each row as a mapping and returns a class or None, which is slow. ``name`` defaults to the
    function's own. Raises a `DefinitionError` if another labeling function of the module has the name.

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

    def decorate(function: "Columnwise | Rowwise") -> LabelingFunction:
        description = (function.__doc__ or "").strip().partition("\n")[0]
        made = LabelingFunction(name or function.__name__, function, description=description, **options)
        _refuse_namesake(made, function)
        return made

    return decorate if function is None else decorate(function)


@overload
def prepared(function: "Columnwise", /) -> Prepared: ...
@overload
def prepared(*, columns: tuple[str, ...] | None = None, tables: tuple[str, ...] = ()) -> "Callable[[Columnwise], Prepared]": ...
def prepared(
    function: "Columnwise | None" = None, /, *, columns: tuple[str, ...] | None = None, tables: tuple[str, ...] = ()
) -> "Prepared | Callable[[Columnwise], Prepared]":
    """Return the function as a column of its name that labeling functions share: cleaned text, a model's scores.

    Examples
    --------
    >>> import polars as pl
    >>> @prepared
    ... def words() -> pl.Expr:
    ...     return pl.col("text").str.to_lowercase()
    >>> @labeling_function(uses=(words,))
    ... def offer() -> pl.Expr:
    ...     return pl.when(pl.col("words").str.contains("offer")).then(1)
    >>> offer.vote(pl.DataFrame({"text": ["OFFER", "hello"]})).tolist(), offer.needs
    ([1, -1], ('text',))

    """
    return Prepared(function.__name__, function, columns, tables) if function else lambda f: Prepared(f.__name__, f, columns, tables)


def check_names(functions: Sequence[LabelingFunction]) -> None:
    """Raise a `DefinitionError` where two functions, or two prepared columns, have one name."""
    for what, names in (
        ("labeling functions", [function.name for function in functions]),
        ("prepared columns", [one.name for one in {id(one): one for f in functions for one in f.uses}.values()]),
    ):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise DefinitionError(f"two {what} have one name", got=", ".join(twice), fix="Give one of them another name.")


def takes_rows(function: Callable[..., object]) -> bool:
    """Tell a function of rows from one that returns an expression of its own."""
    return bool(inspect.signature(function).parameters)


def needs_of(function: Callable[..., Any], declared: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the columns that a column-wise function reads, sorted; None for all."""
    if takes_rows(function):
        return None if declared is None else tuple(sorted(declared))
    read = columns_read(function())
    return None if read is None else tuple(sorted(read))


def _check_name(what: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise DefinitionError(f"{what} has a bad name", expected="lower case, digits and _", got=repr(name))


def _refuse_namesake(made: LabelingFunction, function: "Callable[..., Any]") -> None:
    """Raise if another variable of the function's module already holds a labeling function of that name."""
    for variable, value in function.__globals__.items():
        if variable != function.__name__ and isinstance(value, LabelingFunction) and value.name == made.name:
            raise DefinitionError(
                f"two labeling functions of {function.__module__} are called '{made.name}'",
                got=f"{variable} and {function.__name__}",
                fix="Give one of them another `name=`.",
            )
