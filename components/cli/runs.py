"""`almanac runs`: the runs of the store."""

import sys
from typing import Annotated

import typer

COLUMNS = ("run", "as of", "lane", "why", "state", "verdict")


def runs(
    pipeline: Annotated[str, typer.Argument(metavar="[PIPELINE]", help="Only this pipeline's.")] = "",
    graph: Annotated[str | None, typer.Option("--graph", help="data or training.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most this many, newest first.")] = 20,
) -> None:
    """List runs, newest first: what they were about, how they ended and what they found."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    from components.run.opening import superseded_by
    from components.runtime.instants import from_micros
    from components.store.store import Store

    lines = ["\t".join(COLUMNS)]
    table = Table(Column(COLUMNS[0], no_wrap=True, min_width=34), *COLUMNS[1:], box=None)
    with Store.open() as store:
        for one in store.runs_of(pipeline).recent(limit=limit, graph=graph):
            late = superseded_by(store, one)
            state = f"{one.state} (superseded by delivery {', '.join(str(n) for n in late)})" if late else one.state
            row = (one.id, f"{from_micros(one.as_of):%Y-%m-%d %H:%M}", one.lane, one.why, state, one.verdict)
            table.add_row(*(Text(cell) for cell in row))
            lines.append("\t".join(row))
    if sys.stdout.isatty():
        Console(highlight=False).print(table)
    else:
        print("\n".join(lines))  # noqa: T201 (for scripts: a line a run, its columns between tabs)
