"""Raters as a source of labels: what they say together of each item, weighted by how right each is believed to be."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.examples import Examples
from components.artifacts.probabilities import as_lists
from components.artifacts.purposes import purposes_of
from components.artifacts.rated_items import RatedItems, RaterScore
from components.labeling.selection import fit_votes
from components.measures.agreement import cohen_kappa, krippendorff_alpha
from components.measures.hashing import row_keys
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.window import Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True)
class RatingConfig:
    """Where a row of ratings says which item (its key, as the examples declare it), who and what; and whose word ends a dispute."""

    item: tuple[str, ...]
    rater: str = "rater"
    label: str = "label"
    n_classes: int = 2
    adjudicator: str | None = None


@component(libraries=("polars", "numpy"))
def combine_ratings(ratings: Window[Examples], answers: Window[Examples] | None = None, *, config: RatingConfig) -> RatedItems:
    """Return one row an item rated in the window, with the probability of each class by the model of Dawid and Skene (1979) of the raters.

    A rater's last word on an item counts. An item that the adjudicator rated has that class; what the others said stays beside it.

    Parameters
    ----------
    answers
        What people said in the batches that they were asked to label; the columns are ``rater`` and ``label``.

    Raises
    ------
    DataError
        If a label is none of the classes.

    """
    import numpy as np
    import polars as pl

    asked = () if answers is None else answers.present()
    read = [(value, (config.rater, config.label)) for _, value in ratings.present()] + [(value, ("rater", "label")) for _, value in asked]
    said = _last_words([_named(value, config.item, *names) for value, names in read], config.item)
    wrong = said.filter(~pl.col("label").is_between(0, config.n_classes - 1))
    if wrong.height:
        raise DataError(
            f"a rater said {wrong['label'][0]}; classes are 0 to {config.n_classes - 1}", fix="correct the ratings, or n_classes"
        )
    raters = said["rater"].unique().sort().to_list()
    items = said.group_by("row_id", maintain_order=True).agg(
        said=pl.struct("rater", "label"), n_raters=pl.len(), n_said=pl.col("label").n_unique()
    )
    matrix = _matrix(said, raters, items)
    model = fit_votes(matrix, config.n_classes, method="dawid-skene", names=raters).model
    rated, disputed = model.predict(matrix), items["n_said"].to_numpy() > 1
    if config.adjudicator in raters:
        final = matrix[:, raters.index(config.adjudicator)]
        rated = np.where((final >= 0)[:, None], np.eye(config.n_classes)[final], rated)
        disputed &= final < 0
    rows = items.select("row_id", as_lists(rated).alias("rated"), "n_raters", pl.Series("disputed", disputed), "said")
    scores = enumerate(zip(raters, (matrix >= 0).sum(axis=0), model.accuracies(), strict=True))
    return RatedItems(
        rows.with_columns(pl.col("n_raters").cast(pl.Int64)),
        krippendorff_alpha(matrix, config.n_classes),
        tuple(
            RaterScore(name, int(n), _kappa(position, matrix, config.n_classes), round(float(a), 6)) for position, (name, n, a) in scores
        ),
        {name: one for value, names in read for name, one in purposes_of([value.schema]).items() if name in (*config.item, *names)},
    )


def _named(value: Examples, item: tuple[str, ...], rater: str, label: str) -> "pl.DataFrame":
    """Return (event_time, rater, label) and the item of each rating."""
    import polars as pl

    said = pl.col(rater).cast(pl.String).alias("rater"), pl.col(label).cast(pl.Int64).alias("label")
    return value.to_polars().select("event_time", *said, *item)


def _last_words(frames: "list[pl.DataFrame]", item: tuple[str, ...]) -> "pl.DataFrame":
    """Return (row_id, rater, label), one row an item and rater, the last in time, sorted."""
    import polars as pl

    names = {"row_id": pl.Binary, "rater": pl.String, "label": pl.Int64}
    if not frames:
        return pl.DataFrame(schema=names)
    rows = pl.concat(frames).drop_nulls()
    ids = row_keys(rows.select(item).to_arrow(), item)
    said = rows.select("event_time", pl.Series("row_id", ids).cast(pl.Binary), "rater", "label").sort(
        "row_id", "rater", "event_time", maintain_order=True
    )
    return said.unique(["row_id", "rater"], keep="last", maintain_order=True).select(*names)


def _matrix(said: "pl.DataFrame", raters: list[str], items: "pl.DataFrame") -> "NDArray[np.int8]":
    """Return the ratings, [n_items, n_raters], -1 where not rated."""
    import numpy as np
    import polars as pl

    matrix = np.full((items.height, len(raters)), -1, np.int8)
    position = items.select("row_id", row=pl.int_range(pl.len()))
    placed = said.join(position, on="row_id", how="left", maintain_order="left")
    columns = np.searchsorted(np.array(raters, dtype=str), placed["rater"].to_numpy().astype(str)) if raters else np.arange(0)
    matrix[placed["row"].to_numpy(), columns] = placed["label"].to_numpy()
    return matrix


def _kappa(position: int, matrix: "NDArray[np.int8]", n_classes: int) -> float | None:
    """Return the mean kappa of a rater with the others, weighted by common items; None without any."""
    import numpy as np

    own, others = matrix[:, position], np.delete(matrix, position, axis=1).T
    pairs = ((cohen_kappa(own, other, n_classes), int(((own >= 0) & (other >= 0)).sum())) for other in others)
    common = [(kappa, n) for kappa, n in pairs if kappa is not None]
    total = sum(n for _, n in common)
    return round(sum(kappa * n for kappa, n in common) / total, 6) if total else None
