"""`almanac promote`, `rollback`, `unpin`: who serves in production, one decision of a person each."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from components.cli.options import PipelineName

if TYPE_CHECKING:
    from components.store.records import LedgerEntry
    from components.store.store import Store

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A training run whose model was blessed.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept with your name.")]
Who = Annotated[str, typer.Option("--who", help="Your name; by default the account's.")]


def promote(pipeline: PipelineName, run: RunArgument, why: Why = "", who: Who = "") -> None:
    """Make the blessed model of a run the champion of production, once a fresh process has shown that it serves."""
    from components.adapters.mlflow.serving_check import check_before_promotion
    from components.run.promotions import promote_run
    from components.store.store import Store

    with Store.open() as store:
        print(f"checked  {check_before_promotion(store, pipeline, run)}")  # noqa: T201
    _decide(pipeline, "promoted", lambda store, at, name: promote_run(store, pipeline, run, known_at=at, who=name, why=why), who)


def rollback(
    pipeline: PipelineName,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="The run whose model to go back to; by default the one before.")
    ] = None,
    why: Why = "",
    who: Who = "",
) -> None:
    """Put an earlier model back in production, and pin it there until `almanac unpin`."""
    from components.run.promotions import roll_back

    _decide(pipeline, "rolled back to", lambda store, at, name: roll_back(store, pipeline, run, known_at=at, who=name, why=why), who)


def unpin(pipeline: PipelineName, why: Why = "", who: Who = "") -> None:
    """Let the newest promotion serve again after a rollback."""
    from components.run.promotions import unpin as end_pin

    _decide(pipeline, "unpinned", lambda store, at, name: end_pin(store, pipeline, known_at=at, who=name, why=why), who)


def _decide(pipeline: str, word: str, decide: "Callable[[Store, int, str], LedgerEntry]", who: str) -> None:
    """Write a decision into the ledger, mirror it, and say what stands now."""
    import getpass

    from components.adapters.mlflow.outbox import mirror_champion
    from components.runtime.instants import to_micros
    from components.store.champions import champion_entry
    from components.store.store import Store

    with Store.open() as store:
        entry = decide(store, to_micros(datetime.now().astimezone()), who or getpass.getuser())
        now = champion_entry(store.ledger(pipeline))
        print(f"{word} the model of run {entry.value['run']}: ledger entry {entry.id}")  # noqa: T201
        print(f"champion the model of run {now.value['run'] if now else 'nobody'}")  # noqa: T201
        print(f"MLflow   {mirror_champion(store, pipeline)}")  # noqa: T201
