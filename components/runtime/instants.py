"""Instants: UTC datetimes and their int64 microseconds, local clocks, and durations such as `2 days`."""

from __future__ import annotations

import functools
import re
import zoneinfo
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self, cast, get_args

from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Unit = Literal["minute", "hour", "day", "week", "month"]
UNITS: tuple[Unit, ...] = get_args(Unit)


def to_micros(instant: datetime) -> int:
    """Return microseconds since 1970-01-01T00:00Z, exactly; a datetime without a zone is a `DefinitionError`.

    Examples
    --------
    >>> to_micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if instant.tzinfo is None:
        raise DefinitionError(
            "a datetime without a time zone is not an instant", got=repr(instant), fix="Give it a tzinfo, UTC if in doubt."
        )
    return (instant - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC datetime of microseconds since 1970-01-01T00:00Z; the inverse of `to_micros`."""
    return EPOCH + timedelta(microseconds=micros)


@functools.cache
def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """Return the IANA time zone of a name; an unknown one is a `DefinitionError` with the nearest name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        found = nearest(name, zoneinfo.available_timezones())
        raise DefinitionError(
            "unknown time zone", expected="an IANA name such as 'America/New_York'", got=repr(name), nearest=found
        ) from error


def local_edge(wall: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return the first instant (UTC) at which a local clock shows a wall time or, where it skips that time, a later one.

    A wall time that occurs twice means its first occurrence. Midnight of 2018-11-04 does not exist in America/Sao_Paulo:
    that day's edge is the instant at which the clock jumps from 00:00 to 01:00.

    Examples
    --------
    >>> local_edge(datetime(2018, 11, 4), zone_named("America/Sao_Paulo")).isoformat()
    '2018-11-04T03:00:00+00:00'
    """
    before, after = offsets(wall, zone)
    if before >= after:
        return (wall - before).replace(tzinfo=UTC)
    return offset_change((wall - after).replace(tzinfo=UTC), (wall - before).replace(tzinfo=UTC), zone)


def offsets(wall: datetime, zone: zoneinfo.ZoneInfo) -> tuple[timedelta, timedelta]:
    """Return the UTC offsets of a wall time on both sides of a change of the clock (PEP 495, fold 0 and 1), equal elsewhere.

    The first is greater where the time occurs twice, and smaller where it is skipped.
    """
    local = wall.replace(tzinfo=zone)
    return cast("timedelta", local.utcoffset()), cast("timedelta", local.replace(fold=1).utcoffset())


def offset_at(instant: datetime, zone: zoneinfo.ZoneInfo) -> timedelta:
    """Return the UTC offset of a zone at an instant."""
    return cast("timedelta", instant.astimezone(zone).utcoffset())


def offset_change(early: datetime, late: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return the first instant after `early`, at most `late`, with another offset than `early`, by bisection; there must be one change."""
    offset = offset_at(early, zone)
    while late - early > MICROSECOND:
        middle = early + (late - early) // 2
        if offset_at(middle, zone) == offset:
            early = middle
        else:
            late = middle
    return late


def parse_instant(text: str, zone: str) -> datetime:
    """Return the UTC instant of an ISO 8601 text: a date means its start in the zone, a time without offset the zone's clock.

    Raises
    ------
    DefinitionError
        If the text is no date or time, or names a local time that the zone's clock shows twice or skips.

    Examples
    --------
    >>> parse_instant("2013-06-01", "America/New_York").isoformat()
    '2013-06-01T04:00:00+00:00'
    """
    local_zone = zone_named(zone)
    try:
        return local_edge(datetime.combine(date.fromisoformat(text), time()), local_zone)
    except ValueError:
        pass
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise DefinitionError("not a date or time", expected="'2013-06-01' or '2013-06-01T12:00-04:00'", got=repr(text)) from error
    if instant.tzinfo is not None:
        return instant.astimezone(UTC)
    before, after = offsets(instant, local_zone)
    if before != after:
        example = instant.replace(tzinfo=local_zone, fold=1).isoformat()
        happens = "occurs twice" if before > after else "does not exist"
        raise DefinitionError(f"the local time {text!r} {happens} in {zone}", fix=f"Write its UTC offset: {example}.")
    return local_edge(instant, local_zone)


@dataclass(frozen=True, slots=True)
class Duration:
    """A count of minutes, hours, days, weeks or months; `Duration.parse("2 days")` reads it, `str` writes it.

    Days, weeks and months are the calendar's: `shift` moves the local clock by them, so a day may last 23 or 25 hours.
    """

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the duration of `<whole number> <unit>`, the unit in singular or plural; anything else is a `DefinitionError`.

        Examples
        --------
        >>> Duration.parse("24 hours")
        Duration(count=24, unit='hour')
        """
        expected = "a whole number and one of minutes, hours, days, weeks, months, such as '2 days'"
        match = re.fullmatch(r"([0-9]{1,6}) ?([A-Za-z]+)", text.strip()) if isinstance(text, str) else None
        if match is None:
            raise DefinitionError("not a duration", expected=expected, got=repr(text))
        unit = match[2].removesuffix("s")
        if unit not in UNITS:
            found = nearest(match[2], [f"{known}s" for known in UNITS])
            raise DefinitionError("not a duration", expected=expected, got=repr(text), nearest=found)
        return cls(int(match[1]), cast("Unit", unit))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Duration], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let a configuration field of this type be written as text."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            _validated_duration,
            json_schema_input_schema=core_schema.str_schema(pattern=r"^[0-9]+ ?(minute|hour|day|week|month)s?$"),
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )


def shift(instant: datetime, duration: Duration, zone: str, sign: Literal[1, -1] = 1) -> datetime:
    """Return the instant (UTC) moved by a duration, forward or backward.

    Minutes and hours are absolute time. Days, weeks and months move the zone's wall clock; a day of the month that does not
    exist becomes the last one, a skipped wall time the first instant after it, and one that occurs twice its first occurrence.
    A count of zero returns the same instant.

    Examples
    --------
    >>> noon_before_the_change = datetime(2013, 3, 9, 17, tzinfo=UTC)
    >>> shift(noon_before_the_change, Duration(1, "day"), "America/New_York").isoformat()
    '2013-03-10T16:00:00+00:00'
    """
    count = sign * duration.count
    if duration.unit in ("minute", "hour") or count == 0:
        return instant.astimezone(UTC) + timedelta(minutes=count * (60 if duration.unit == "hour" else 1))
    local_zone = zone_named(zone)
    wall = instant.astimezone(local_zone).replace(tzinfo=None, fold=0)
    if duration.unit == "month":
        years, month = divmod(wall.year * 12 + wall.month - 1 + count, 12)
        moved = wall.replace(year=years, month=month + 1, day=min(wall.day, monthrange(years, month + 1)[1]))
    else:
        moved = wall + timedelta(days=count * (7 if duration.unit == "week" else 1))
    return local_edge(moved, local_zone)


def _validated_duration(value: Any) -> Duration:
    """Return a duration for pydantic, which collects `ValueError`s only."""
    if isinstance(value, Duration):
        return value
    try:
        return Duration.parse(value)
    except DefinitionError as error:
        raise ValueError(str(error)) from error
