"""Seeded streams of dated rows with a week, a year and restless days in them, and the faults that are planted into copies of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from components.artifacts.examples import Examples
from components.artifacts.statistics import Statistics
from components.statistics.component import generate_statistics

Columns = Mapping[str, np.ndarray]
Edit = Callable[[Columns, int, np.random.Generator], Columns]
"""Changes the rows of the n-th day of a fault."""

WEEK, YEAR = 7, 365
DAY_MICROS = 86_400_000_000


@dataclass(frozen=True, eq=False)
class Day:
    """The rows of one day by column; texts, or floats with NaN for null."""

    index: int
    columns: Columns

    @cached_property
    def statistics(self) -> Statistics:
        """What the pipeline's statistics step says of the day."""
        n = self.n_rows
        arrays = {"row_id": pa.array([number.to_bytes(16) for number in range(n)], pa.binary(16))}
        arrays["event_time"] = pa.array(self.index * DAY_MICROS + np.arange(n), pa.timestamp("us", "UTC"))
        for name, values in self.columns.items():
            arrays[name] = pa.array(values, from_pandas=True)
        return generate_statistics(Examples.from_arrow(pa.table(arrays)))

    @property
    def n_rows(self) -> int:
        """Rows of the day."""
        return len(next(iter(self.columns.values())))


@dataclass(frozen=True)
class Fault:
    """A planted fault: what it does, to which columns an alarm may point ("" is the span), and for how many spans."""

    name: str
    columns: frozenset[str]
    spans: int
    edit: Edit


def stream(seed: int, n_days: int) -> list[Day]:
    """Return a stream: temperature swings over the year, counts and channels over the week, levels wander from day to day."""
    random = np.random.default_rng([seed, 0])
    level = np.zeros(n_days)
    for day in range(1, n_days):
        level[day] = 0.7 * level[day - 1] + random.normal(0, 0.15)
    countries, products = _mix(random, 8, n_days, 300), _mix(random, 40, n_days, 500)
    return [Day(day, _rows(np.random.default_rng([seed, 1, day]), day, level[day], countries[day], products[day])) for day in range(n_days)]


def _mix(random: np.random.Generator, n: int, n_days: int, steadiness: float) -> np.ndarray:
    """Return shares [n_days, n] around Zipf's law, restless from day to day."""
    base = 1 / np.arange(1, n + 1)
    return random.dirichlet(steadiness * base / base.sum() + 0.5, n_days)


def _rows(random: np.random.Generator, day: int, level: float, countries: np.ndarray, products: np.ndarray) -> Columns:
    weekend, season = day % WEEK >= WEEK - 2, np.sin(2 * np.pi * day / YEAR)
    n = int(random.poisson((450 if weekend else 800) * np.exp(random.normal(0, 0.05))))
    age = random.normal(40 + 0.5 * random.normal(), 10, n)
    channel = random.choice(["app", "mail", "shop", "web"], n, p=[0.5, 0.1, 0.1, 0.3] if weekend else [0.3, 0.2, 0.2, 0.3])
    chance = 1 / (1 + np.exp(-((age - 40) / 10 + (channel == "web") - 1.2)))
    return {
        "temperature": random.normal(12 + 9 * season + 1.2 * level / 0.2, 3.5, n),
        "sensor": random.normal(20 + level, 1, n),
        "amount": random.lognormal(3 + (0.2 if weekend else 0) + random.normal(0, 0.03), 0.8, n),
        "age": age,
        "items": random.poisson(4 if weekend else 3, n).astype(float),
        "duration": random.exponential(30 * np.exp(random.normal(0, 0.05)), n),
        "score": np.where(random.random(n) < random.beta(20, 380), np.nan, random.beta(2, 5, n)),
        "hour": np.sort(np.clip(random.normal(13, 4, n), 0, 23).astype(int)).astype(float),
        "country": np.array([f"c{i}" for i in range(8)])[random.choice(8, n, p=countries)],
        "product": np.array([f"p{i:02}" for i in range(40)])[random.choice(40, n, p=products)],
        "channel": channel,
        "label": (random.random(n) < chance).astype(float),
    }


def _with(columns: Columns, **changed: np.ndarray) -> Columns:
    return {**columns, **changed}


def _some(random: np.random.Generator, columns: Columns, share: float) -> np.ndarray:
    return random.random(len(columns["hour"])) < share


def _relabel(old: str | None, new: str, share: float) -> Edit:
    def edit(columns: Columns, _: int, random: np.random.Generator) -> Columns:
        moved = _some(random, columns, share) & ((columns["country"] == old) if old else True)
        return _with(columns, country=np.where(moved, new, columns["country"]))

    return edit


FAULTS = (
    Fault("mean creeps by 1.2 deviations in 28 days", frozenset({"age"}), 28, lambda c, k, _: _with(c, age=c["age"] + 12 * (k + 1) / 28)),
    Fault("deviation times 1.7", frozenset({"sensor"}), 14, lambda c, *_: _with(c, sensor=20 + 1.7 * (c["sensor"] - 20))),
    Fault("category appears, 4 %", frozenset({"country"}), 14, _relabel(None, "new", 0.04)),
    Fault("category vanishes", frozenset({"country"}), 14, _relabel("c2", "c0", 1.0)),
    Fault("unit times 1000", frozenset({"amount"}), 14, lambda c, *_: _with(c, amount=c["amount"] * 1000)),
    Fault("Celsius to Fahrenheit", frozenset({"temperature"}), 14, lambda c, *_: _with(c, temperature=c["temperature"] * 1.8 + 32)),
    Fault("sensor sticks, a third", frozenset({"sensor"}), 14, lambda c, _, r: _with(c, sensor=np.where(_some(r, c, 1 / 3), 20.5, c["sensor"]))),
    Fault("null burst, 30 %", frozenset({"score"}), 3, lambda c, _, r: _with(c, score=np.where(_some(r, c, 0.3), np.nan, c["score"]))),
    Fault("late feed, 60 % there", frozenset({"", "hour"}), 1, lambda c, *_: {name: v[: int(0.6 * len(v))] for name, v in c.items()}),
    Fault("labels flip, 30 %", frozenset({"label"}), 14, lambda c, _, r: _with(c, label=np.where(_some(r, c, 0.3), 1 - c["label"], c["label"]))),
)  # fmt: skip
COPIED = Fault("day before again", frozenset({"", "hour", "items", "amount"}), 1, lambda c, *_: c)
"""Any column may tell of it; the rows are those of the day before."""


def planted(days: list[Day], fault: Fault, onset: int, seed: int) -> list[Day]:
    """Return the spans of the fault, from its onset on."""
    found = []
    for k, day in enumerate(days[onset : onset + fault.spans]):
        source = days[onset - 1] if fault is COPIED else day
        found.append(Day(day.index, fault.edit(source.columns, k, np.random.default_rng([seed, 2, day.index]))))
    return found
