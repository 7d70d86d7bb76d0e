"""Where a label came from, and which models learned from a labeling function, a rater or a source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import sqlalchemy as sa

from components.artifacts.examples import Examples
from components.artifacts.label_batch import LabelBatch
from components.artifacts.labels import Labels
from components.artifacts.rated_items import RatedItems
from components.artifacts.votes import Votes
from components.runtime.errors import StoreError, nearest
from components.store.artifacts import COLUMNS, artifact_of
from components.store.lineage import Link, lineage
from components.store.records import ArtifactRecord
from components.store.store import Store
from components.store.tables import artifact, delivery, delivery_part

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")
Teacher = Literal["function", "rater", "source"]


@dataclass(frozen=True)
class LabelStory:
    """A row's label as of a date, and all that was said of it.

    ``row`` holds the columns of the labels; ``probabilities`` that of each class by ``label``, ``rated`` and ``voted``, of those that speak; ``votes`` each function's vote (None: it abstained), ``ratings`` each rater's class, empty where
    nobody rated; ``versions`` the digests of the artifacts that it follows from, by step, and ``label_model`` the method that spoke.
    """

    row: Mapping[str, object]
    probabilities: Mapping[str, Sequence[float]]
    precedence: Sequence[str]
    label_model: str
    votes: Mapping[str, int | None]
    ratings: Mapping[str, int]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Learner:
    """A model that learned from something, what that was, and how many of its training labels the source gave (None: not counted)."""

    model: ArtifactRecord
    step: str
    teacher: Teacher
    n_labels: int | None


def why_label(store: Store, pipeline: str, key: Mapping[str, str], as_of: int) -> LabelStory:
    """Return the story of the label of the row with this key, of the newest labels not later than ``as_of`` (microseconds).

    ``key`` gives columns of the examples as text, as many as name one row.

    Raises
    ------
    StoreError
        If there are no labels by then, no such column, or not one such row.

    """
    import polars as pl

    labels, record = _labels(store, pipeline, as_of)
    links = lineage(store.database, record.id)
    found = _row_id(store, links, key)
    rows = labels.rows.filter(pl.col("row_id") == found)
    if not rows.height:
        raise StoreError(f"the row was not in the window of the labels as of that date ({record.span})", fix="give another --as-of")
    row = rows.drop("row_id").row(0, named=True)
    told = {name: Labels(rows, labels.label_model).probabilities(name)[0] for name in ("label", "rated", "voted") if row[name] is not None}
    shares = {name: values.tolist() for name, values in told.items()}
    votes, voted = _votes(store, links, str(row["span"]), found)
    ratings, rated = _ratings(store, links, found)
    fed_back = {link.step: link.artifact.digest for link in links if link.artifact.kind == "feedback"}
    versions = {"labels": record.digest, **voted, **rated, **fed_back}
    model = labels.label_model
    precedence = model.get("precedence", ())
    return LabelStory(row, shares, tuple(precedence), str(model.get("method")), votes, ratings, versions)  # type: ignore[arg-type]


def which_models(store: Store, pipeline: str, name: str) -> list[Learner]:
    """Return the models whose training labels the labeling function, rater or source called ``name`` had a part in, newest first."""
    deliveries = _deliveries(store, pipeline, name)
    learners = []
    for record in _of_kind(store, pipeline, "model"):
        links = lineage(store.database, record.id)
        found = _teacher(store, links, name, deliveries)
        if found is not None:
            learners.append(Learner(record, links[0].step, *found))
    return learners


def newest_batch(store: Store, pipeline: str) -> LabelBatch:
    """Return the rows to label that the newest training run picked.

    Raises
    ------
    StoreError
        If no run has picked any.

    """
    batches = _of_kind(store, pipeline, LabelBatch.kind)
    if not batches:
        raise StoreError(f"no run of {pipeline} has picked a batch", fix="add the step `pick_batch` to the pipeline, and train")
    return _load(store, batches[0], LabelBatch)


def _teacher(store: Store, links: Sequence[Link], name: str, deliveries: set[int]) -> tuple[Teacher, int | None] | None:
    """Return as what ``name`` taught the model with this lineage, and how many labels."""
    for link in links:
        if link.artifact.kind == "labels" and name in _load(store, link.artifact, Labels).label_model.get("functions", ()):  # type: ignore[operator]
            return "function", int(link.artifact.summary["n_label_model"])
        if link.artifact.kind == "rated_items":
            said = {one.rater: one.n_items for one in _load(store, link.artifact, RatedItems).raters}
            if name in said:
                return "rater", said[name]
    return ("source", None) if deliveries & {link.artifact.id for link in links} else None


def _labels(store: Store, pipeline: str, as_of: int) -> tuple[Labels, ArtifactRecord]:
    """Return the newest labels not later than ``as_of``."""
    every = [(_load(store, record, Labels), record) for record in _of_kind(store, pipeline, "labels")]
    dated = [(int(str(one.label_model.get("as_of", 0))), record.id, one, record) for one, record in every]
    by_then = [one for one in dated if one[0] <= as_of]
    if not by_then:
        raise StoreError(f"{pipeline} has no labels by that date", fix=f"almanac run {pipeline} --as-of …")
    *_, labels, record = max(by_then, key=lambda one: one[:2])
    return labels, record


def _row_id(store: Store, links: Sequence[Link], key: Mapping[str, str]) -> bytes:
    """Return the id of the one row of the examples whose columns read as ``key`` says."""
    import polars as pl

    found: set[bytes] = set()
    known: set[str] = set()
    for rows in _frames(store, links):
        known |= set(rows.columns)
        if set(key) <= set(rows.columns):
            matching = rows.filter(*(pl.col(name).cast(pl.String) == value for name, value in key.items()))
            found |= set(matching["row_id"].to_list())
    strange = set(key) - known
    if strange:
        raise StoreError(f"the examples have no column '{min(strange)}'", nearest=nearest(min(strange), known))
    if len(found) != 1:
        raise StoreError(f"{len(found)} rows have this key", fix="name the columns of the key, as COLUMN=VALUE,COLUMN=VALUE")
    return found.pop()


def _frames(store: Store, links: Sequence[Link]) -> "Iterator[pl.DataFrame]":
    """Yield the examples that the votes of a lineage were cast on."""
    for link in links:
        if link.artifact.kind == "features":
            for above in lineage(store.database, link.artifact.id, depth=1)[1:]:
                if above.artifact.kind == "examples" and above.artifact.span == link.artifact.span:
                    yield _load(store, above.artifact, Examples).to_polars()


def _votes(store: Store, links: Sequence[Link], span: str, row_id: bytes) -> tuple[dict[str, int | None], dict[str, str]]:
    """Return the votes on the row by function, and the digest of the artifact that holds them."""
    for link in links:
        if link.artifact.kind == "votes" and link.artifact.span == span:
            votes = _load(store, link.artifact, Votes)
            position = [one.tobytes() for one in votes.row_ids].index(row_id)
            said = zip(votes.functions, votes.votes[position].tolist(), strict=True)
            return {name: vote if vote >= 0 else None for name, vote in said}, {link.step: link.artifact.digest}
    return {}, {}


def _ratings(store: Store, links: Sequence[Link], row_id: bytes) -> tuple[dict[str, int], dict[str, str]]:
    """Return the classes that raters gave the row, and the digest of the artifact that holds them."""
    import polars as pl

    for link in links:
        if link.artifact.kind == "rated_items":
            said = _load(store, link.artifact, RatedItems).rows.filter(pl.col("row_id") == row_id)["said"].to_list()
            return {one["rater"]: one["label"] for many in said for one in many}, {link.step: link.artifact.digest}
    return {}, {}


def _of_kind(store: Store, pipeline: str, kind: str) -> list[ArtifactRecord]:
    """Return the artifacts of a kind, newest first."""
    query = sa.select(*COLUMNS).where(artifact.c.pipeline == pipeline, artifact.c.kind == kind).order_by(artifact.c.id.desc())
    with store.database.read() as connection:
        return [artifact_of(row) for row in connection.execute(query)]


def _deliveries(store: Store, pipeline: str, source: str) -> set[int]:
    """Return the numbers of the artifacts that a source delivered."""
    query = (
        sa.select(delivery_part.c.artifact)
        .join(delivery, delivery.c.id == delivery_part.c.delivery)
        .where(delivery.c.pipeline == pipeline, delivery.c.source == source)
    )
    with store.database.read() as connection:
        return set(connection.execute(query).scalars())


def _load(store: Store, record: ArtifactRecord, kind: type[T]) -> T:
    """Return the artifact as what it is."""
    value = store.load(record)
    if not isinstance(value, kind):
        raise StoreError(f"{record.kind} {record.digest[:12]} is a {type(value).__name__}")
    return value
