"""What each feature alone tells of the outcome: on the training side, where outcomes are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from components.artifacts.examples import ROW_ID, Examples
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.signals import Lift, Repeat, Signal, Signals
from components.measures.associations import PairFigures, merge_associations, near_duplicates, signal_course, signals
from components.runtime.component import component
from components.runtime.window import Window
from components.statistics.pairs import AssociationConfig, associate_columns, cell_words

if TYPE_CHECKING:
    import pyarrow as pa

OUTCOME = "outcome"
LIFTS = 3
"""Values of a column whose lift is told."""
FREQUENT = 0.01
"""Share of the rows that a value must have for its lift to be told."""
THINNED = 4_096
"""Rows at most by which columns that may repeat one another are found, before all rows are asked."""


@component(libraries=("polars", "pyarrow", "numpy"))
def measure_signals(features: Window[Features], labels: Labels) -> Signals:
    """Return what each column of the features tells of the outcome, over the window and span by span, and which columns repeat one another.

    Only rows whose outcome is known count: a voted label is made from the columns, which would seem to tell it. A column that explains half
    of the outcome's entropy or more is suspected of leaking it (`measures.associations.SUSPICIOUS`).
    """
    import pyarrow as pa

    rows = dict(_known(features, labels))
    if not rows:
        return Signals((), 0)
    label = AssociationConfig(label=OUTCOME)
    found = merge_associations([associate_columns(Examples.from_arrow(table), config=label) for table in rows.values()])
    schema = pa.unify_schemas([table.schema for table in rows.values()], promote_options="permissive")
    told = tuple(_signal(one, signal_course(found, one.first), schema.field(one.first).type) for one in signals(found))
    return Signals(tuple(rows), sum(table.num_rows for table in rows.values()), told, tuple(_repeats(list(rows.values()))))


def _known(features: Window[Features], labels: Labels) -> Iterator[tuple[str, pa.Table]]:
    """Yield each span's features with their known outcome, of the spans that have one, in order of time."""
    import polars as pl

    known = labels.rows.filter(pl.col("outcome").is_not_null()).select(ROW_ID, pl.col("outcome").alias(OUTCOME))
    for span, value in features.present():
        joined = value.to_polars().drop(OUTCOME, strict=False).join(known, on=ROW_ID, how="inner", maintain_order="left")
        if joined.height:
            yield span.key, joined.to_arrow()


def _signal(one: PairFigures, course: Sequence[float | None], kind: pa.DataType) -> Signal:
    lifts = sorted(_lifts(one), key=lambda lift: (-lift.lift, lift.value))[:LIFTS]
    told = tuple(replace(lift, value=cell_words(lift.value, kind)) for lift in lifts)
    return Signal(one.first, one.explained, one.mutual_information, one.pearson, one.suspicious, tuple(course), told)


def _lifts(one: PairFigures) -> Iterator[Lift]:
    """Yield each frequent value with the outcome that it lifts most."""
    best: dict[str, Lift] = {}
    margin: Counter[str] = Counter()
    for (value, _), count in one.counts.items():
        margin[value] += count
    for (value, outcome), lift in one.lift.items():
        if margin[value] >= FREQUENT * one.n_rows and (value not in best or lift > best[value].lift):
            best[value] = Lift(value, outcome, lift, margin[value])
    yield from best.values()


def _repeats(tables: Sequence[pa.Table]) -> Iterator[Repeat]:
    """Yield the pairs of columns that repeat one another: found on every n-th row, asked of all."""
    import pyarrow as pa

    rows = pa.concat_tables(tables, promote_options="permissive").drop_columns([OUTCOME])
    thinned = rows.take(pa.array(range(0, rows.num_rows, -(-rows.num_rows // THINNED))))
    likely = near_duplicates(associate_columns(Examples.from_arrow(thinned), config=AssociationConfig(all_pairs=True)))
    asked = AssociationConfig(pairs=tuple((one.first, one.second) for one in likely))
    for one in near_duplicates(associate_columns(Examples.from_arrow(rows), config=asked)):
        yield Repeat(one.first, one.second, abs(one.pearson if one.pearson is not None else one.cramers_v or 0.0))
