"""Set aside the rows that a schema says to quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.findings import Findings
from components.artifacts.quarantined_rows import REASONS, QuarantinedRows
from components.artifacts.schema import Schema
from components.artifacts.statistics import Statistics
from components.runtime.component import component
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.validation.component import ValidationConfig, judged
from components.validation.quarantine import reasons

if TYPE_CHECKING:
    import pyarrow as pa


class SetAside(NamedTuple):
    """The rows that go on and the others."""

    examples: Examples
    quarantined: QuarantinedRows


@component
def set_aside_rows(
    examples: Examples,
    findings: Findings,
    statistics: Statistics,
    schema: Schema,
    span: Span,
    *,
    environment: str | None = None,
    engine: Engine = INLINE,
) -> SetAside:
    """Return the rows that break no rule whose severity is `quarantine`, and the others with the codes of what they break.

    `findings` are those of `validate_examples` on the same inputs; where they set no row aside, the examples go on as they are and no row
    is read. Of every row: in = out + quarantined, and the counts of the examples say so.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    said = None
    if any(finding.severity == "quarantine" for finding in findings.findings):
        subject, found, _ = judged(examples, statistics, schema, span, ValidationConfig(environment=environment), engine)
        said = reasons(subject, found, engine)
    if said is None:
        none = examples.schema.empty_table()
        return SetAside(examples, _quarantined(none, pa.array([], pa.string())))
    rows, texts = examples.to_arrow(), said.to_arrow().cast(pa.string())
    aside = pa.array((said != "").to_numpy())
    counts = examples.counts | {"quarantined": int((said != "").sum())}
    kept = Examples.from_arrow(rows.filter(pc.invert(aside)), **counts)
    quarantined = _quarantined(rows.filter(aside), texts.filter(aside))
    if examples.n_rows != kept.n_rows + quarantined.n_rows:
        raise AssertionError(f"{examples.n_rows} rows in, {kept.n_rows} out and {quarantined.n_rows} quarantined")
    return SetAside(kept, quarantined)


def _quarantined(rows: pa.Table, texts: pa.Array) -> QuarantinedRows:
    """Return rows with their reasons; a column of the data that is called as those gets an underscore."""
    rows = rows.rename_columns([f"{name}_" if name == REASONS else name for name in rows.column_names])
    others = [name for name in rows.column_names if name not in (ROW_ID, EVENT_TIME)]
    return QuarantinedRows.from_arrow(rows.append_column(REASONS, texts).select([ROW_ID, EVENT_TIME, REASONS, *others]))
