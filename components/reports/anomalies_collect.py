"""Collecting: what the checks of a window of spans found, and the rows that were set aside, from the store into the page."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from components.artifacts.delivery import Quarantine
from components.artifacts.findings import Findings
from components.artifacts.quarantined_rows import QuarantinedRows
from components.artifacts.statistics import Statistics
from components.reports.anomalies_view import AlarmView, AnomaliesView, Anomaly, SetAside, gathered, n_rules, unjudged
from components.reports.formats import when
from components.reports.run_view import Checked
from components.run.blast_radius import blast_radius
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.spans import Span
from components.runtime.value import Value
from components.store.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_ROWS = 100
"""Set-aside rows of one source and span that the page shows; the file beside it has them all."""
FOLDER = "set-aside"


def anomalies_view(
    store: Store, pipeline: Pipeline, spans: Sequence[Span], as_of: datetime, directory: Path, *, charts: bool = True
) -> AnomaliesView:
    """Return what the newest checks of each span of a window found; files of the rows that were set aside are written into ``directory``.

    Nothing is computed. A check that a span has no result of counts as "not-run". With ``charts`` an anomaly leads to its column's place on
    the page of statistics beside this one.

    Raises
    ------
    DataError
        If the store has no result of any check in the window.
    """
    keys = [span.key for span in spans]
    checks = [Checked(step, span, value) for step, span, value in _values(store, pipeline, keys, Findings) if isinstance(value, Findings)]
    if not checks:
        raise DataError(
            f"the store has no findings of {keys[0]} to {keys[-1]}", where=pipeline.name,
            fix=f"run `almanac backfill {pipeline.name} {keys[0]} {keys[-1]}`",
        )  # fmt: skip
    missing = [
        Checked(step, key, Findings((), 0, "not-run"))
        for step in _makers(pipeline, Findings)
        for key in keys
        if not any((one.step, one.span) == (step, key) for one in checks)
    ]
    columns = frozenset(_columns(store, pipeline, keys))
    return AnomaliesView(
        pipeline=pipeline.name,
        as_of=when(as_of, pipeline.calendar.zone),
        spans=tuple(keys),
        n_checked_spans=len({one.span for one in checks}),
        n_rules=n_rules(one.findings for one in checks),
        anomalies=tuple(
            _with_context(one, store, pipeline, columns, charts=charts) for one in gathered([*checks, *_of_sources(store, pipeline, keys)])
        ),
        unjudged=unjudged([*checks, *missing]),
        set_aside=tuple(_set_aside(store, pipeline, keys, directory)),
        alarms=tuple(_alarms(store, pipeline, keys)),
    )


def _values(store: Store, pipeline: Pipeline, keys: Sequence[str], kind: type[Value]) -> Iterator[tuple[str, str, Value]]:
    """Yield (step, span, value) of the newest outputs of a kind that the data steps made at some spans."""
    executions = store.executions(pipeline.name)
    for step in _makers(pipeline, kind):
        for one in executions.up_to(step, keys[-1], len(keys)):
            records = executions.outputs(one.id).values() if one.span in keys else ()
            yield from ((step, one.span, store.load(record)) for record in records if record.kind == kind.kind)


def _of_sources(store: Store, pipeline: Pipeline, keys: Sequence[str]) -> Iterator[Checked]:
    """Yield what stands about the rows that some spans got, or did not get, from their sources."""
    for one in store.source_findings(pipeline.name).standing():
        if one.span in keys:
            finding = replace(
                one.finding, fix="Have it delivered again, or mend the declaration; almanac sources lists what was delivered."
            )
            yield Checked(f"source {one.source}", one.span, Findings.of([finding], checked=0))


def _makers(pipeline: Pipeline, kind: type[Value]) -> list[str]:
    """Return the data steps that make a kind of value, in order."""
    return [step.name for step in pipeline.of_graph("data") if any(one.type is kind for one in step.component.outputs.values())]


def _columns(store: Store, pipeline: Pipeline, keys: Sequence[str]) -> Iterator[str]:
    """Yield the columns of the newest statistics of the window."""
    for _, _, value in islice(_values(store, pipeline, keys[-1:], Statistics), 1):
        yield from value.columns if isinstance(value, Statistics) else ()


def _with_context(anomaly: Anomaly, store: Store, pipeline: Pipeline, columns: frozenset[str], *, charts: bool) -> Anomaly:
    """Return an anomaly with what it stops downstream, what is made of its column, and the address of the column's chart."""
    column = next((word for word in anomaly.newest.where.replace(",", " ").split() if word in columns), "")
    stopped = _downstream(pipeline, anomaly.check) if anomaly.severity == "fail" else ()
    touches = [f"nothing ran of it: {', '.join(stopped)}"] if stopped else []
    if column:
        lines = blast_radius(store, pipeline, [column], ()).lines()
        touches += [line for line in lines if not line.startswith("columns") and not line.endswith(": none")]
    return replace(anomaly, touches=tuple(touches), chart=f"statistics.html#column-{quote(column)}" if column and charts else "")


