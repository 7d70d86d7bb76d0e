"""`almanac approve`: put a decision of a person into the ledger."""

import getpass
from typing import Annotated

import typer


def approve(
    pipeline: Annotated[str, typer.Argument(metavar="PIPELINE", help="The pipeline.")],
    subject: Annotated[
        str, typer.Argument(metavar="SCHEMA|RUN", help="A schema (its draft becomes the approved one) or a training run's id.")
    ],
    effective_from: Annotated[
        str | None, typer.Option("--effective-from", help="First date that the schema holds for; default today.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="The reason, kept with your name.")] = "",
    who: Annotated[str, typer.Option("--who", help="Your name; by default the account's.")] = "",
) -> None:
    """Approve a schema's draft from a date on, or bless the model of a training run that the gate did not bless."""
    from datetime import datetime

    from components.adapters.mlflow.promotion import promote_checked
    from components.run.catalog import load_pipeline
    from components.run.decisions import approve_run
    from components.run.setup import approve_schema
    from components.runtime.graph import LedgerRoot
    from components.runtime.instants import parse_instant, to_micros
    from components.store.store import Store

    built = load_pipeline(pipeline)
    name = who or getpass.getuser()
    schemas = [root.name for root in built.roots.values() if isinstance(root, LedgerRoot) and root.kind == "schema"]
    with Store.open() as store:
        if subject in schemas:
            start = parse_instant(effective_from, built.calendar.zone) if effective_from else datetime.now().astimezone()
            entry = approve_schema(store, built, subject, effective_from=to_micros(start), who=name, why=why)
            print(f"approved {subject} of {pipeline} from {start:%Y-%m-%d} on: ledger entry {entry.id}")  # noqa: T201
        else:
            entry = approve_run(store, built, subject, who=name, why=why)
            print(f"blessed the model of {entry.value['run']} in the lane {entry.lane}: ledger entry {entry.id}")  # noqa: T201
            print(f"serving  {promote_checked(store, pipeline, str(entry.value['run']))}")  # noqa: T201
