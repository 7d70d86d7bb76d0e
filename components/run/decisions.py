"""Decisions: what a training run's verdict means for the ledger; the only effect after the graph."""

import logging
from collections.abc import Mapping

from components.artifacts.decision import Decision
from components.runtime.errors import StoreError
from components.runtime.graph import Pipeline
from components.store.records import ArtifactRecord, LedgerEntry, RunRecord
from components.store.store import Store

logger = logging.getLogger("almanac.run")


def settle_decisions(store: Store, pipeline: Pipeline, run: RunRecord, records: Mapping[str, ArtifactRecord]) -> str:
    """Write the run's blessing and return the verdict; "" where the run decides nothing.

    ``records`` are the run's artifacts by name. Promotion comes later, when the model has shown that it serves.
    """
    decided = next((record for record in records.values() if record.kind == Decision.kind), None)
    if decided is None:
        return ""
    decision = store.load(decided)
    if not isinstance(decision, Decision):
        raise TypeError(f"{decided.value_type} is no Decision")
    model = records.get(decision.model_step)
    if decision.verdict == "bless" and model is not None:
        bless(store, pipeline.name, run, model, who="gate", why="; ".join(decision.reasons))
    return decision.sentence


def bless(store: Store, pipeline: str, run: RunRecord, model: ArtifactRecord, *, who: str, why: str) -> LedgerEntry:
    """Record a blessing as of the run's date."""
    value = {"artifact": model.id, "digest": model.digest, "span": model.span, "run": run.id}
    return store.ledger(pipeline).append(
        "blessing", "champion", value, lane=run.lane, effective_from=run.as_of, known_at=run.as_of, who=who, why=why
    )


def approve_run(store: Store, pipeline: Pipeline, identity: str, *, who: str, why: str) -> LedgerEntry:
    """Bless the model of a training run by a person's word, whatever the gate said; the approval is recorded beside the blessing."""
    run, model = answer_run(store, pipeline, identity, approved=True, who=who, why=why)
    return bless(store, pipeline.name, run, model, who=who, why=why or "approved by hand")


def answer_run(store: Store, pipeline: Pipeline, identity: str, *, approved: bool, who: str, why: str) -> tuple[RunRecord, ArtifactRecord]:
    """Record what a person said of a training run's model, and return the run and the model.

    Raises
    ------
    StoreError
        If the run decided nothing.

    """
    run = store.runs_of(pipeline.name).get(identity)
    records = store.run(run.id).artifacts
    decided = next((record for record in records.values() if record.kind == Decision.kind), None)
    decision = store.load(decided) if decided else None
    if not isinstance(decision, Decision) or decision.model_step not in records:
        raise StoreError(f"run {run.id} decided nothing: there is no model to approve", fix="name a training run that came to its end")
    model = records[decision.model_step]
    value = {"run": run.id, "digest": model.digest, "gate": decision.verdict, "approved": approved}
    store.ledger(pipeline.name).append(
        "approval", "champion", value, lane=run.lane, effective_from=run.as_of, known_at=run.as_of, who=who, why=why
    )
    return run, model
