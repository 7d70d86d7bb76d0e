"""Tiny pipelines for tests: dated rows in a CSV, real stages on them, and steps of one line."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

import sqlalchemy as sa

from components.artifacts.decision import Check, Decision
from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.findings import Finding, Findings
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.graph import AsOf, Pipeline, each, window
from components.runtime.spans import Span
from components.runtime.window import Absent, Each, Window
from components.statistics.component import generate_statistics
from components.store.store import Store
from components.store.tables import artifact, event, execution, run

FIRST = "2013-03-08"  # the 10th is a day of 23 hours in New York
ZONE = "America/New_York"
N_DAYS = 12
Rows = Mapping[str, Sequence[int]]
"""The amounts of each day; the row of day d and position i is called d-i."""


@dataclass(frozen=True)
class Total:
    """A number, and what it was made of."""

    kind: ClassVar[str] = "total"
    format_version: ClassVar[int] = 1

    value: int
    parts: tuple[str, ...] = ()

    def save(self, directory: Path) -> None:
        (directory / "total.json").write_text(json.dumps({"parts": self.parts, "value": self.value}), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        body = json.loads((directory / "total.json").read_text(encoding="utf-8"))
        return cls(body["value"], tuple(body["parts"]))

    def summary(self) -> dict[str, int]:
        return {"value": self.value}


@dataclass(frozen=True)
class Level(Total):
    """A model of one number."""

    kind: ClassVar[str] = "model"


@dataclass(frozen=True)
class Limit:
    """The greatest amount that is allowed."""

    most: int = 1000


class Extremes(NamedTuple):
    low: Total
    high: Total


@component
def check_amounts(examples: Examples, *, config: Limit = Limit()) -> Findings:
    """Return a failing finding where an amount is beyond the limit."""
    worst = max(_amounts(examples), default=0)
    found = [Finding("value-out-of-range", "fail", "amount", f"{worst} is too much")] if worst > config.most else []
    return Findings.of(found, checked=1)


@component
def add_up(examples: Examples, span: Span, *, times: int = 1) -> Total:
    """Return the sum of a span's amounts, multiplied."""
    amounts = _amounts(examples)
    if -1 in amounts:
        raise DataError("an amount is not known", where=span.key)
    return Total(times * sum(amounts), (span.key,))


@component
def add_earlier(examples: Window[Examples], span: Span) -> Total:
    """Return the sum over the window, and per span its key or why it is absent."""
    total = sum(sum(_amounts(value)) for _, value in examples.present())
    said = [f"{s.key}:{v.reason}" if isinstance(v, Absent) else s.key for s, v in zip(examples.spans, examples.values, strict=True)]
    return Total(total, (span.key, *said))


@component
def find_extremes(examples: Examples) -> Extremes:
    """Return the least and the greatest amount."""
    amounts = _amounts(examples)
    return Extremes(Total(min(amounts)), Total(max(amounts)))


@component
def split_amounts(examples: Examples) -> Each[Total]:
    """Return each amount; none of an empty span."""
    return Each(Total(amount) for amount in _amounts(examples))


@component
def double(total: Total) -> Total:
    """Return twice the number."""
    return Total(2 * total.value, total.parts)


@component
def gather(totals: Sequence[Total]) -> Total:
    """Return the sum of a list, in its order."""
    return Total(sum(one.value for one in totals), tuple(str(one.value) for one in totals))


@component
def fit_level(examples: Window[Examples], as_of: datetime, *, config: Limit = Limit()) -> Level:
    """Return the sum of a training window."""
    values = [sum(_amounts(value)) for _, value in examples.present()]
    return Level(sum(values), (as_of.isoformat(), str(config.most), *(span.key for span, _ in examples.present())))


@component
def judge(model: Level, champion: Level | None = None, *, bless: bool = True) -> Decision:
    """Return a blessing, as configured; the champion is named in its reason."""
    met = "no champion" if champion is None else str(champion.value)
    return Decision.of("fit_level", (Check("level", "pass" if bless else "fail", "anything", f"{model.value} after {met}"),))


def _amounts(examples: Examples) -> list[int]:
    amounts: list[int] = examples.to_arrow(["amount"]).column("amount").to_pylist()
    return amounts


