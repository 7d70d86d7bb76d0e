"""What a pipeline's own modules hand to components by name, for the contract."""

from datetime import datetime, timedelta

import polars as pl

from components.features.records import Record, daily_records
from components.labeling.functions import labeling_function

RECORDS = (Record("carrier_record", ("carrier",)),)


def positive() -> pl.Expr:
    return pl.col("outcome") == 1


def count(outcomes: pl.DataFrame) -> pl.DataFrame:
    return daily_records(outcomes, positive(), RECORDS)


def known_by(start: datetime) -> datetime:
    return start - timedelta(hours=24)


def derive() -> list[pl.Expr]:
    return [(pl.col("score") * 2).alias("doubled"), pl.col("carrier").str.to_lowercase().alias("lower")]


def build(examples: pl.DataFrame, lookup: pl.DataFrame | None, records: pl.DataFrame) -> pl.DataFrame:
    seen = pl.lit(0 if lookup is None else lookup.height, pl.Int64)
    return examples.select("row_id", "event_time", "carrier", "score", seen=seen, known=pl.lit(records.height, pl.Int64))


@labeling_function
def high_score() -> pl.Expr:
    return pl.when(pl.col("score") > 0.5).then(1).when(pl.col("score") < -0.5).then(0)


@labeling_function
def carrier_aa() -> pl.Expr:
    return pl.when(pl.col("carrier") == "AA").then(0)


FUNCTIONS = (high_score, carrier_aa)
