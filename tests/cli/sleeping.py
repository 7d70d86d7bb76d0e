"""A pipeline whose only step sleeps, and the command line on it: what an interrupt is sent to."""

import time
from pathlib import Path

from components.artifacts.examples import Examples
from components.cli import main
from components.ingestion.component import ingest_examples
from components.run import catalog
from components.runtime.component import component
from components.runtime.graph import Pipeline
from tests.pipelines import FIRST, ZONE, Shop, Total


@component
def sleep(examples: Examples) -> Total:
    """Return after a minute, unless something comes between."""
    Path("asleep").touch()
    time.sleep(60)
    return Total(examples.n_rows)


def build() -> Pipeline:
    """Return the pipeline on a small CSV in the current folder."""
    pipeline = Pipeline("sleepy", grain="day", zone=ZONE, start=FIRST)
    sales = pipeline.source("sales", Shop(Path("sales.csv")).write().source)
    pipeline.add(sleep, examples=pipeline.add(ingest_examples, name="examples", deliveries=sales))
    return pipeline


def run() -> None:
    """Run the command line on that pipeline."""
    catalog.load_pipeline = lambda *_: build()
    main()