@dataclass
class Shop:
    """A CSV of amounts and the pipeline on it.

    The data graph is ``examples``, ``statistics``, ``findings``, ``total``, ``doubled`` (mapped over the amounts), ``gathered``,
    ``scaled`` (mapped over configuration) and ``earlier`` (a window of accepted examples); the training graph ``fit_level`` and ``judge``.
    """

    path: Path
    limit: int = 1000
    times: tuple[int, ...] = (1, 2)
    on_absent: str = "skip"
    minimum: int = 0
    bless: bool = True
    lag: str = "0 days"
    end: str | None = None
    rows: dict[str, list[int]] = field(default_factory=dict)

    def write(self, rows: Rows | None = None) -> Self:
        """Write the CSV anew: the given days in place of what they were; an empty day has no rows."""
        self.rows |= {day: list(amounts) for day, amounts in (rows if rows is not None else some_rows()).items()}
        lines = ["id,at,amount"]
        for day, amounts in sorted(self.rows.items()):
            noon = datetime.fromisoformat(f"{day}T17:00:00+00:00")
            lines += [f"{day}-{i},{(noon + timedelta(minutes=i)).isoformat()},{amount}" for i, amount in enumerate(amounts)]
        self.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self

    @property
    def source(self) -> CsvSource:
        columns = {"id": "string", "amount": "integer"}
        return CsvSource(location=str(self.path), columns=columns, event_time=EventTime("at"), key=("id",))

    def build(self) -> Pipeline:
        """Return the pipeline."""
        shop = Pipeline("shop", grain="day", zone=ZONE, start=FIRST, end=self.end)
        sales = shop.source("sales", self.source, known_after=self.lag)
        examples = shop.add(ingest_examples, name="examples", deliveries=sales)
        shop.add(generate_statistics, name="statistics", examples=examples)
        findings = shop.add(check_amounts, name="findings", examples=examples, config=Limit(self.limit))
        good = shop.accept(examples, findings)
        shop.add(add_up, name="total", examples=good)
        doubled = shop.add(double, name="doubled", total=each(shop.add(split_amounts, examples=good)))
        shop.add(gather, name="gathered", totals=doubled)
        shop.add(add_up, name="scaled", examples=good, times=each(self.times))
        earlier = window(good, "3 spans", on_absent=self.on_absent, minimum=self.minimum)
        shop.add(add_earlier, name="earlier", examples=earlier)
        self._add_training(shop, good)
        return shop

    def _add_training(self, shop: Pipeline, good: object) -> None:
        until: AsOf = shop.as_of.minus("1 day")
        spans = window(good, "5 spans", until=until, on_absent="skip", minimum=1)
        model = shop.add(fit_level, examples=spans, as_of=shop.as_of, config=Limit(self.limit))
        shop.add(judge, model=model, champion=shop.champion(), bless=self.bless)


@component
def take_features(examples: Examples) -> Features:
    """Return the rows as features."""
    return Features.from_arrow(examples.to_arrow())


def days(n: int = N_DAYS, first: str = FIRST) -> list[str]:
    """Return the keys of n days."""
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return [f"{start + timedelta(days=i):%Y-%m-%d}" for i in range(n)]


def some_rows(keys: Iterable[str] | None = None) -> dict[str, list[int]]:
    """Return a few amounts a day, the same at every call."""
    return {key: [7 * int(key[-2:]) + i for i in range(1 + int(key[-2:]) % 4)] for key in keys or days()}


def made(store: Store, *, graph: str | None = None) -> set[tuple[str, str, int, str, int, str, str]]:
    """Return (step, span, position, output, its position, kind, digest) of everything that was recorded as computed."""
    query = (
        sa.select(
            execution.c.step, execution.c.span, execution.c.position, event.c.name, event.c.position, artifact.c.kind, artifact.c.digest
        )
        .join(event, sa.and_(event.c.execution == execution.c.id, event.c.direction == "output"))
        .join(artifact, artifact.c.id == event.c.artifact)
        .join(run, run.c.id == execution.c.run)
        .where(execution.c.state == "COMPLETE", run.c.graph == graph if graph else sa.true())
    )
    with store.database.read() as connection:
        return {tuple(row) for row in connection.execute(query)}


def states(store: Store, identity: str) -> dict[str, str]:
    """Return the newest state of each step of a run."""
    return {one.step: one.state for one in store.executions("shop").of_run(identity) if one.own}


def n_rows(store: Store, table: sa.Table) -> int:
    with store.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
