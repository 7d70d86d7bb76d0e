"""A first guess at an unknown file's clock: the format of its times, their zone, and the length of a span."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from components.ingestion.cells import typed
from components.ingestion.inferred_types import STRAY_SHARE
from components.runtime.instants import from_micros, zone_named
from components.runtime.spans import Grain

if TYPE_CHECKING:
    import pyarrow as pa

DATES = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y%m%d", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", ", %H:%M")
FORMATS = (*(date + clock for date in DATES for clock in CLOCKS), "%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %Y")
"""Formats that people and servers write, beside ISO 8601; where day and month could be either, the month comes first."""

ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Sao_Paulo", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
"""Zones whose clocks many sources keep: the first one whose offsets are those of the file is the guess."""

OFFSET = re.compile(r"(?:Z|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))$")
BEGIN = from_micros(0)
"""Stands for what cannot be read."""

FEW_SPANS = 3
"""With fewer different firsts of months, or Mondays, nothing tells that a file comes by month or week."""


def time_format(values: Sequence[str | None]) -> str | None:
    """Return the first of the known formats that reads every text but a few strays, None where there is none.

    >>> time_format(["31.12.2013 08:00", None, "01.02.2013 09:30"]), time_format(["01/02/2013", "01/13/2013"]), time_format(["soon"])
    ('%d.%m.%Y %H:%M', '%m/%d/%Y', None)
    """
    present = [value for value in values if value]
    distinct = list(dict.fromkeys(present))
    if not present or not re.search(r"\d", present[0]):
        return None
    few, every = _texts(distinct[:50]), _texts(present)
    for form in FORMATS:
        if typed(few, "timestamp", form).null_count <= 1 and typed(every, "timestamp", form).null_count <= STRAY_SHARE * len(present):
            return form
    return None


def most_read(values: Sequence[str | None]) -> tuple[str, int, str]:
    """Return the known format that reads the most texts, how many it reads, and the first that it does not, or "".

    >>> most_read(["31.12.2013", "30.12.2013", "total"])
    ('%d.%m.%Y', 2, 'total')
    """
    present = [value for value in values if value]
    unread = {form or "ISO 8601": typed(_texts(present), "timestamp", form).is_null().to_pylist() for form in (None, *FORMATS)}
    form = min(unread, key=lambda one: sum(unread[one]))
    return (
        form,
        len(present) - sum(unread[form]),
        next((value for value, is_null in zip(present, unread[form], strict=True) if is_null), ""),
    )


def day_first_too(values: Sequence[str | None], form: str | None) -> str:
    """Return what to tell where times that are read month first could be read day first as well, else "".

    >>> day_first_too(["01/02/2013"], "%m/%d/%Y")[:39], day_first_too(["01/31/2013"], "%m/%d/%Y")
    ('read month first; where the day comes f', '')
    """
    other = (form or "").replace("%m/%d", "%d/%m")
    if other == (form or "") or typed(_texts([value for value in values if value]), "timestamp", other).null_count:
        return ""
    return f"read month first; where the day comes first, the format is {other!r}"


def zone_of(values: Sequence[str | None], instants: Sequence[datetime]) -> str:
    """Return the zone whose clock shows the UTC offsets of texts; UTC where they have none, or no known zone has them.

    >>> zone_of(["2013-07-01T08:00+02:00", "2013-12-01T08:00+01:00"], [datetime(2013, 7, 1, 6), datetime(2013, 12, 1, 7)])
    'Europe/Berlin'
    """
    seen = set()
    for text, instant in zip(values, instants, strict=True):
        if text and (match := OFFSET.search(text)) and ("T" in text or " " in text):
            minutes = 60 * int(match["hours"] or 0) + int(match["minutes"] or 0)
            seen.add((instant.replace(tzinfo=UTC), -minutes if match["sign"] == "-" else minutes))
    for name in ZONES if seen else ():
        zone = zone_named(name)
        if all((instant.astimezone(zone).utcoffset() or instant - instant).total_seconds() == 60 * minutes for instant, minutes in seen):
            return name
    return "UTC"


def instants_of(values: Sequence[str | None], form: str | None, zone: str) -> list[datetime]:
    """Return the instants of texts; those that cannot be read are the beginning of time."""
    times = typed(_texts([value or "" for value in values]), "timestamp", form, zone)
    return [from_micros(micros or 0) for micros in times.cast("int64").to_pylist()]


def grain_of(instants: Sequence[datetime], zone: str) -> Grain:
    """Return month or week where every time is the first of one, else day."""
    local = {instant.astimezone(zone_named(zone)).replace(tzinfo=None) for instant in instants}
    if len(local) < FEW_SPANS or any(moment.time() != moment.min.time() for moment in local):
        return Grain.DAY
    if all(moment.day == 1 for moment in local):
        return Grain.MONTH
    return Grain.WEEK if all(moment.weekday() == 0 for moment in local) else Grain.DAY


def _texts(values: Sequence[str]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array([pa.array(values, pa.string())])
