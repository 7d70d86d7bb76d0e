"""What a pipeline needs before its first run: an approved first schema."""

from components.artifacts.schema import Schema
from components.run.catalog import FOLDER
from components.runtime.graph import LedgerRoot, Pipeline
from components.store.artifacts import record_artifact
from components.store.records import LedgerEntry
from components.store.store import Store

BEGINNING = 0
"""The effective date and ``known_at`` of a first schema: it holds for all history."""


def approve_first_schemas(store: Store, pipeline: Pipeline) -> None:
    """Approve the draft of every schema root that has no approved version: the first one holds for all history."""
    approved = {entry.subject for entry in store.ledger(pipeline.name).entries("schema")}
    for root in pipeline.roots.values():
        if isinstance(root, LedgerRoot) and root.kind == "schema" and root.name not in approved:
            approve_schema(store, pipeline, root.name, effective_from=BEGINNING, who="first run", why="the first schema of the pipeline")


def approve_schema(store: Store, pipeline: Pipeline, name: str, *, effective_from: int, who: str, why: str) -> LedgerEntry:
    """Write the draft to the ledger as approved, in force from ``effective_from`` (microseconds) and known since then."""
    draft = Schema.from_yaml(FOLDER / pipeline.name / f"{name}.yaml")
    new = store.put(draft, "", effective_from)
    with store.database.write() as connection:
        record = record_artifact(connection, pipeline.name, new, store.database.now(connection))
    value = {"artifact": record.id, "digest": record.digest}
    return store.ledger(pipeline.name).append(
        "schema", name, value, lane="", effective_from=effective_from, known_at=effective_from, who=who, why=why
    )


def schema_drafts(store: Store, pipeline: Pipeline) -> list[str]:
    """Return one sentence for each draft that differs from the newest approved schema (finding ``schema-not-approved``)."""
    found = []
    entries = store.ledger(pipeline.name).entries("schema")
    for root in pipeline.roots.values():
        approved = [e for e in entries if isinstance(root, LedgerRoot) and root.kind == "schema" and e.subject == root.name]
        if not approved:
            continue
        newest = max(approved, key=lambda e: (e.effective_from, e.id))
        draft = store.put(Schema.from_yaml(FOLDER / pipeline.name / f"{root.name}.yaml"), "", 0)
        if draft.digest != newest.value["digest"]:
            found.append(
                f"schema-not-approved: {root.name}.yaml differs from the approved schema; `almanac approve {pipeline.name} {root.name}`"
            )
    return found
