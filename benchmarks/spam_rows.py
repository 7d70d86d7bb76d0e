"""Mails of the spam pipeline: in number, as features of one span with the tables of its functions; and the votes of two weeks with the truth."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from label_matrices import LabelMatrix

from components.artifacts.features import Features
from components.artifacts.lookups import Lookups
from components.artifacts.tiles import write_table
from components.features.records import recent_records
from components.labeling.voting import vote_matrix
from pipeline_config.spam import generator, labeling
from pipeline_config.spam.features import build_features

FIRST, N_DAYS, N_TIMES = date(2026, 10, 1), 20, 17
WEEKS_APART, DAYS_VOTED = 5, 14
"""Between two seeds' first days, longer than campaigns live; and the days of a matrix: 4,200 mails."""


def spam_rows(path: Path) -> tuple[Features, Lookups]:
    """Write 102,000 mails and return them with the tables of their first day."""
    days = [FIRST + timedelta(days=i) for i in range(N_DAYS)]
    mails = pl.concat([_frame("mail", day) for day in days] * N_TIMES)
    table = _features(mails).to_arrow(compat_level=None)
    types = {"row_id": pa.binary(16)} | {one.name: pa.string() for one in table.schema if pa.types.is_large_string(one.type)}
    types |= {one.name: pa.string() for one in table.schema if pa.types.is_string_view(one.type)}
    write_table(table.cast(pa.schema([pa.field(one.name, types.get(one.name, one.type)) for one in table.schema])), path)
    return Features(path=path, counts={"partitioned": mails.height, "duplicate": 0, "dropped": 0}), Lookups(_tables(FIRST))


def spam_matrix(seed: int) -> LabelMatrix:
    """Return what the pipeline's functions say of the mails of two weeks, and which of these are spam."""
    first = FIRST + timedelta(weeks=WEEKS_APART * seed)
    votes, truth = [], []
    for day in (first + timedelta(days=i) for i in range(DAYS_VOTED)):
        rows = _features(_frame("mail", day).sort("received_at"))
        votes.append(vote_matrix(rows, labeling.FUNCTIONS, _tables(day)))
        known = generator._mails(day).select("message_id", "is_spam")  # noqa: SLF001 - the truth, which no source tells of all mails
        truth.append(rows.join(known, on="message_id", how="left", maintain_order="left")["is_spam"].to_numpy())
    return LabelMatrix(np.concatenate(votes), np.concatenate(truth).astype(np.int8), 2, None)


def _frame(name: str, day: date) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(getattr(generator, name)(day)))


def _features(mails: pl.DataFrame) -> pl.DataFrame:
    ids = pl.Series([i.to_bytes(16, "big") for i in range(mails.height)])
    unknown = recent_records([], known_by=datetime(2026, 1, 1, tzinfo=UTC))
    return build_features(mails.with_columns(event_time="received_at", row_id=ids), None, unknown)


def _tables(day: date) -> dict[str, pl.DataFrame]:
    """Return the tables that functions look mails of a day up in."""
    before, monthly = day - timedelta(days=1), day.replace(day=1)
    return {name: _frame(name, when) for name, when in (("blacklist", before), ("corpus", monthly), ("ratings", day))}
