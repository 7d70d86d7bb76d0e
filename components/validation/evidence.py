"""Evidence: what makes a finding of a breach, the rows that break the rule counted and a few of them shown with their keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from components.artifacts.examples import ROW_ID
from components.artifacts.findings import Finding
from components.validation.breach import Breach, Subject

if TYPE_CHECKING:
    import polars as pl

MAX_TEXT = 80
"""Characters of one value that an example shows."""


def finding(breach: Breach, subject: Subject, example_rows: int) -> Finding:
    """Return the finding of a breach; `count` is over all rows, examples are the first rows in the span's order."""
    count, examples = (None, ()) if breach.rows is None else _rows(breach, breach.rows, subject, example_rows)
    return Finding(
        code=breach.code,
        severity=breach.severity or subject.schema.severity_of(breach.code, breach.about),
        where=breach.where,
        message=breach.message,
        expected=breach.expected,
        got=breach.got,
        fix=breach.fix,
        count=count,
        examples=examples,
    )


def _rows(breach: Breach, broken: pl.Expr, subject: Subject, example_rows: int) -> tuple[int, tuple[str, ...]]:
    present = subject.examples.schema.names
    key = [name for name in subject.schema.key if name in present] or [ROW_ID]
    frame = subject.examples.to_polars(list(dict.fromkeys([*key, *breach.columns]))).filter(broken)
    return frame.height, tuple(_example(row) for row in frame.head(example_rows).iter_rows(named=True))


def _example(row: dict[str, object]) -> str:
    return " ".join(f"{name}={_text(value)}" for name, value in row.items())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    text = value.isoformat() if isinstance(value, datetime) else "null" if value is None else str(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
