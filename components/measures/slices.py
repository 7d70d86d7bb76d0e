"""Slices: named parts of the rows that figures are broken down by, one vocabulary for whatever breaks figures down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examples import Examples
from components.measures.slice_terms import Quantiles, Term, names_of, read_term
from components.measures.slicing import functions_of
from components.runtime.errors import DefinitionError, nearest
from components.runtime.keys import CodeRef

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

CROSS = " & "
"""Between the terms of a cross, and between their values: slices of ``origin & carrier`` are called ``EWR & UA``."""

EdgesOf = Callable[[str, int], Sequence[float]]
"""Gives the n - 1 edges that cut a column's numbers, of rows known before, into n bins."""


@dataclass(frozen=True)
class Dimension:
    """One way to cut rows: its text, the terms that it crosses, and the slicing functions that it might have meant."""

    text: str
    terms: tuple[Term, ...]
    functions: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads, each once."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term.columns))


def dimensions_of(texts: Sequence[str], slicing: CodeRef | None = None) -> tuple[Dimension, ...]:
    """Return what texts of a configuration cut rows by; ``slicing`` names a pipeline's list of slicing functions.

    A text is a column (``carrier``), a condition in the schema's language (``distance > 1000``), ``quantiles(distance, 4)``, the name of a
    slicing function, or several of these crossed (``carrier & distance > 1000``).

    >>> dimensions_of(["carrier & distance > 1000"])[0].columns
    ('carrier', 'distance')
    """
    functions = functions_of(slicing)
    named = tuple(functions)
    return tuple(Dimension(text, tuple(read_term(one.strip(), functions) for one in text.split(CROSS)), named) for text in texts)


def columns_of(dimensions: Sequence[Dimension]) -> tuple[str, ...]:
    """Return the columns that dimensions read, each once."""
    return tuple(dict.fromkeys(name for dimension in dimensions for name in dimension.columns))


def with_edges(dimensions: Sequence[Dimension], edges_of: EdgesOf) -> tuple[Dimension, ...]:
    """Return the dimensions with the edges of their quantile bins; equal edges count once."""

    def cut(term: Term) -> Term:
        return replace(term, edges=tuple(sorted({*edges_of(term.column, term.n)}))) if isinstance(term, Quantiles) else term

    return tuple(replace(one, terms=tuple(map(cut, one.terms))) for one in dimensions)


def edges_of_spans(spans: Sequence[Examples]) -> EdgesOf:
    """Return what gives the edges of a column over some spans; nulls and NaN do not count, and no numbers give no edges."""

    def edges(column: str, n: int) -> list[float]:
        import polars as pl

        if any(column not in one.schema.names for one in spans):
            raise _missing(column, spans[0].schema.names)
        parts = [one.to_polars([column])[column].cast(pl.Float64, strict=False).fill_nan(None).drop_nulls().to_numpy() for one in spans]
        numbers = np.concatenate(parts) if parts else np.zeros(0)
        return [float(one) for one in np.quantile(numbers, np.arange(1, n) / n)] if len(numbers) else []

    return edges


def slices_of(rows: pl.DataFrame, dimensions: Sequence[Dimension | str]) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield (dimension, value, mask [n_rows]) for every value of every dimension, in order of dimension and value; null is ``(none)``.

    A column that is not there is a `DefinitionError`.

    >>> import polars as pl
    >>> [(d, v, m.tolist()) for d, v, m in slices_of(pl.DataFrame({"origin": ["JFK", "EWR", "JFK"]}), ["origin"])]
    [('origin', 'EWR', [False, True, False]), ('origin', 'JFK', [True, False, True])]
    """
    for dimension in dimensions:
        values, codes = coded(rows, dimension)
        for code, value in enumerate(values):
            yield dimension if isinstance(dimension, str) else dimension.text, value, codes == code


def coded(rows: pl.DataFrame, dimension: Dimension | str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the values of a dimension in their own order (null first, as ``(none)``), and each row's place among them, [n_rows].

    Of a cross only combinations that some row has are values. A column that is not there, or of a type that a condition or a slicing
    function does not take, is a `DefinitionError`.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"origin": ["JFK", "EWR", "JFK"], "hour": [9, 9, 10]})
    >>> coded(rows, "origin & hour")
    (['EWR & 9', 'JFK & 9', 'JFK & 10'], array([1, 0, 2]))
    >>> coded(rows, "hour > 9")
    (['no', 'yes'], array([0, 0, 1]))
    """
    import polars as pl

    whole = dimensions_of([dimension])[0] if isinstance(dimension, str) else dimension
    for name in whole.columns:
        if name not in rows.columns:
            raise _missing(name, (*rows.columns, *whole.functions))
    try:
        found = rows.select(term.code(rows.schema).alias(str(place)) for place, term in enumerate(whole.terms))
    except pl.exceptions.PolarsError as error:
        raise DefinitionError(f"'{whole.text}' does not suit its columns: {error}") from error
    names = found.columns
    distinct = found.unique().sort(names)
    codes = found.join(distinct.with_row_index("code"), on=names, how="left", nulls_equal=True, maintain_order="left")["code"]
    text = pl.concat_str([names_of(term, distinct[name]) for term, name in zip(whole.terms, names, strict=True)], separator=CROSS)
    return distinct.select(text).to_series().to_list(), codes.to_numpy().astype(np.int64)


def _missing(name: str, known: Sequence[str]) -> DefinitionError:
    return DefinitionError(f"there is no column '{name}' to slice by", expected=", ".join(known), nearest=nearest(name, known))
