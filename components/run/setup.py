"""What a pipeline needs before its first run: an approved first schema."""

from components.artifacts.findings import Finding, Findings
from components.artifacts.schema import Schema
from components.run import catalog
from components.runtime.graph import LedgerRoot, Pipeline
from components.store.artifacts import record_artifact
from components.store.records import LedgerEntry
from components.store.resolver import BEGINNING
from components.store.store import Store


def approve_first_schemas(store: Store, pipeline: Pipeline) -> None:
    """Approve the draft of every schema root that has no approved version: the first one holds for all history."""
    approved = {entry.subject for entry in store.ledger(pipeline.name).entries("schema")}
    for root in pipeline.roots.values():
        if isinstance(root, LedgerRoot) and root.kind == "schema" and root.name not in approved:
            approve_schema(store, pipeline, root.name, effective_from=BEGINNING, who="first run", why="the first schema of the pipeline")


def approve_schema(store: Store, pipeline: Pipeline, name: str, *, effective_from: int, who: str, why: str) -> LedgerEntry:
    """Write the draft to the ledger as approved, in force from ``effective_from`` (microseconds) and known since then."""
    draft = Schema.from_yaml(catalog.FOLDER / pipeline.name / f"{name}.yaml")
    new = store.put(draft, "", effective_from)
    with store.database.write() as connection:
        record = record_artifact(connection, pipeline.name, new, store.database.now(connection))
    value = {"artifact": record.id, "digest": record.digest}
    return store.ledger(pipeline.name).append(
        "schema", name, value, lane="", effective_from=effective_from, known_at=effective_from, who=who, why=why
    )


def draft_findings(store: Store, pipeline: Pipeline) -> Findings:
    """Return the finding ``schema-not-approved`` for each draft that differs from the newest approved schema."""
    entries = store.ledger(pipeline.name).entries("schema")
    schemas = [root for root in pipeline.roots.values() if isinstance(root, LedgerRoot) and root.kind == "schema"]
    found = []
    for root in schemas:
        approved = [entry for entry in entries if entry.subject == root.name]
        newest = max(approved, key=lambda entry: (entry.effective_from, entry.id), default=None)
        if newest and Schema.from_yaml(catalog.FOLDER / pipeline.name / f"{root.name}.yaml") != approved_schema(store, newest):
            fix = f"approve it: `almanac schema approve {pipeline.name} --name {root.name}`, or take the change back"
            message = "the draft differs from the approved schema; runs go by the approved one"
            found.append(Finding("schema-not-approved", "warn", f"{root.name}.yaml", message, fix=fix))
    return Findings.of(found, checked=len(schemas))


def approved_schema(store: Store, entry: LedgerEntry) -> Schema:
    """Return the schema that a ledger entry approved."""
    schema = store.load(store.artifact(int(str(entry.value["artifact"]))))
    if not isinstance(schema, Schema):
        raise TypeError(f"ledger entry {entry.id} names no schema")
    return schema
