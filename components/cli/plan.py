"""`almanac plan`: what would be reused and what computed, and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from components.cli.options import AsOfOption, LaneOption, PipelineName, SetOption

if TYPE_CHECKING:
    from components.runtime.graph import Pipeline
    from components.runtime.spans import Span

SHOWN = 40


def plan(
    pipeline: PipelineName,
    as_of: AsOfOption = None,
    span: Annotated[str | None, typer.Option("--span", help="Plan the data steps of this span only.")] = None,
    lane: LaneOption = "experiment",
    overrides: SetOption = None,
) -> None:
    """Show per step and span: reuse, recompute, absent or blocked, which part of the key differs, and the estimated time."""
    from components.cli.options import checked_lane, moment
    from components.run.catalog import load_pipeline, parse_overrides
    from components.run.planning import plan_graph
    from components.store.store import Store

    built = load_pipeline(pipeline, parse_overrides(overrides or []))
    if span:
        print_plan(built, [built.calendar.span(span)])
        return
    with Store.open() as store:
        found = plan_graph(store, built, "training", None, moment(built, as_of), checked_lane(lane))
    from rich.console import Console
    from rich.table import Table

    table = Table("step", "span", "action", "why", box=None)
    shown = [step for step in found.steps if step.own or step.action in ("recompute", "blocked")]
    for step in shown[:SHOWN]:
        table.add_row(step.step, step.span, step.action, step.why)
    console = Console(highlight=False)
    console.print(table)
    if len(shown) > SHOWN:
        console.print(f"… and {len(shown) - SHOWN} more")
    console.print(f"{_counted(found.counts)}; about {found.seconds:.0f} s")


def print_plan(pipeline: "Pipeline", spans: "Sequence[Span]") -> None:
    """Print one line a span: its counts, and the first reason to recompute."""
    from components.run.planning import plan_graph
    from components.store.store import Store

    seconds = 0.0
    with Store.open() as store:
        for span in spans:
            found = plan_graph(store, pipeline, "data", span, pipeline.span_as_of(span), "backfill")
            seconds += found.seconds
            why = next((step.why for step in found.steps if step.action == "recompute"), "")
            print(f"{span.key}  {_counted(found.counts)}{f'  {why}' if why else ''}")  # noqa: T201
    print(f"about {seconds:.0f} s")  # noqa: T201


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{action} {count}" for action, count in counts.items() if count) or "nothing to do"
