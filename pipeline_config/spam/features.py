"""What is known of a mail as it arrives: its own fields, and how often its sender's domain was spam."""

from datetime import datetime

import polars as pl

from components.features.records import Record, daily_records, with_records

RECORDS = (Record("domain_record", ("sender_domain",)),)

CATEGORICAL = ("attachment", "filter_verdict")
NUMERIC = (
    "hour", "n_links", "n_recipients", "size_kb", "n_words", "capitals", "exclamations", "amounts", "is_reply", "domain_record",
)  # fmt: skip
FOR_FUNCTIONS = ("message_id", "sender_domain", "subject", "body")
"""Columns that labeling functions read and no model takes."""


def spam() -> pl.Expr:
    """Return whether a mail turned out to be spam."""
    return pl.col("is_spam")


def count_outcomes(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of one day's outcomes that the records are made of, see `components.features.records`."""
    return daily_records(outcomes, spam(), RECORDS)


def earliest_prediction(start: datetime) -> datetime:
    """Return the earliest prediction time of a span: a mail is judged as it arrives."""
    return start


def build_features(mails: pl.DataFrame, _lookup: pl.DataFrame | None, records: pl.DataFrame) -> pl.DataFrame:
    """Return ``row_id``, ``event_time``, ``CATEGORICAL``, ``NUMERIC`` and ``FOR_FUNCTIONS`` of each mail, in the mails' order."""
    text = pl.col("subject") + pl.lit(" ") + pl.col("body")
    described = mails.with_columns(
        hour=pl.col("event_time").dt.hour(),
        n_words=text.str.count_matches(r"\S+"),
        capitals=pl.col("subject").str.count_matches("[A-Z]") / pl.col("subject").str.len_chars(),
        exclamations=text.str.count_matches("!"),
        amounts=text.str.count_matches(r"\$\d+"),
    )
    return with_records(described, records, RECORDS).select(
        "row_id", "event_time", *CATEGORICAL, *(pl.col(name).cast(pl.Float64) for name in NUMERIC), *FOR_FUNCTIONS
    )
