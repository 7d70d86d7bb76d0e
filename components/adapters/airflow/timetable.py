"""A timetable of a pipeline's own spans: real data intervals, and an end after which the schedule is quiet."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from components.runtime.instants import Duration, local_edge, shift, zone_named
from components.runtime.spans import Calendar, Grain, Span


@dataclass(frozen=True)
class SpanTimetable(Timetable):  # type: ignore[misc]
    """One run for each span of a calendar, due ``lag`` after the span's end; its data interval is the span.

    A DAG of a history that has ended wants no ``end_date``: Airflow marks a run whose logical date lies after it as success without
    running a task, and a run that the form starts today does. This timetable ends instead: after ``until`` nothing is due, and what
    people start runs.

    Parameters
    ----------
    grain, zone
        The calendar. A bound of a backfill at midnight UTC means that local day, as Airflow itself reads the bounds of partitioned DAGs.
    lag
        A duration such as "1 day".
    until
        The last instant, in ISO 8601, at which a run may be due; "" for none.

    """

    grain: str
    zone: str
    lag: str = "0 days"
    until: str = ""

    @classmethod
    def deserialize(cls, data: dict[str, str]) -> "SpanTimetable":
        """Return the timetable that Airflow stored."""
        return cls(**data)

    def serialize(self) -> dict[str, str]:
        """Return the parameters, for Airflow to store."""
        return asdict(self)

    @property
    def summary(self) -> str:
        """What the UI shows beside the DAG."""
        return f"each {self.grain} of {self.zone}{f' until {self.until[:10]}' if self.until else ''}"

    @property
    def description(self) -> str:
        """What the UI shows on the DAG's page."""
        return f"One run for {self.summary}, due {self.lag} after its end"

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """Return the last span that is due at the logical date of a manual run, or the last span of all."""
        now = plain(run_after)
        return _interval(self._last_due(min(now, self._end or now)))

    def next_dagrun_info(self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction) -> DagRunInfo | None:
        """Return the span after the last one that ran; without ``catchup`` not one before the last that is due; None after the end."""
        calendar = self._calendar
        after = [calendar.next(calendar.span_at(plain(last_automated_data_interval.start)))] if last_automated_data_interval else []
        if restriction.earliest is not None:
            after.append(self._first_from(restriction.earliest))
        if not restriction.catchup:
            after.append(self._last_due(datetime.now(UTC)))
        if not after:
            return None
        span = max(after)
        due = self._due(span)
        late = restriction.latest is not None and span.start > self._local(restriction.latest)
        if late or (self._end is not None and due > self._end):
            return None
        return DagRunInfo(run_after=pendulum.instance(due), data_interval=_interval(span))

    @property
    def _calendar(self) -> Calendar:
        return Calendar(Grain(self.grain), self.zone)

    @property
    def _end(self) -> datetime | None:
        return datetime.fromisoformat(self.until) if self.until else None

    def _due(self, span: Span) -> datetime:
        return shift(span.end, Duration.parse(self.lag), self.zone)

    def _last_due(self, now: datetime) -> Span:
        return self._calendar.ending_by(shift(now, Duration.parse(self.lag), self.zone, -1), 1)[0]

    def _first_from(self, instant: datetime) -> Span:
        """Return the first span that starts at or after an instant."""
        bound = self._local(instant)
        span = self._calendar.span_at(bound)
        return span if span.start == bound else self._calendar.next(span)

    def _local(self, bound: datetime) -> datetime:
        """Return a bound, and for one at midnight UTC the midnight of that day in the zone."""
        moment = plain(bound)
        return local_edge(moment.replace(tzinfo=None), zone_named(self.zone)) if moment.time() == time() else moment


def plain(instant: datetime) -> datetime:
    """Return an instant of Airflow's, which may be one of pendulum, as a datetime of Python in UTC."""
    return datetime.fromisoformat(instant.isoformat()).astimezone(UTC)


def _interval(span: Span) -> DataInterval:
    return DataInterval(start=pendulum.instance(span.start), end=pendulum.instance(span.end))
