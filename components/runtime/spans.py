"""Spans: the hours, days, weeks or months of a local calendar, as half-open intervals of UTC with a key each."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from components.runtime.errors import DefinitionError
from components.runtime.instants import MICROSECOND, local_edge, offset_at, offset_change, offsets, to_micros, zone_named

HOUR = timedelta(hours=1)


class Grain(StrEnum):
    """The length of a pipeline's spans: hour, day, week (from Monday, ISO 8601) or month."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


EXAMPLE_KEYS = {Grain.HOUR: "2013-01-05T07", Grain.DAY: "2013-01-05", Grain.WEEK: "2013-W01", Grain.MONTH: "2013-01"}
"""One key of each grain, for messages."""


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval [start, end) of UTC and its key; ordered by time.

    Keys sort like spans except for the two hours of a repeated hour: sort spans, not keys.
    """

    key: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC or self.start >= self.end:
            raise DefinitionError("not a span", where=self.key, expected="start before end, both in UTC", got=f"[{self.start}, {self.end})")

    def __lt__(self, other: Span) -> bool:
        return (self.start, self.end, self.key) < (other.start, other.end, other.key)

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True)
class Calendar:
    """The spans of one grain in one time zone; they tile time without gap or overlap, and keys map to spans one to one.

    An edge is the first instant at which the local clock reaches the beginning of a span, so a day may last 23 or 25 hours,
    a midnight that the clock skips is the moment of the jump, and a day that it skips whole has no span. An hour is a stretch
    of one local hour under one UTC offset; where a change of the clock touches that hour its key carries the offset
    (`2013-11-03T01-0400`, `2013-11-03T01-0500`), elsewhere it does not.

    Parameters
    ----------
    grain
        The length of a span.
    zone
        The IANA name of a time zone; an unknown one is a `DefinitionError`.

    Examples
    --------
    >>> Calendar(Grain.DAY, "America/New_York").span("2013-03-10")  # doctest: +NORMALIZE_WHITESPACE
    Span(key='2013-03-10', start=datetime.datetime(2013, 3, 10, 5, 0, tzinfo=datetime.timezone.utc),
         end=datetime.datetime(2013, 3, 11, 4, 0, tzinfo=datetime.timezone.utc))
    """

    grain: Grain
    zone: str

    def __post_init__(self) -> None:
        zone_named(self.zone)

    def span(self, key: str) -> Span:
        """Return the span of a key; a malformed, non-canonical or skipped key is a `DefinitionError`."""
        candidates = [self.span_at(instant) for instant in self._instants_of(key)]
        for span in candidates:
            if span.key == key:
                return span
        expected = "a key such as " + EXAMPLE_KEYS[self.grain]
        near = candidates[0].key if candidates else None
        raise DefinitionError(f"no {self.grain} of {self.zone} has this key", expected=expected, got=repr(key), nearest=near)

    def span_at(self, instant: datetime) -> Span:
        """Return the span that holds an instant."""
        if self.grain == Grain.HOUR:
            return _hour_at(instant.astimezone(UTC), self._zone)
        first = self._floor(instant.astimezone(self._zone).date())
        while instant < self._edge(first):
            first = self._step(first, -1)
        while instant >= (end := self._edge(self._step(first, 1))):
            first = self._step(first, 1)
        return Span(self._key(first), self._edge(first), end)

    def next(self, span: Span, n: int = 1) -> Span:
        """Return the n-th span after one; the span itself for 0."""
        return next(itertools.islice(self._walk(span, 1), n, None))

    def previous(self, span: Span, n: int = 1) -> Span:
        """Return the n-th span before one; the span itself for 0."""
        return next(itertools.islice(self._walk(span, -1), n, None))

    def between(self, first_key: str, last_key: str) -> list[Span]:
        """Return the spans from one key to another, both included, in order; the reverse order is a `DefinitionError`."""
        first, last = self.span(first_key), self.span(last_key)
        if last < first:
            raise DefinitionError("the first span lies after the last", expected=f"at most {last_key!r}", got=repr(first_key))
        return list(itertools.takewhile(lambda span: span <= last, self._walk(first, 1)))

    def ending_by(self, instant: datetime, n: int) -> list[Span]:
        """Return the n last spans whose end is at or before an instant, in order."""
        found = list(itertools.islice(self._walk(self.span_at(instant), -1), 1, n + 1))
        return found[::-1]

    @staticmethod
    def edges_micros(spans: Sequence[Span]) -> list[int]:
        """Return the n + 1 edges of n adjacent spans as ascending int64 microseconds; none for no spans.

        Row i of span j has `edges[j] <= time < edges[j + 1]`: `searchsorted(edges, times, side="right") - 1` partitions a column.
        """
        for one, other in itertools.pairwise(spans):
            if one.end != other.start:
                raise DefinitionError("the spans are not adjacent", expected=f"one that starts at {one.end}", got=other.key)
        return [to_micros(span.start) for span in spans] + [to_micros(span.end) for span in spans[-1:]]

    @functools.cached_property
    def _zone(self) -> ZoneInfo:
        return zone_named(self.zone)

    def _walk(self, span: Span, direction: Literal[1, -1]) -> Iterator[Span]:
        """Yield a span and all that follow it, forward or backward, each edge computed once."""
        yield span
        if self.grain == Grain.HOUR:
            while True:
                span = self.span_at(span.end if direction > 0 else span.start - MICROSECOND)
                yield span
        first = _first_date(self.grain, span.key)
        near = span.end if direction > 0 else span.start
        while True:
            first = self._step(first, direction)
            far = self._edge(self._step(first, 1) if direction > 0 else first)
            if far != near:
                yield Span(self._key(first), min(near, far), max(near, far))
            near = far

    def _instants_of(self, key: str) -> list[datetime]:
        """Return instants of which one lies in the span of the key, if there is such a span; none if it is malformed."""
        try:
            if self.grain == Grain.HOUR:
                return _instants_of_hour(key, self._zone)
            return [self._edge(_first_date(self.grain, key))]
        except (ValueError, OverflowError):
            return []

    def _edge(self, day: date) -> datetime:
        return local_edge(datetime.combine(day, time()), self._zone)

    def _floor(self, day: date) -> date:
        if self.grain == Grain.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.grain == Grain.MONTH else day

    def _step(self, first: date, n: Literal[1, -1]) -> date:
        if self.grain == Grain.MONTH:
            return (first + timedelta(days=31 if n > 0 else -1)).replace(day=1)
        return first + timedelta(days=n * (7 if self.grain == Grain.WEEK else 1))

    def _key(self, first: date) -> str:
        if self.grain == Grain.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year:04}-W{week:02}"
        return first.isoformat()[: 7 if self.grain == Grain.MONTH else 10]


def _first_date(grain: Grain, key: str) -> date:
    """Return the local date on which the day, week or month of a key begins; a malformed key is a `ValueError`."""
    if grain == Grain.WEEK:
        year, week = key.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(f"{key}-01" if grain == Grain.MONTH else key)


def _hour_at(instant: datetime, zone: ZoneInfo) -> Span:
    """Return the hour that holds an instant (UTC): the longest stretch of one local hour under one offset."""
    local = instant.astimezone(zone)
    offset = offset_at(instant, zone)
    wall = local.replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    start = (wall - offset).replace(tzinfo=UTC)
    end = start + HOUR
    key = f"{wall:%Y-%m-%dT%H}"
    if offsets(wall, zone)[0] == offsets(wall + HOUR - MICROSECOND, zone)[1]:
        return Span(key, start, end)
    if offset_at(start, zone) != offset:
        start = offset_change(start, instant, zone)
    if offset_at(end - MICROSECOND, zone) != offset:
        end = offset_change(instant, end, zone)
    return Span(f"{key}{local:%z}", start, end)


def _instants_of_hour(key: str, zone: ZoneInfo) -> list[datetime]:
    """Return instants of which one lies in the hour of a key; a malformed key is a `ValueError`."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d)([+-]\d{4}(\d\d)?)?", key)
    if match is None:
        raise ValueError(key)
    wall = datetime.fromisoformat(match[1])
    last = wall + HOUR - MICROSECOND
    if match[2] is None:
        return [local_edge(wall, zone)]
    return [datetime.fromisoformat(f"{moment.isoformat()}{match[2]}").astimezone(UTC) for moment in (wall, last)]
