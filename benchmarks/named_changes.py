"""Whether what changed is named exactly: on a generator of tables with a known set of changed columns, where one is at hand."""

import importlib.util
from pathlib import Path

import pyarrow as pa

from components.artifacts.examples import EVENT_TIME, Examples
from components.artifacts.statistics import Statistics
from components.engines.local import Threads
from components.measures.changes import changed_columns
from components.statistics.component import generate_statistics

GENERATOR = Path(__file__).parents[2] / "shared" / "bench" / "make_table.py"


def exact_seeds(n_seeds: int) -> int | None:
    """Return over how many seeds exactly the changed columns of every variant are named; None without the generator.

    Each variant, the unchanged one too, is compared with a base table of other random numbers.
    """
    if not GENERATOR.is_file():
        return None
    spec = importlib.util.spec_from_file_location("make_table", GENERATOR)
    if spec is None or spec.loader is None:
        return None
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)

    def statistics_of(seed: int, variant: str) -> Statistics:
        rows: pa.Table = tables.Maker(seed, variant).chunk(0, tables.CHUNK)
        named = rows.rename_columns([EVENT_TIME if name == "ts" else name for name in rows.column_names])
        return generate_statistics(Examples.from_arrow(named), engine=Threads())

    exact = 0
    for seed in range(n_seeds):
        base = statistics_of(seed, "base")
        found = {variant: changed_columns(base, statistics_of(1_000 + seed, variant)) for variant in tables.EXPECTED}
        exact += found == {variant: set(columns) for variant, columns in tables.EXPECTED.items()}
    return exact