def _downstream(pipeline: Pipeline, check: str) -> tuple[str, ...]:
    """Return the data steps that a failing check keeps from its span, in order."""
    reached = {check}
    for step in pipeline.of_graph("data"):
        if reached & set(step.upstream):
            reached.add(step.name)
    return tuple(step.name for step in pipeline.of_graph("data") if step.name in reached and step.name != check)


def _set_aside(store: Store, pipeline: Pipeline, keys: Sequence[str], directory: Path) -> Iterator[SetAside]:
    """Yield the rows that schemas keep back, span by span, and those that could not be read, delivery by delivery."""
    for step, span, value in _values(store, pipeline, keys, QuarantinedRows):
        if isinstance(value, QuarantinedRows) and value.n_rows:
            yield _written(step, span, value.to_arrow(), "reasons", directory)
    for one in store.roots(pipeline.name).deliveries():
        inside = one.quarantine is not None and (not one.first_span or one.first_span <= keys[-1]) and (one.last_span or keys[0]) >= keys[0]
        unread = store.load(store.artifact(one.quarantine)) if inside and one.quarantine is not None else None
        if isinstance(unread, Quarantine):
            yield _written(one.source, f"delivery {one.version}", unread.to_arrow(), "reason", directory)


def _written(source: str, span: str, rows: pa.Table, reason: str, directory: Path) -> SetAside:
    """Write the rows as CSV and return the first of them; bytes are UTF-8 or, where they are not, hexadecimal digits."""
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source}-{span.replace(' ', '-').replace(':', '-').replace('/', '-')}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows.column_names)
        for batch in rows.to_batches():
            writer.writerows(zip(*(map(_text, column.to_pylist()) for column in batch.columns), strict=True))
    head = rows.slice(0, SHOWN_ROWS).to_pylist()
    reasons: dict[str, int] = {}
    for text in rows.column(reason).to_pylist():
        reasons[text] = reasons.get(text, 0) + 1
    shown = tuple(tuple(_text(value) for value in row.values()) for row in head)
    return SetAside(source, span, rows.num_rows, reasons, tuple(rows.column_names), shown, f"{FOLDER}/{path.name}")


def _text(value: object) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    return "" if value is None else value.isoformat(" ") if isinstance(value, datetime) else str(value)


def _alarms(store: Store, pipeline: Pipeline, keys: Sequence[str]) -> Iterator[AlarmView]:
    """Yield the alarms that the production lane raised at the window's spans."""
    for entry in store.ledger(pipeline.name).entries("alarm"):
        value: Mapping[str, object] = entry.value
        if value.get("span") in keys:
            yield AlarmView(str(value["span"]), entry.subject, float(str(value["rank"])), entry.why)
