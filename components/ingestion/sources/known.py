"""Since when rows are known: by a column of theirs, or by what a file's name says."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from components.ingestion.sources.pattern import dated, fields_of, moment_of
from components.runtime.errors import DefinitionError
from components.runtime.instants import Duration, local_edge, shift, to_micros, zone_named
from components.runtime.spans import Calendar

HOUR_MICROS = 3_600_000_000
"""Rows of one span that became known within one hour are one part, known at its end: an hour late at most, and never early."""

STAMPS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
"""Digits of a version that is a date or a time of the pipeline's clock; 10 are seconds since 1970, 13 milliseconds."""

EPOCH_DIGITS = {10: 1_000_000, 13: 1_000}
"""Digits of a version that counts since 1970, and the microseconds of one."""


@dataclass(frozen=True)
class KnownColumn:
    """Each row is known since the time in a column, such as the one at which a database changed it; ``format`` as in `EventTime`."""

    column: str
    format: str | None = None

    @property
    def identity(self) -> dict[str, object]:
        """The rule in plain values."""
        return {"column": self.column, "format": self.format}


KnownBy = Literal["observed", "path", "version"] | KnownColumn


def known_since(rule: Literal["path", "version"], pattern: str, location: str, calendar: Calendar, lag: Duration) -> int:
    """Return since when the rows of a file are known by its name, in microseconds.

    A date means the end of its span plus the lag, a time that instant.

    Raises
    ------
    DefinitionError
        If the name holds no such time.

    Examples
    --------
    >>> from components.runtime.spans import Grain
    >>> days = Calendar(Grain.DAY, "UTC")
    >>> known_since("version", "fares-v{VERSION}.csv", "fares-v20130105.csv", days, Duration.parse("0 days"))
    1357430400000000
    """
    zone = zone_named(calendar.zone)
    if rule == "path":
        return _end_of(moment_of(pattern, location).replace(tzinfo=zone), calendar, lag)
    version = fields_of(pattern, location).get("version", "")
    if micros := EPOCH_DIGITS.get(len(version)):
        return int(version) * micros
    try:
        moment = datetime.strptime(version, STAMPS.get(len(version), "a time")).replace(tzinfo=zone)
    except ValueError:
        raise DefinitionError(
            "the version of a file does not say since when it is known",
            where=location,
            expected="a date or time such as 20130105 or 201301051230",
            got=repr(version),
        ) from None
    return _end_of(moment, calendar, lag) if STAMPS[len(version)] == "%Y%m%d" else to_micros(moment.astimezone(UTC))


def spans_named(pattern: str, location: str, calendar: Calendar) -> list[str]:
    """Return the keys of the spans whose rows a file's name promises; none where the name holds no whole date of the calendar.

    >>> from components.runtime.spans import Grain
    >>> spans_named("in/{YYYY-MM-DD}.csv", "in/2013-01-05.csv", Calendar(Grain.WEEK, "UTC"))
    ['2013-W01']
    """
    fields = fields_of(pattern, location)
    try:
        if "span" in fields:
            return [calendar.span(fields["span"]).key]
        if not dated(pattern) or not fields:
            return []
        moment = moment_of(pattern, location)
    except DefinitionError:
        return []
    zone = zone_named(calendar.zone)
    last = moment + (timedelta(0) if "hh" in fields else timedelta(hours=23))
    ends = [calendar.span_at(local_edge(one, zone)).key for one in (moment, last)]
    return [span.key for span in calendar.between(ends[0], ends[1])]


def _end_of(moment: datetime, calendar: Calendar, lag: Duration) -> int:
    return to_micros(shift(calendar.span_at(moment).end, lag, calendar.zone))
