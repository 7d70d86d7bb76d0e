"""A first guess at the event time of an unknown file: which column it is, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.ingestion.cells import EPOCHS, typed
from components.ingestion.inferred_times import day_first_too, most_read, time_format
from components.runtime.errors import DataError

if TYPE_CHECKING:
    from components.ingestion.sources.column import ColumnType

Cells = Mapping[str, Sequence[str | None]]

TIME_WORDS = ("time", "date", "timestamp", "at", "day", "when", "ts")
RECENT = (1e8, 4.1e9)
"""Seconds since 1970 of the years 1973 to 2099: numbers outside are no times."""

DAY_NUMBER = re.compile(r"(19|20)\d{6}")
"""A day as a whole number, such as 20130105."""


@dataclass(frozen=True)
class TimeColumn:
    """The column that seems to be the event time, its format (None: ISO 8601, or typed), other candidates, and what to tell of it, or ""."""

    name: str
    form: str | None
    others: tuple[str, ...]
    remark: str


def time_column(cells: Cells, kinds: Mapping[str, ColumnType], location: str) -> TimeColumn:
    """Return the column that does best as event time; numbers since 1970 count by their name, or where there is nothing else.

    Raises
    ------
    DataError
        If no column holds times; it names the one that nearly does.
    """
    formats = {name: form for name, kind in kinds.items() if _may_have_format(kind, cells[name]) and (form := time_format(cells[name]))}
    read_as: dict[str, ColumnType] = {name: "timestamp" if kinds[name] == "string" else "date" for name in formats}
    for any_name in (False, True):
        ranks = {name: _rank(name, read_as.get(name, kind), cells[name], any_name=any_name) for name, kind in kinds.items()}
        times = sorted((name for name in ranks if ranks[name]), key=lambda name: ranks[name])
        if times:
            when = times[-1]
            form = formats.get(when) or (_epoch(cells[when]) if kinds[when] in ("integer", "float") else None)
            remark = f"numbers that read as times ({form}), for want of others" if any_name else day_first_too(cells[when], form)
            return TimeColumn(when, form, tuple(times[:-1]), remark)
    raise DataError(
        f"no column of the file holds times{_nearly(cells, kinds)}",
        where=location,
        fix="Take lines out that are no rows (totals, notes), or declare the source by hand (docs/sources.md): EventTime takes a format.",
    )


def _may_have_format(kind: ColumnType, values: Sequence[str | None]) -> bool:
    return kind == "string" or (kind == "integer" and all(DAY_NUMBER.fullmatch(value) for value in values if value))


def _nearly(cells: Cells, kinds: Mapping[str, ColumnType]) -> str:
    """Say which column of texts nearly holds times, and the first text that is none; "" where none does."""
    found = {name: most_read(cells[name]) for name, kind in kinds.items() if kind == "string"}
    name = max(found, key=lambda one: found[one][1], default=None)
    if name is None or 2 * found[name][1] < sum(map(bool, cells[name])):
        return ""
    form, n_read, stray = found[name]
    return f": of {name} {n_read:,} of {sum(map(bool, cells[name])):,} cells are times ({form}), not {stray!r}"


def _epoch(values: Sequence[str | None]) -> str | None:
    """Return the unit in which numbers are times since 1970 in this century; None if none fits."""
    import pyarrow as pa

    numbers = typed(pa.chunked_array([pa.array(values, pa.string())]), "float").drop_null().to_pylist()
    for name, micros in EPOCHS.items():
        seconds = [number * micros / 1e6 for number in numbers]
        if seconds and RECENT[0] < min(seconds) and max(seconds) < RECENT[1]:
            return name
    return None


def _rank(name: str, kind: ColumnType, values: Sequence[str | None], *, any_name: bool) -> tuple[float, ...]:
    """Return how well a column would do as event time, larger is better; () if it cannot."""
    named = any(word in name.lower().replace("@", "").split("_") or name.lower().endswith(word) for word in TIME_WORDS)
    numeric = kind in ("integer", "float")
    if numeric and not ((named or any_name) and _epoch(values)):
        return ()
    if not numeric and kind not in ("timestamp", "date"):
        return ()
    filled = sum(bool(value) for value in values) / len(values)
    return (1 if filled > 0.99 else 0, {"timestamp": 2, "date": 1}.get(kind, 0) + int(named), filled)  # noqa: PLR2004
