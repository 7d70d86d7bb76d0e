"""Feature rows of one span, and the daily counts of outcomes that they look back on; the pipeline's own code says which."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.features import Features
from components.artifacts.purposes import purposes_of, tagged
from components.artifacts.records import Records
from components.features.records import recent_records
from components.measures.made_from import made_from, without_values
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import Duration, shift
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

IDENTITY = (ROW_ID, EVENT_TIME)


@component(libraries=("polars",))
def record_outcomes(outcomes: Examples, *, count: CodeRef) -> Records:
    """Return the counts of one span's outcomes by record and key.

    ``count`` names the pipeline's function from outcome rows to a count table (see ``components.features.records.daily_records``).
    """
    counted = cast("Callable[[pl.DataFrame], pl.DataFrame]", count.load())
    rows, tags = outcomes.to_polars(), purposes_of([outcomes.schema])
    counts = counted(rows)
    return Records(counts, _counted_by(counts, counted(without_values(rows, tags)), min(tags.values())) if tags else {})


@component(libraries=("polars",))
def build_features(
    examples: Examples,
    lookup: Window[Examples],
    records: Window[Records],
    span: Span,
    *,
    build: CodeRef,
    known_by: CodeRef,
    outcome_lag: Duration,
    zone: str,
    across_rows: tuple[str, ...] = (),
) -> Features:
    """Return one feature row an example, each knowing only what was known at its own prediction time.

    Parameters
    ----------
    examples
        The rows to describe.
    lookup
        Rows of another source of the spans before; ``build`` joins them as of each row's prediction time.
    records
        Daily outcome counts. Those of a span became known ``outcome_lag`` after its end (in the pipeline's ``zone``); only those known by
        the span's earliest prediction time count, whatever the window holds.
    build
        The pipeline's function (examples, lookup rows, summed counts) to feature rows; it keeps ``row_id`` and ``event_time``.
    known_by
        The pipeline's function from the span's start to its earliest prediction time.
    across_rows
        The features that are made from other rows of the span, too, such as a count of the day's departures. All others a row has by itself, as
        it is asked about in serving: one row of every span is described a second time alone, and must be described the same.

    Raises
    ------
    DataError
        If what ``build`` returns does not begin with the ``row_id`` and ``event_time`` of the examples, row by row, or a row alone has another
        feature than among others that ``across_rows`` does not name.

    Notes
    -----
    Where columns may only be sliced by, the features are made a second time without their values and without the records counted by them: a
    feature that differs was made from one of them, whatever it is called, and may only be sliced by, too.

    """
    import polars as pl

    built = cast("Callable[[pl.DataFrame, pl.DataFrame | None, pl.DataFrame], pl.DataFrame]", build.load())
    earliest = cast("Callable[[datetime], datetime]", known_by.load())(span.start)
    dated = [(shift(day.end, outcome_lag, zone), value.counts) for day, value in records.present()]
    rows = [value.to_polars() for _, value in lookup.present()]
    seen = pl.concat(rows) if rows else None
    counts = recent_records(dated, known_by=earliest)
    limited = {name: purpose for _, value in records.present() for name, purpose in value.purposes.items()}
    features = built(examples.to_polars(), seen, counts)
    if features.columns[:2] != list(IDENTITY) or not features.select(IDENTITY).equals(examples.to_polars(IDENTITY)):
        raise DataError(
            f"{build.target} changed the rows",
            fix=f"return one feature row an example, in their order, and begin with {', '.join(IDENTITY)}",
        )
    middle = examples.n_rows // 2
    alone = made_from(features[middle : middle + 1], built(examples.to_polars()[middle : middle + 1], seen, counts), "").keys()
    if other := sorted(alone - {*across_rows}):
        raise DataError(
            f"{build.target} says of a row alone something else than among the others of its span: {', '.join(other)}",
            where=span.key,
            fix="make the feature from the row itself, or name it in `across_rows`: rows are then served with those of their span only",
        )
    purposes = purposes_of([examples.schema, *(value.schema for _, value in lookup.present())])
    if not purposes and not limited:
        return Features.from_arrow(_canonical(features))
    seen_without = None if seen is None else without_values(seen, purposes)
    without = built(without_values(examples.to_polars(), purposes), seen_without, counts.filter(~pl.col("record").is_in(list(limited))))
    return Features.from_arrow(tagged(_canonical(features), made_from(features, without, min([*purposes.values(), *limited.values()]))))


def _counted_by(counts: "pl.DataFrame", without: "pl.DataFrame", purpose: str) -> dict[str, str]:
    """Return the purpose of each record whose counts differ from those made without the values of tagged columns."""
    import polars as pl

    differing = pl.concat([counts.join(without, on=counts.columns, how="anti"), without.join(counts, on=counts.columns, how="anti")])
    return dict.fromkeys(differing["record"].unique().sort().to_list(), purpose)


def _canonical(features: "pl.DataFrame") -> "pa.Table":
    """Return the rows as Arrow with plain strings and a row id of 16 bytes, as examples have them."""
    import pyarrow as pa

    table = features.to_arrow(compat_level=None)
    fields = [
        pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) or pa.types.is_string_view(f.type) else f.type)
        for f in table.schema
    ]
    fields[table.schema.get_field_index("row_id")] = pa.field("row_id", pa.binary(16))
    return table.cast(pa.schema(fields))
