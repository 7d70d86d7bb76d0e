"""Progress and endings in the terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.store.records import RunRecord
    from components.store.store import Store

MARKS = {"computed": "[green]made  [/green]", "reused": "[blue]reused[/blue]"}


@contextmanager
def steps(title: str) -> Iterator[Callable[[str, str], None]]:
    """Print a title, and give a function that prints one line a finished step with its seconds."""
    from rich.console import Console

    console, before = Console(highlight=False, soft_wrap=True), [time.monotonic()]
    console.print(title, style="bold", markup=False)

    def tell(step: str, what: str) -> None:
        now = time.monotonic()
        console.print(f"  {MARKS.get(what, '[dim]·     [/dim]')} {step:<24} [dim]{now - before[0]:6.2f} s[/dim]  ", end="")
        console.print("" if what in MARKS else what, markup=False)
        before[0] = now

    yield tell


def conclude(store: "Store", run: "RunRecord", *, sync: bool) -> None:
    """Print the verdict, write the report, copy the run to MLflow where a server is set up, and promote what it blessed for production."""
    from rich.console import Console

    from components.reports.collect import write_report

    console = Console(highlight=False, soft_wrap=True)
    console.print(run.verdict, style="bold", markup=False)
    console.print(f"run     {run.id}", markup=False)
    console.print(f"report  {write_report(store, run.id)}", markup=False)
    if sync:
        from components.cli.mlflow_sync import sync_quietly

        console.print(f"mlflow  {sync_quietly(store)}", markup=False)
    if run.lane == "production" and run.graph == "training":
        console.print(
            f"serving {_promoted(store, run) if sync else f'not promoted: `almanac promote {run.pipeline} {run.id}`'}", markup=False
        )


def _promoted(store: "Store", run: "RunRecord") -> str:
    """Promote the model that a run blessed, and say what came of it; a server that is down costs nothing."""
    from components.adapters.mlflow.promotion import promote_checked
    from components.run.mirror import MirrorUnavailable
    from components.runtime.errors import StoreError

    try:
        return promote_checked(store, run.pipeline, run.id)
    except (MirrorUnavailable, StoreError) as error:
        return f"not promoted: {error.message}"
