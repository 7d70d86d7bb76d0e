"""`almanac backfill`: the data steps of many spans, in this process."""

from typing import Annotated

import typer

from components.cli.options import PipelineName, SetOption


def backfill(
    pipeline: PipelineName,
    first: Annotated[str, typer.Argument(help="First span, such as 2013-01-01.")],
    last: Annotated[str, typer.Argument(help="Last span, included.")],
    reverse: Annotated[bool, typer.Option("--reverse", help="Newest first; the answer is the same in any order.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be reused and what computed.")] = False,
    overrides: SetOption = None,
) -> None:
    """Run the data steps of every span from FIRST to LAST; what is there already is reused, and a failing span stops only itself."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from components.cli.options import stop_on_terminate
    from components.run.backfilling import backfill as backfill_spans
    from components.run.catalog import load_pipeline, parse_overrides
    from components.store.store import Store

    stop_on_terminate()
    parameters = parse_overrides(overrides or [])
    built = load_pipeline(pipeline, parameters)
    spans = built.calendar.between(first, last)
    if dry_run:
        from components.cli.plan import print_plan

        print_plan(built, spans)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Store.open() as store, Progress(*columns) as bar:
        task = bar.add_task(f"{pipeline} {first} to {last}", total=len(spans))
        outcome = backfill_spans(
            store,
            built,
            spans[::-1] if reverse else spans,
            parameters,
            lambda key: bar.update(task, advance=1, description=f"{pipeline} {key}"),
        )
    print(outcome.sentence)  # noqa: T201
    for key, message in outcome.failures.items():
        print(f"  {key}: {message}")  # noqa: T201
    for verdict in outcome.stopped.values():
        print(f"  {verdict}")  # noqa: T201
    if outcome.stopped:
        until = max(one.end for one in spans if one.key in outcome.stopped)
        print(f"What broke, with its rows: almanac report anomalies {pipeline} --as-of {until:%Y-%m-%dT%H:%MZ}")  # noqa: T201
    if outcome.failures:
        raise typer.Exit(1)
