"""The proof that a model knew nothing too early: of all that it was made of, no root was known after its training's date."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import cast

from components.artifacts.model import Model
from components.artifacts.split import Split
from components.runtime.errors import DataError
from components.runtime.instants import from_micros
from components.store.lineage import lineage
from components.store.records import ArtifactRecord, RunRecord
from components.store.store import Store

UNTIL = "trained_until"


@dataclass(frozen=True)
class Proof:
    """What one model was made of: how many roots (deliveries, schemas), and the latest instant (microseconds) at which one became known.

    ``artifact`` is the model's number. A model that it started from counts as one root, known since the latest of its own was.
    """

    step: str
    trained_until: int
    n_roots: int
    latest: int
    artifact: int

    @property
    def sentence(self) -> str:
        """The proof in plain words."""
        latest, until = (f"{from_micros(one):%Y-%m-%d %H:%M}" for one in (self.latest, self.trained_until))
        return f"{self.step}: {self.n_roots} roots, the latest known at {latest}, trained as of {until} UTC"


def prove(store: Store, records: Mapping[str, ArtifactRecord], proven: Mapping[int, int] = MappingProxyType({})) -> list[Proof]:
    """Return the proof of each model of a run, from lineage: rows, labels, lookups, schemas and a model to start from lead back to roots.

    A split is not followed: it says which spans test, so it is made of later ones, and gives a training nothing but names of spans and rows
    to leave out. ``proven`` models, by number, are taken to know what became known until then; others are followed.

    Raises
    ------
    DataError
        If a root was known after the date of a training.
    """
    found = []
    for name, record in sorted(records.items()):
        if record.kind == Model.kind and "." in name and UNTIL in record.summary:
            step, until, roots = name.partition(".")[0], int(record.summary[UNTIL]), list(_roots(store, record, proven))
            late = [(root, known) for root, known in roots if known > until]
            if late:
                told = ", ".join(f"{one.kind} {one.span} known at {from_micros(known):%Y-%m-%d %H:%M}" for one, known in late[:5])
                raise DataError(
                    f"{step} leaks: {len(late)} of its {len(roots)} roots were known after {from_micros(until)}: {told}",
                    fix="give every window of the training until= its own date",
                )
            found.append(Proof(step, until, len(roots), max((known for _, known in roots), default=until), record.id))
    return found


def record_proofs(store: Store, run: RunRecord, records: Mapping[str, ArtifactRecord]) -> list[Proof]:
    """Return the proof of each model of a run, worked out now and kept in the ledger, where `proofs_of` finds it."""
    found = prove(store, records, _proven(store, run.pipeline)) if run.graph == "training" else []
    if found:
        value = {"run": run.id, "proofs": [asdict(one) for one in found]}
        when = {"effective_from": run.as_of, "known_at": run.as_of}
        why = "of all that a model was made of, no root was known after its training's date"
        store.ledger(run.pipeline).append("proof", "model", value, lane=run.lane, **when, who="lineage", why=why)
    return found


def proofs_of(store: Store, run: RunRecord) -> list[Proof]:
    """Return the proofs that a run kept when it closed; none of a run that is open, failed, or made no model."""
    return [Proof(**one) for one in _recorded(store, run.pipeline, run.id)]  # type: ignore[arg-type]


def known_since(store: Store, pipeline: str, model: ArtifactRecord) -> int:
    """Return when the latest root of a model became known, in microseconds, by its proof or else by its lineage."""
    proven = _proven(store, pipeline)
    return proven[model.id] if model.id in proven else _latest(store, model, proven)


def _roots(store: Store, model: ArtifactRecord, proven: Mapping[int, int]) -> Iterator[tuple[ArtifactRecord, int]]:
    """Yield the roots of a model and when each was known; a model that it started from stands for its own roots."""
    for link in lineage(store.database, model.id, without=(Split.kind,), ends=(Model.kind,)):
        one = link.artifact
        if not link.step:
            yield one, one.known_at
        elif link.depth and one.kind == Model.kind:
            yield one, proven[one.id] if one.id in proven else _latest(store, one, proven)


def _latest(store: Store, model: ArtifactRecord, proven: Mapping[int, int]) -> int:
    return max((known for _, known in _roots(store, model, proven)), default=model.known_at)


def _proven(store: Store, pipeline: str) -> Mapping[int, int]:
    """Return by number of a model when the latest of its roots was known, of those that were proven."""
    return {int(str(one["artifact"])): int(str(one["latest"])) for one in _recorded(store, pipeline)}


def _recorded(store: Store, pipeline: str, run: str = "") -> list[Mapping[str, object]]:
    """Return the proofs that the ledger holds, of one run or of all."""
    entries = {str(e.value["run"]): e.value["proofs"] for e in store.ledger(pipeline).entries("proof")}
    return [one for name, proofs in entries.items() if not run or name == run for one in cast("list[Mapping[str, object]]", proofs)]
