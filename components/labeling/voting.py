"""Voting: labeling functions run over rows, all expressions in one pass; what went wrong is told by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from components.artifacts.findings import Finding
from components.artifacts.votes import ABSTAIN, Fault, FaultKind
from components.labeling.functions import LabelingFunction, Prepared, Rows, check_names, takes_rows
from components.runtime.errors import DataError, DefinitionError, nearest

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

OnFault = Literal["fail", "abstain"]
SHOWN = 5
"""Rows that a fault names."""
PROBED = 2
"""Rows that tell whether an expression gives a vote a row: a sum or a constant gives one."""


@dataclass(frozen=True)
class Said:
    """What one function said: votes [n_rows], -1 where it abstained or failed, and its faults."""

    votes: "NDArray[np.int8]"
    faults: tuple[Fault, ...] = ()


def vote_matrix(
    rows: "pl.DataFrame", functions: Sequence[LabelingFunction], tables: "Mapping[str, pl.DataFrame] | None" = None
) -> "NDArray[np.int8]":
    """Return the votes of all functions, [n_rows, n_functions], -1 where one abstains.

    Raises
    ------
    DefinitionError
        If two functions have one name, or a needed column or table is missing.
    DataError
        If a function raises, takes too long, or does not give one of its classes, -1 or null for every row.

    """
    said = vote_all(rows, functions, tables or {})
    refuse_faults(fault for one in said for fault in one.faults)
    return stacked([one.votes for one in said], rows.height)


def stacked(columns: "Sequence[NDArray[np.int8]]", n_rows: int) -> "NDArray[np.int8]":
    """Return columns side by side, [n_rows, n_columns], each contiguous in memory."""
    import numpy as np

    matrix = np.empty((n_rows, len(columns)), np.int8, order="F")
    for index, column in enumerate(columns):
        matrix[:, index] = column
    return matrix


def vote_all(
    rows: "pl.DataFrame", functions: Sequence[LabelingFunction], tables: "Mapping[str, pl.DataFrame]",
    shared: "Mapping[str, pl.Series] | None" = None,
) -> list[Said]:  # fmt: skip
    """Return what each function said, in order; ``shared`` are prepared columns that are there already, the others are computed.

    Expressions run together, which shares work between them and uses every core. A function that fails abstains on the rows that it
    failed on: on all of them, unless it ran row by row or voted outside its classes.
    """
    from components.labeling.isolation import vote_by_row, vote_with_timeout

    check_names(functions)
    wanted = {one.name: one for function in functions for one in function.uses}
    for function in functions:
        missing = [one for one in function.uses if not shared or one.name not in shared]
        _require(function.name, [function.own_needs, *(one.needs for one in missing)], rows.columns)
    ready = {name: shared[name] if shared and name in shared else prepare(one, rows, tables) for name, one in wanted.items()}
    full = Rows(rows.with_columns(**ready), tables)
    said: dict[str, Said] = {}
    expressions: dict[str, pl.Expr] = {}
    for function in functions:
        if function.by_row or function.timeout is not None:
            said[function.name] = (vote_by_row if function.by_row else vote_with_timeout)(function, full)
            continue
        found = _asked(function, full)
        if isinstance(found, Said):
            said[function.name] = found
        else:
            expressions[function.name] = found
    said |= _selected({f.name: f for f in functions}, expressions, full.frame)
    return [said[function.name] for function in functions]


def prepare(one: Prepared, rows: "pl.DataFrame", tables: "Mapping[str, pl.DataFrame]") -> "pl.Series":
    """Return a prepared column, [n_rows]."""
    import polars as pl

    found = one.function(Rows(rows, tables)) if takes_rows(one.function) else one.function()  # type: ignore[call-arg]
    column = rows.select(found.alias(one.name))[one.name] if isinstance(found, pl.Expr) else pl.Series(one.name, found)
    if len(column) != rows.height:
        raise DataError(f"the prepared column '{one.name}' has {len(column)} values for {rows.height} rows")
    return column


def as_votes(function: LabelingFunction, found: "pl.Series", n_rows: int) -> Said:
    """Return a column as votes; where a value is none of the classes the function abstains, and a fault says so."""
    import polars as pl

    if len(found) != n_rows:
        return failed(function, n_rows, "bad-vote", f"gave {len(found)} votes for {n_rows} rows")
    if not (found.dtype.is_integer() or found.dtype == pl.Null):
        return failed(function, n_rows, "bad-vote", f"votes in {found.dtype}; votes are whole numbers, and null abstains")
    allowed = (ABSTAIN, *function.classes)
    low, high = cast("tuple[int | None, int]", (found.min(), found.max()))
    is_whole = set(range(min(allowed), max(allowed) + 1)) == set(allowed)
    if low is None or (is_whole and min(allowed) <= low and high <= max(allowed)):
        return Said(found.cast(pl.Int8).fill_null(ABSTAIN).to_numpy())
    strange = found.is_not_null() & ~found.is_in(allowed)
    votes = found.set(strange, None).cast(pl.Int8).fill_null(ABSTAIN).to_numpy()
    if not strange.any():
        return Said(votes)
    positions = strange.arg_true()
    first = found.filter(strange).unique().sort()[0]
    expected = ", ".join(str(one) for one in function.classes)
    message = f"voted {first}; its classes are {expected}, and null abstains"
    return Said(votes, (Fault(function.name, "bad-vote", message, len(positions), tuple(positions[:SHOWN].to_list())),))


def failed(function: LabelingFunction, n_rows: int, kind: FaultKind, message: str) -> Said:
    """Return what a function said that failed on all rows."""
    import numpy as np

    return Said(np.full(n_rows, ABSTAIN, np.int8), (Fault(function.name, kind, message, n_rows, tuple(range(min(SHOWN, n_rows)))),))


def raised(error: Exception) -> str:
    """Return an error as one line."""
    return f"raised {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"


def refuse_faults(faults: Iterable[Fault]) -> None:
    """Raise a `DataError` with a finding for each fault, if there is any."""
    found = list(faults)
    if not found:
        return
    first = found[0]
    findings = [
        Finding(f"labeling-function-{one.kind}", "fail", one.function, one.message, count=one.n_rows,
                examples=tuple(f"row {row}" for row in one.rows))
        for one in found
    ]  # fmt: skip
    raise DataError(
        f"labeling function '{first.function}' {first.message}", findings if len(found) > 1 or first.n_rows else (),
        fix="mend it, or let failing functions abstain: on_fault='abstain'",
    )  # fmt: skip


def _require(function: str, needs: Sequence[tuple[str, ...] | None], columns: Sequence[str]) -> None:
    for name in (name for some in needs for name in some or ()):
        if name not in columns:
            raise DefinitionError(
                f"labeling function '{function}' needs the column '{name}'",
                expected=f"one of {', '.join(columns)}",
                nearest=nearest(name, columns),
            )


def _asked(function: LabelingFunction, rows: Rows) -> "pl.Expr | Said":
    """Return the expression of a function that gives one, as a vote a row; else what it said."""
    import polars as pl

    try:
        found = function.function(rows) if takes_rows(function.function) else function.function()  # type: ignore[arg-type,call-arg]
        if not isinstance(found, pl.Expr):
            return as_votes(function, pl.Series(cast("pl.Series", found)), rows.frame.height)
        probe = rows.frame.head(PROBED)
        if (n_votes := probe.select(found).height) != probe.height:
            return failed(
                function, rows.frame.height, "bad-vote", f"gave {n_votes} votes for {rows.frame.height} rows; use columns, no sums"
            )
    except DefinitionError:
        raise
    except Exception as error:  # noqa: BLE001 - a user's function may raise anything, and its name is told with it
        return failed(function, rows.frame.height, "raised", raised(error))
    return found


def _selected(functions: Mapping[str, LabelingFunction], expressions: "Mapping[str, pl.Expr]", frame: "pl.DataFrame") -> dict[str, Said]:
    """Return the votes of all expressions of one pass, or, where one raises, of a pass each.

    Expressions that look at one row at a time share the rows out among all cores, so that a single function has them all too.
    """
    if not expressions:
        return {}
    try:
        alone = all(one.meta.is_row_separable() for one in expressions.values())
        found = frame.lazy().select(**expressions).collect(engine="streaming" if alone else "in-memory")
    except Exception as error:  # noqa: BLE001 - as above; which one it was shows alone
        if len(expressions) > 1:
            return {name: said for one in expressions for name, said in _selected(functions, {one: expressions[one]}, frame).items()}
        name = next(iter(expressions))
        return {name: failed(functions[name], frame.height, "raised", raised(error))}
    return {name: as_votes(functions[name], found[name], frame.height) for name in expressions}
