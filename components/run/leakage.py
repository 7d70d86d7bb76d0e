"""The proof that a model knew nothing too early: of all that it was made of, no root was known after its training's date."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.artifacts.model import Model
from components.artifacts.split import Split
from components.runtime.errors import DataError
from components.runtime.instants import from_micros
from components.store.lineage import lineage
from components.store.records import ArtifactRecord
from components.store.store import Store


@dataclass(frozen=True)
class Proof:
    """What one model was made of: how many roots (deliveries, schemas), and the latest instant (microseconds) at which one became known."""

    step: str
    trained_until: int
    n_roots: int
    latest: int
    late: tuple[ArtifactRecord, ...] = ()

    @property
    def sentence(self) -> str:
        """The proof in plain words."""
        latest, until = (f"{from_micros(one):%Y-%m-%d %H:%M}" for one in (self.latest, self.trained_until))
        return f"{self.step}: {self.n_roots} roots, the latest known at {latest}, trained as of {until} UTC"


def prove(store: Store, records: Mapping[str, ArtifactRecord]) -> list[Proof]:
    """Return the proof of each model of a run, from lineage: rows, labels, lookups and schemas alike lead back to roots.

    A split is not followed: it says which spans test, so it is made of later ones, and gives a training nothing but names of spans and rows
    to leave out.

    Raises
    ------
    DataError
        If a root was known after the date of a training.
    """
    found = []
    for name, record in sorted(records.items()):
        if record.kind == Model.kind and "." in name and "trained_until" in record.summary:
            made_of = lineage(store.database, record.id, without=(Split.kind,))
            roots = [link.artifact for link in made_of if not link.step]
            until = int(record.summary["trained_until"])
            late = tuple(root for root in roots if root.known_at > until)
            found.append(Proof(name.partition(".")[0], until, len(roots), max((root.known_at for root in roots), default=until), late))
    for proof in found:
        if proof.late:
            told = ", ".join(f"{one.kind} {one.span} known at {from_micros(one.known_at):%Y-%m-%d %H:%M}" for one in proof.late[:5])
            raise DataError(
                f"{proof.step} leaks: {len(proof.late)} of its {proof.n_roots} roots were known after {from_micros(proof.trained_until)}: {told}",
                fix="give every window of the training until= its own date",
            )
    return found
