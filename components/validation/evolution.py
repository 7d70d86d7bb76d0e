"""How a schema would have to change for what a window of spans holds, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.artifacts.schema import Schema
from components.artifacts.schema_columns import Column, scalar
from components.artifacts.statistics import ColumnFigures, Statistics
from components.validation.inference import infer_column, type_word, with_rows, worst_missing


@dataclass(frozen=True)
class Change:
    """One line of a schema that would change: the keys that lead to it, the new value, and what was seen."""

    path: tuple[str, ...]
    value: object
    evidence: str

    @property
    def place(self) -> tuple[str, ...]:
        """The entry of `schema.yaml` that it is in: a column, or a rule of the whole."""
        return self.path[:2] if self.path[0] == "columns" else self.path[:1]

    def __str__(self) -> str:
        """Say where and why."""
        return f"{'.'.join(self.path)}: {self.evidence}"


def evolve(schema: Schema, window: Mapping[str, Statistics]) -> list[Change]:
    """Return what the schema would have to say for the spans of a window to keep it.

    New columns are described as `infer_schema` would; columns of which no span has any are `deprecated`; new values join their list,
    intervals, lengths and row counts widen to what was seen, missing shares rise to twice the worst span's. Rules that hold stay as they are,
    and those that statistics do not show (keys, conditions, forms) are left alone.

    Raises
    ------
    DataError
        If no span has rows.
    """
    spans, whole = with_rows(window)
    found = list(_row_changes(schema, spans))
    for name, column in schema.columns.items():
        if name in whole.figures:
            found += _column_changes(name, column, whole.column(name), spans)
        elif column.is_checked and column.presence.required:
            found.append(Change(("columns", name, "stage"), "deprecated", f"in none of {len(spans)} spans"))
    for name in whole.columns:
        if name not in schema.columns and not any(
            name.startswith((f"{one}.", f"{one}[]", f"{one}:")) for one in whole.columns if one != name
        ):
            body, evidence = infer_column(name, spans, whole.column(name))
            since = next(span for span, one in spans.items() if name in one.figures)
            found.append(
                Change(("columns", name), {**body, "presence": {"required": False, "min_fraction": 0.0}}, f"new since {since}; {evidence}")
            )
    return found


def evolved(schema: Schema, changes: Sequence[Change]) -> Schema:
    """Return the schema with the changes made."""
    body = schema.to_plain()
    for change in changes:
        place: Any = body
        for key in change.path[:-1]:
            place = place.setdefault(key, {})
        place[change.path[-1]] = change.value
    return Schema.model_validate(body, strict=False)


def _row_changes(schema: Schema, spans: Mapping[str, Statistics]) -> Iterator[Change]:
    counts = {span: one.n_rows for span, one in spans.items()}
    fewest, most = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if counts[fewest] < schema.rows.min:
        yield Change(("rows", "min"), counts[fewest], f"{counts[fewest]:,} rows on {fewest}")
    if schema.rows.max is not None and counts[most] > schema.rows.max:
        yield Change(("rows", "max"), counts[most], f"{counts[most]:,} rows on {most}")


def _column_changes(name: str, column: Column, whole: ColumnFigures, spans: Mapping[str, Statistics]) -> Iterator[Change]:
    if not column.is_checked:
        return
    word = type_word(whole.type)
    if word is not None and whole.count and word != column.type:
        body, evidence = infer_column(name, spans, whole)
        yield Change(("columns", name), body, f"is {whole.type} now; {evidence}")
        return
    share, worst = worst_missing(name, spans)
    if 1 - share < column.presence.min_fraction:
        fraction = round(max(0.0, 1 - 2 * share), 2)
        yield Change(("columns", name, "presence", "min_fraction"), fraction, f"missing in {share:.1%} of the rows of {worst}")
    if whole.count and word == column.type:
        yield from _value_changes(name, column, whole, spans)


def _value_changes(name: str, column: Column, whole: ColumnFigures, spans: Mapping[str, Statistics]) -> Iterator[Change]:
    domain, low, high = column.domain, whole.minimum, whole.maximum
    if column.type == "string" and domain.values:
        unseen = [text for text in whole.top if text not in domain.values]
        if unseen:
            said = ", ".join(f"{text!r} {whole.top[text]:,} times since {_first(name, text, spans)}" for text in unseen[:5])
            more = f" and {len(unseen) - 5} more" if len(unseen) > 5 else ""  # noqa: PLR2004 - as many as are named
            yield Change(("columns", name, "domain", "values"), [*domain.values, *sorted(unseen)], said + more)
    if low is None or high is None:
        return
    if column.type in ("int64", "float64"):
        if domain.min is not None and low < scalar(column.type, domain.min):  # type: ignore[operator]  # numbers
            yield Change(("columns", name, "domain", "min"), low, f"as low as {low:g}")
        if domain.max is not None and high > scalar(column.type, domain.max):  # type: ignore[operator]
            yield Change(("columns", name, "domain", "max"), high, f"as high as {high:g}")
    if column.length is not None and whole.measure in ("characters", "bytes", "elements"):
        if column.length.min is not None and low < column.length.min:
            yield Change(("columns", name, "length", "min"), low, f"as short as {low}")
        if column.length.max is not None and high > column.length.max:
            yield Change(("columns", name, "length", "max"), high, f"as long as {high}")


def _first(name: str, text: str, spans: Mapping[str, Statistics]) -> str:
    return next(span for span, one in spans.items() if name in one.figures and text in one.column(name).top)
