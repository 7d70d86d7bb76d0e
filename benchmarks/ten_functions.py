"""Ten labeling functions as the peers have them, ten more made with the builders, and seeded rows for them to vote on."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from components.artifacts.tiles import write_table
from components.labeling.functions import labeling_function
from components.labeling.kinds import keywords, pattern, vote_if
from components.labeling.search import search

HAM, SPAM = 0, 1
WORDS = [
    "the",
    "song",
    "video",
    "love",
    "nice",
    "check",
    "out",
    "my",
    "channel",
    "subscribe",
    "please",
    "http",
    "www",
    "free",
    "money",
    "win",
    "great",
    "bad",
    "best",
    "worst",
    "music",
    "people",
    "watch",
    "like",
    "comment",
    "view",
    "click",
    "here",
    "now",
    "today",
    "amazing",
    "awful",
    "boring",
    "wow",
]
TEXT = pl.col("text")


def write_rows(path: Path, n_rows: int, seed: int) -> None:
    """Write texts of 3 to 15 words and three numbers, with the identity columns of features."""
    random = np.random.default_rng([seed, n_rows])
    lengths = random.integers(3, 16, n_rows)
    words = pl.Series(WORDS)[random.integers(0, len(WORDS), int(lengths.sum()))]
    texts = pl.DataFrame({"row": np.repeat(np.arange(n_rows), lengths), "word": words}).group_by("row", maintain_order=True)
    rows = texts.agg(text=pl.col("word").str.join(" ")).drop("row").with_columns(
        likes=random.poisson(4, n_rows), age_days=random.integers(0, 2000, n_rows), score=random.normal(0, 1, n_rows)
    )  # fmt: skip
    ids = pa.array([b"%016d" % row for row in range(n_rows)], pa.binary(16))
    table = rows.to_arrow(compat_level=None)
    table = table.add_column(0, "event_time", pa.array(range(n_rows), pa.int64()).cast(pa.timestamp("us", "UTC")))
    write_table(table.add_column(0, "row_id", ids), path)


@labeling_function
def k_sub() -> pl.Expr:
    return vote_if(SPAM, TEXT.str.contains("subscribe", literal=True))


@labeling_function
def k_my() -> pl.Expr:
    return vote_if(SPAM, TEXT.str.contains(r"(?:^| )my(?: |$)"))


@labeling_function
def k_please() -> pl.Expr:
    return vote_if(SPAM, TEXT.str.contains("please", literal=True))


@labeling_function
def k_song() -> pl.Expr:
    return vote_if(HAM, TEXT.str.contains("song", literal=True))


@labeling_function
def r_link() -> pl.Expr:
    return vote_if(SPAM, TEXT.str.contains("http|www"))


@labeling_function
def r_check() -> pl.Expr:
    return vote_if(SPAM, TEXT.str.contains("check .{0,10}out"))


@labeling_function
def r_free() -> pl.Expr:
    return vote_if(SPAM, TEXT.str.contains(r"\b(?:free|win)\b.*\bmoney\b"))


@labeling_function
def h_short() -> pl.Expr:
    return vote_if(HAM, ~TEXT.str.contains(r"(?:\S+\s+){4}\S"))


@labeling_function
def h_likes() -> pl.Expr:
    return vote_if(HAM, pl.col("likes") > 7)  # noqa: PLR2004


@labeling_function
def h_score() -> pl.Expr:
    return vote_if(SPAM, (pl.col("score") > 1.0) & (pl.col("age_days") < 365))  # noqa: PLR2004


TEN = (k_sub, k_my, k_please, k_song, r_link, r_check, r_free, h_short, h_likes, h_score)


@labeling_function
def praise() -> pl.Expr:
    return keywords(HAM, ["amazing", "great", "best", "nice"], ["text"])


@labeling_function
def scorn() -> pl.Expr:
    return keywords(HAM, ["awful", "boring", "worst", "bad"], ["text"])


@labeling_function
def channel() -> pl.Expr:
    return keywords(SPAM, ["my channel", "check out", "subscribe"], ["text"])


@labeling_function
def talk() -> pl.Expr:
    return keywords(HAM, ["song", "music", "video", "watch"], ["text"])


@labeling_function
def money() -> pl.Expr:
    return vote_if(SPAM, search("free AND (money OR win) NOT song", ["text"]))


@labeling_function
def clicks() -> pl.Expr:
    return vote_if(SPAM, search("click AND (here OR now)", ["text"]))


@labeling_function
def views() -> pl.Expr:
    return vote_if(SPAM, search("(like OR comment) AND view AND NOT love", ["text"]))


@labeling_function
def begs() -> pl.Expr:
    return pattern(SPAM, r"(?i)\bplease\b.{0,20}\b(?:like|check|view)\b", "text")


@labeling_function
def today() -> pl.Expr:
    return pattern(SPAM, r"(?i)\btoday\b.*\bnow\b", "text")


@labeling_function
def old() -> pl.Expr:
    return vote_if(HAM, pl.col("age_days") > 1500)  # noqa: PLR2004


TWENTY = (*TEN, praise, scorn, channel, talk, money, clicks, views, begs, today, old)
