"""Active learning: which rows people should label next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from components.artifacts.features import Features
from components.artifacts.label_batch import LabelBatch
from components.artifacts.labels import Labels
from components.artifacts.votes import ABSTAIN, ROW_ID_BYTES, Votes
from components.runtime.component import component
from components.runtime.errors import ConfigError
from components.runtime.window import Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

Why = Literal["uncertainty", "margin", "conflict", "uncovered"]


@dataclass(frozen=True)
class BatchConfig:
    """How many rows, for which reasons in equal parts, and which feature columns people are shown."""

    budget: int = 100
    reasons: tuple[Why, ...] = ("uncertainty", "conflict", "uncovered")
    show: tuple[str, ...] = ()


@component(libraries=("polars", "numpy"))
def pick_batch(labels: Labels, votes: Window[Votes], features: Window[Features], *, config: BatchConfig = BatchConfig()) -> LabelBatch:
    r"""Return the rows that people would teach most with, at most ``config.budget``; none whose outcome or rating is known.

    ``uncertainty`` is the entropy of the label's probability p in bits, ``margin`` :math:`1 - |2p - 1|` (Settles 2009, Active Learning
    Literature Survey, section 3.1), ``conflict`` twice the share of the votes that the fewer functions cast, ``uncovered`` is 1 where nothing
    voted. For diversity, rows of one vote pattern wait for those of the others: the second row of a pattern comes after every first.
    What a reason has too few rows for is left to the next.

    Raises
    ------
    ConfigError
        If the budget is negative, no reason is given or one stands twice.

    """
    import polars as pl

    if config.budget < 0 or not config.reasons or len(set(config.reasons)) < len(config.reasons):
        raise ConfigError("a batch wants a budget and reasons, each once", got=f"{config.budget}, {', '.join(config.reasons)}")
    open_rows = labels.rows.filter(pl.col("source").is_in(["label_model", "uncovered"])).select("row_id", "event_time", "span", "voted")
    rows = open_rows.join(_said(votes), on="row_id", how="inner", maintain_order="left")
    picked: list[pl.DataFrame] = []
    for left, why in zip(range(len(config.reasons), 0, -1), config.reasons, strict=True):
        taken = sum(one.height for one in picked)
        wanted = -(-(config.budget - taken) // left)
        best = _ranked(rows, why).head(wanted)
        rows = rows.join(best, on="row_id", how="anti")
        picked.append(best)
    batch = pl.concat(picked).select("row_id", "event_time", "span", "why", "score", probability="voted")
    shown = [value.to_polars().select("row_id", *config.show) for _, value in features.present()]
    return LabelBatch(batch.join(pl.concat(shown), on="row_id", how="left", maintain_order="left") if shown else batch)


def _ranked(rows: "pl.DataFrame", why: Why) -> "pl.DataFrame":
    """Return the rows that the reason holds for, with ``why`` and ``score``, one of each vote pattern before the second of any."""
    import polars as pl

    p = pl.col("voted")
    entropy = -(p * p.log(2) + (1 - p) * (1 - p).log(2)).fill_nan(0.0)
    scores: Mapping[Why, pl.Expr] = {
        "uncertainty": entropy,
        "margin": 1 - (2 * p - 1).abs(),
        "conflict": pl.col("conflict"),
        "uncovered": pl.when(pl.col("n_votes") == 0).then(1.0),
    }
    scored = rows.with_columns(why=pl.lit(why), score=scores[why]).filter(pl.col("score") > 0)
    turn = pl.col("score").rank("ordinal", descending=True).over("pattern")
    return scored.sort("row_id").with_columns(turn=turn).sort(["turn", "score", "row_id"], descending=[False, True, False]).drop("turn")


def _said(votes: Window[Votes]) -> "pl.DataFrame":
    """Return (row_id, pattern, n_votes, conflict) of every row of the window."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    schema = {"row_id": pl.Binary, "pattern": pl.Binary, "n_votes": pl.Int64, "conflict": pl.Float64}
    frames = []
    for _, value in votes.present():
        ids = pa.Array.from_buffers(pa.binary(ROW_ID_BYTES), len(value.row_ids), [None, pa.py_buffer(value.row_ids.tobytes())])
        n_votes = (value.votes != ABSTAIN).sum(axis=1)
        most = _most(value.votes)
        conflict = np.where(n_votes > 0, 2 * (n_votes - most) / np.maximum(n_votes, 1), 0.0)
        said = {
            "row_id": pl.Series(ids).cast(pl.Binary),
            "pattern": pl.Series([row.tobytes() for row in np.ascontiguousarray(value.votes)], dtype=pl.Binary),
            "n_votes": n_votes,
            "conflict": np.minimum(conflict, 1.0),
        }
        frames.append(pl.DataFrame(said, schema=schema))
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _most(votes: "NDArray[np.int8]") -> "NDArray[np.int64]":
    """Return how many functions voted for the most voted class of each row, [n_rows]."""
    import numpy as np

    classes = range(int(votes.max(initial=0)) + 1)
    most: NDArray[np.int64] = np.max([(votes == one).sum(axis=1) for one in classes], axis=0)
    return most
