"""Detect drift: a span's distances against what is usual for each, with the false discovery rate held over all columns and slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from components.artifacts.drift import Drift, Drifted, Usual
from components.artifacts.findings import Findings
from components.artifacts.schema import Schema
from components.artifacts.shifts import Against, Aspect, Shift, Shifts, Subject
from components.monitoring.discovery import cut_of
from components.monitoring.measuring import JUDGED
from components.monitoring.onset import Onset, onset_of, without_season
from components.monitoring.references import Seasons
from components.monitoring.tails import Tail
from components.monitoring.wording import finding_of
from components.runtime.component import component
from components.runtime.holidays import near_holiday
from components.runtime.spans import Span
from components.runtime.window import Window

MATTERS: Mapping[Aspect, float] = {
    "rows": 0.2,
    "copied": 0.8,
    "missing": 0.2,
    "values": 0.1,
    "spread": 0.2,
    "spike": 0.1,
    "unseen": 0.01,
    "vanished": 0.01,
}
"""The least distance that matters. Cohen's small effect (1988, section 6.2) for shares, a tenth of the rows for distributions and spikes,
a fifth (0.2 on the log scale) for counts and spreads, one row in a hundred for new and gone values. A span that came again repeats all columns but those that a delivery stamps: four in five of
them; a timetable alone may repeat half."""

RESOLUTION = 10
"""A column that never moved gets a tail whose scale is this part of what matters."""

TOLD_SEASONS = 8
"""Seasons of levels that tell since when and how a figure moved."""


@dataclass(frozen=True)
class DriftConfig:
    """How sure to be.

    Attributes
    ----------
    rate : the share of false discoveries that is expected among all of one span.
    minimum_past : past distances that a test wants; with fewer it says "no baseline".
    seasons : as the shifts were measured.
    holidays : local dates (or keys of spans) that are like no weekday, nor are the days beside them: such a span is held against the
        `nearest` and the `trend`, not its `weekday`, which then counts as unjudged.
    """

    rate: float = 0.01
    minimum_past: int = 21
    seasons: Seasons = field(default_factory=Seasons)
    holidays: tuple[str, ...] = ()

    def own(self, against: Against) -> int:
        """Return the last spans that are no part of what is usual: a fault that goes on, or grows, must not excuse itself."""
        return self.seasons.length * (self.seasons.count if against == "trend" else 1)


class Detected(NamedTuple):
    """What drifted, and the same as findings for the run's page."""

    drift: Drift
    findings: Findings


class Past(NamedTuple):
    """An earlier span: its key, what was measured of it, and whether it was near a holiday."""

    key: str
    shifts: Mapping[Subject, Shift]
    holiday: bool


class Test(NamedTuple):
    """One distance and the tail of its past."""

    shift: Shift
    against: Against
    tail: Tail
    probability: float


@component
def detect_drift(
    shifts: Shifts, history: Window[Shifts], span: Span, schema: Schema | None = None, *, config: DriftConfig = DriftConfig()
) -> Detected:
    """Return what of a span is further from the spans before it than usual.

    Each distance is judged by the column's own past ones (`tails`): `weekday` and `nearest` for what came suddenly, `trend` for what crept.
    Among all tests of the span those are believed that keep the rate of false discoveries (`discovery`); of them the ones that are beyond
    sampling noise and that matter (`MATTERS`) have drifted. A distribution whose `drift` has a threshold in the schema is left to that
    (`limits`). Tests without enough of a past are counted as unjudged; if all are, the state is "no-baseline".
    """
    past = [Past(one.key, value.by_subject, near_holiday(one, config.holidays)) for one, value in history.present()]
    bounded = {name for name, column in (schema.columns.items() if schema else ()) if column.drift and column.drift.threshold is not None}
    judged = [shift for shift in shifts.shifts if not (shift.aspect == "values" and shift.column in bounded)]
    against = tuple(one for one in JUDGED if one != "weekday" or not near_holiday(span, config.holidays))
    tests = [test for shift in judged for test in _tests(shift, against, past, config)]
    cut = cut_of([test.probability for test in tests], config.rate)
    n_tests = sum(1 for shift in judged for one in JUDGED if one in shift.distances or not shift.distances)
    strongest: dict[Subject, Test] = {}
    for test in tests:
        before = strongest.get(test.shift.subject)
        if test.probability <= cut and _matters(test) and (before is None or _effect(test) > _effect(before)):
            strongest[test.shift.subject] = test
    drifted = [_drifted(test, past, span, cut, config) for test in strongest.values()]
    drifted.sort(key=lambda one: (-one.effect, one.subject))
    state = "checked" if tests else "no-baseline"
    found = Drift(tuple(drifted), len(tests), n_tests - len(tests), config.rate, state)
    return Detected(found, Findings.of([finding_of(one) for one in drifted], checked=len(tests), state=state))


def _tests(shift: Shift, comparators: Sequence[Against], past: Sequence[Past], config: DriftConfig) -> Iterator[Test]:
    """Yield the tests of one shift that have enough of a past."""
    for against in comparators:
        tail = _tail(shift, against, past, config) if against in shift.distances else None
        if tail is not None and tail.n >= config.minimum_past:
            yield Test(shift, against, tail, tail.probability(shift.distances[against]))


def _tail(shift: Shift, against: Against, past: Sequence[Past], config: DriftConfig) -> Tail | None:
    settled = past[: max(0, len(past) - config.own(against))]
    alike = (day.shifts.get(shift.subject) for day in settled if against != "weekday" or not day.holiday)
    earlier = [one.distances[against] for one in alike if one and against in one.distances]
    overlap = config.seasons.length if against == "trend" else 1
    return Tail.of(earlier, least=MATTERS[shift.aspect] / RESOLUTION, overlap=overlap) if earlier else None


def _matters(test: Test) -> bool:
    distance = test.shift.distances[test.against]
    return distance > max(MATTERS[test.shift.aspect], test.shift.noise.get(test.against, 0.0))


def _effect(test: Test) -> float:
    return test.shift.distances[test.against] / MATTERS[test.shift.aspect]


def _drifted(test: Test, past: Sequence[Past], span: Span, cut: float, config: DriftConfig) -> Drifted:
    """Return a test that was believed, with all distances of its shift and since when its level is what it is."""
    shift = test.shift
    distances: dict[str, Usual] = {}
    for against, distance in shift.distances.items():
        tail = _tail(shift, against, past, config)
        distances[against] = Usual(distance, round(tail.threshold(cut), 6) if tail else None, tail.n if tail else 0)
    keys = [*(one.key for one in past), span.key]
    onset = _onset(test, past, config)
    since, how = (keys[onset.place], onset.how) if onset else (keys[-1], "sudden")
    return Drifted(*shift.subject, test.against, how, since, shift.level, round(test.probability, 9), round(_effect(test), 3), distances)


def _onset(test: Test, past: Sequence[Past], config: DriftConfig) -> Onset | None:
    """Return since when the level is what it is, by place in the past and the span after it; what is unlike all spans of past seasons began in the last one."""
    course = [(place, one.level) for place, one in enumerate([*(day.shifts.get(test.shift.subject) for day in past), test.shift]) if one]
    told = [(place, level) for place, level in course if level is not None][-TOLD_SEASONS * config.seasons.length :]
    found = onset_of(without_season([level for _, level in told], config.seasons.length))
    if found is None or test.shift.level is None:
        return None
    place = told[found.place][0]
    recent = place > len(past) - config.seasons.length
    return Onset(place, found.how) if recent or test.against == "trend" else None
