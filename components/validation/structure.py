"""Rules about the span as a whole: its columns, their types, and how many rows there are."""

from __future__ import annotations

from collections.abc import Iterator

from components.artifacts.examples import ROW_ID
from components.artifacts.findings import Severity
from components.runtime.errors import nearest
from components.validation.breach import Breach, Subject
from components.validation.types import type_name


def columns(subject: Subject) -> Iterator[Breach | None]:
    """Check that required columns are there (`column-missing`), and no others (`column-new`)."""
    found = [name for name in subject.examples.schema.names if name != ROW_ID]
    expected = subject.schema.columns
    new = [name for name in found if name not in expected]
    for name, column in expected.items():
        lacking = column.is_checked and column.presence.required and name not in found
        yield _missing(name, column.type, nearest(name, new)) if lacking else None
    for name in new:
        yield Breach(
            code="column-new",
            where=name,
            message="the schema does not know this column",
            expected=f"{len(expected)} columns",
            got=str(subject.examples.schema.field(name).type),
            fix="Describe it in schema.yaml, or leave it out at the source's `columns`.",
        )


def types(subject: Subject) -> Iterator[Breach | None]:
    """Check that columns have the schema's types (`type-changed`); a column of nothing but nulls has whatever type it likes."""
    for name, column, _ in subject.columns():
        got = subject.examples.schema.field(name).type
        if type_name(got) in (column.type, "null"):
            yield None
            continue
        fix = "Convert it at the source, or change its type in schema.yaml and what is computed from it."
        yield Breach("type-changed", name, "the column has another type", column.type, str(got), fix, about=name)


def row_count(subject: Subject) -> Iterator[Breach | None]:
    """Check the number of rows (`empty-span`, `too-few-rows`, `too-many-rows`)."""
    rules, n_rows = subject.schema.rows, subject.examples.n_rows
    bounds = f"{rules.min} rows or more" if rules.max is None else f"{rules.min} to {rules.max} rows"
    fix = "See whether the delivery is complete and delivered once; mend `rows` in schema.yaml if the source has changed."
    if n_rows == 0:
        severity: Severity | None = "info" if rules.min == 0 else None
        yield Breach("empty-span", "rows", "the span has no rows", bounds, "0 rows", fix, severity=severity)
    elif n_rows < rules.min:
        yield Breach("too-few-rows", "rows", "the span has too few rows", bounds, f"{n_rows} rows", fix)
    elif rules.max is not None and n_rows > rules.max:
        yield Breach("too-many-rows", "rows", "the span has too many rows", bounds, f"{n_rows} rows", fix)
    else:
        yield None


def _missing(name: str, column_type: str, near: str | None) -> Breach:
    fix = "Bring it back at the source, or say `required: false` in schema.yaml."
    got = f"no such column; was it renamed to {near!r}?" if near else "no such column"
    return Breach("column-missing", name, "a required column is missing", f"{name}: {column_type}", got, fix, about=name)
