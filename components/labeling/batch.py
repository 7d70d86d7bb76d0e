"""Active learning: which rows people should label next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from components.artifacts.features import Features
from components.artifacts.label_batch import LabelBatch
from components.artifacts.labels import Labels
from components.artifacts.probabilities import as_lists
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

    Of k classes ``uncertainty`` is the entropy :math:`-\sum_c p_c \log_k p_c` of the label model's probabilities, ``margin`` one less how much
    the most probable class leads the second (Settles 2009, Active Learning Literature Survey, section 3.1), ``conflict`` the share of the votes
    against the class of most votes (Freeman 1965, Elementary Applied Statistics: the variation ratio) over its greatest, :math:`(k - 1) / k`; ``uncovered`` is 1 where nothing voted. For diversity, rows of one vote pattern wait for those of the others: the second row of a pattern comes after every first.
    What a reason has too few rows for is left to the next, and what is left after the last to all, in order.

    Raises
    ------
    ConfigError
        If the budget is negative, no reason is given or one stands twice.

    """
    import polars as pl

    if config.budget < 0 or not config.reasons or len(set(config.reasons)) < len(config.reasons):
        raise ConfigError("a batch wants a budget and reasons, each once", got=f"{config.budget}, {', '.join(config.reasons)}")
    believed = labels.rows.select("row_id", "event_time", "span", "source").with_columns(_doubts(labels.probabilities("voted")))
    open_rows = believed.filter(pl.col("source").is_in(["label_model", "uncovered"])).drop("source")
    rows = open_rows.join(_said(votes), on="row_id", how="inner", maintain_order="left")
    picked: list[pl.DataFrame] = []
    in_parts = zip(range(len(config.reasons), 0, -1), config.reasons, strict=True)
    for left, why in (*in_parts, *((1, why) for why in config.reasons)):
        taken = sum(one.height for one in picked)
        wanted = -(-(config.budget - taken) // left)
        best = _ranked(rows, why).head(wanted)
        rows = rows.join(best, on="row_id", how="anti")
        picked.append(best)
    batch = pl.concat(picked).select("row_id", "event_time", "span", "why", "score", "probability")
    shown = [value.to_polars().select("row_id", *config.show) for _, value in features.present()]
    return LabelBatch(batch.join(pl.concat(shown), on="row_id", how="left", maintain_order="left") if shown else batch)


def _ranked(rows: "pl.DataFrame", why: Why) -> "pl.DataFrame":
    """Return the rows that the reason holds for, with ``why`` and ``score``, one of each vote pattern before the second of any."""
    import polars as pl

    scored = rows.with_columns(why=pl.lit(why), score=pl.col(why)).filter(pl.col("score") > 0)
    turn = pl.col("score").rank("ordinal", descending=True).over("pattern")
    return scored.sort("row_id").with_columns(turn=turn).sort(["turn", "score", "row_id"], descending=[False, True, False]).drop("turn")


def _doubts(shares: "NDArray[np.float64]") -> "list[pl.Series]":
    """Return ``probability``, ``uncertainty`` and ``margin`` of probabilities [n_rows, n_classes]; null where they are NaN."""
    import numpy as np
    import polars as pl

    logarithms = np.log(np.where(shares > 0, shares, 1.0)) / np.log(shares.shape[1])
    second, first = np.sort(shares, axis=1)[:, -2:].T
    doubts = {"uncertainty": -(shares * logarithms).sum(axis=1), "margin": 1 - (first - second)}
    return [as_lists(shares).alias("probability"), *(pl.Series(name, values).fill_nan(None) for name, values in doubts.items())]


def _said(votes: Window[Votes]) -> "pl.DataFrame":
    """Return (row_id, pattern, uncovered, conflict) of every row of the window."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    schema = {"row_id": pl.Binary, "pattern": pl.Binary, "uncovered": pl.Float64, "conflict": pl.Float64}
    frames = []
    for _, value in votes.present():
        ids = pa.Array.from_buffers(pa.binary(ROW_ID_BYTES), len(value.row_ids), [None, pa.py_buffer(value.row_ids.tobytes())])
        n_votes, k = (value.votes != ABSTAIN).sum(axis=1), len(value.classes)
        most = np.max([(value.votes == one).sum(axis=1) for one in value.classes], axis=0)
        conflict = (n_votes - most) / np.maximum(n_votes, 1) * (k / max(1, k - 1))
        said = {
            "row_id": pl.Series(ids).cast(pl.Binary),
            "pattern": pl.Series([row.tobytes() for row in np.ascontiguousarray(value.votes)], dtype=pl.Binary),
            "uncovered": (n_votes == 0).astype(np.float64),
            "conflict": conflict,
        }
        frames.append(pl.DataFrame(said, schema=schema))
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)
