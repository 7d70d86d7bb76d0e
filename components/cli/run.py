"""`almanac run`: one training run with all the data that it needs, or one span's data steps, in this process."""

from functools import partial
from typing import Annotated

import typer

from components.cli.options import AsOfOption, BecauseOption, LaneOption, PipelineName, ReasonOption, SetOption


def run(
    pipeline: PipelineName,
    as_of: AsOfOption = None,
    span: Annotated[str | None, typer.Option("--span", help="Run the data steps of this span only, such as 2013-05-31.")] = None,
    lane: LaneOption = "experiment",
    overrides: SetOption = None,
    because: BecauseOption = "manual",
    reason: ReasonOption = "",
    processes: Annotated[int, typer.Option(min=0, help="Processes for the trials of a search; 0: one a core, 1: this one.")] = 0,
    sync: Annotated[bool, typer.Option(help="Copy the run to MLflow afterwards, where a server is set up.")] = True,
) -> None:
    """Train as of a date (computing every missing day first), or run one day's data steps; the same work as in Airflow."""
    from components.cli import progress
    from components.cli.options import checked_lane, moment, stop_on_terminate
    from components.engines.local import Threads, cores
    from components.run.catalog import load_pipeline, parse_overrides
    from components.run.opening import Request, cause_named, deliver_for
    from components.run.session import run_graph
    from components.run.setup import approve_first_schemas
    from components.run.workers import Workers
    from components.store.store import Store

    stop_on_terminate()
    parameters = parse_overrides(overrides or [])
    built = load_pipeline(pipeline, parameters)
    day = built.calendar.span(span) if span else None
    instant = built.span_as_of(day) if day and not as_of else moment(built, as_of)
    asked = (checked_lane(lane), cause_named(because), reason)
    request = Request("data" if day else "training", day, instant, *asked, parameters=parameters)
    with Store.open() as store, progress.steps(f"{pipeline} as of {instant:%Y-%m-%d %H:%M} UTC, lane {lane}") as tell:
        approve_first_schemas(store, built)
        for delivery in deliver_for(store, built, day, instant):
            tell(delivery.source, f"delivery {delivery.version}: {delivery.n_read:,} rows read, {delivery.n_quarantined} quarantined")
        n = processes or cores()
        workers = Workers(n, partial(load_pipeline, pipeline, parameters)) if n > 1 and day is None else None
        done = run_graph(store, built, request, engine=Threads(), progress=tell, workers=workers)
        progress.conclude(store, done, sync=sync)
