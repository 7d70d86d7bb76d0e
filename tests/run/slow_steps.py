"""A pipeline of one slow step, which leaves a mark whenever it runs."""

import time
from dataclasses import dataclass
from pathlib import Path

from components.artifacts.examples import Examples
from components.ingestion.component import ingest_examples
from components.runtime.component import component
from components.runtime.graph import Pipeline
from tests.pipelines import FIRST, ZONE, Shop, Total


@dataclass(frozen=True)
class Slowness:
    """How long to take at most, and the folder to leave a mark in first; a file `enough` there ends it."""

    seconds: float
    marks: str


@component
def dawdle(examples: Examples, *, config: Slowness) -> Total:
    """Return the number of rows, after a while."""
    marks, end = Path(config.marks), time.monotonic() + config.seconds
    (marks / f"mark-{time.monotonic_ns()}").touch()
    while time.monotonic() < end and not (marks / "enough").exists():
        time.sleep(0.01)
    return Total(examples.n_rows)


def slow_shop(sales: Shop, seconds: float, marks: Path) -> Pipeline:
    """Return a pipeline whose step `dawdle` takes some seconds."""
    shop = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = shop.add(ingest_examples, name="examples", deliveries=shop.source("sales", sales.source))
    shop.add(dawdle, examples=examples, config=Slowness(seconds, str(marks)))
    return shop
