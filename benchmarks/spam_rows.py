"""Mails of the spam pipeline in number: twenty days, repeated, as features of one span with the tables of its functions."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa

from components.artifacts.features import Features
from components.artifacts.lookups import Lookups
from components.artifacts.tiles import write_table
from components.features.records import recent_records
from pipeline_config.spam import generator
from pipeline_config.spam.features import build_features

FIRST, N_DAYS, N_TIMES = date(2026, 10, 1), 20, 17


def spam_rows(path: Path) -> tuple[Features, Lookups]:
    """Write 102,000 mails and return them with the tables of their first day."""
    days = [FIRST + timedelta(days=i) for i in range(N_DAYS)]
    mails = pl.concat([pl.DataFrame(pl.from_arrow(generator.mail(day))) for day in days] * N_TIMES)
    ids = pl.Series([i.to_bytes(16, "big") for i in range(mails.height)])
    unknown = recent_records([], known_by=datetime(2026, 1, 1, tzinfo=UTC))
    table = build_features(mails.with_columns(event_time="received_at", row_id=ids), None, unknown).to_arrow(compat_level=None)
    types = {"row_id": pa.binary(16)} | {one.name: pa.string() for one in table.schema if pa.types.is_large_string(one.type)}
    types |= {one.name: pa.string() for one in table.schema if pa.types.is_string_view(one.type)}
    write_table(table.cast(pa.schema([pa.field(one.name, types.get(one.name, one.type)) for one in table.schema])), path)
    made = {name: getattr(generator, name)(FIRST) for name in ("blacklist", "corpus", "ratings")}
    tables = {name: pl.DataFrame(pl.from_arrow(one)) for name, one in made.items()}
    return Features(path=path, counts={"partitioned": mails.height, "duplicate": 0, "dropped": 0}), Lookups(tables)
