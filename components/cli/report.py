"""`almanac report`: pages over several spans, rendered from the store."""

from typing import Annotated

import typer

from components.cli.options import AsOfOption, PipelineName

LISTED = 10


def report(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What to report on: statistics.")],
    pipeline: PipelineName,
    as_of: AsOfOption = None,
    window: Annotated[int, typer.Option(min=1, help="Spans to report on: the last ones that end by the as-of.")] = 7,
    baseline: Annotated[int, typer.Option(min=0, help="Spans before the window to compare it with.")] = 28,
    step: Annotated[str | None, typer.Option(help="The step of statistics, where a pipeline has several.")] = None,
) -> None:
    """Write a page, and the same as JSON, over a window of spans: what its columns hold and which changed. No row is read."""
    from rich.console import Console

    from components.cli.options import moment
    from components.reports.statistics_collect import statistics_view
    from components.reports.statistics_page import sentence_of, verdict_words, window_words, write_statistics_page
    from components.run.catalog import load_pipeline
    from components.runtime.errors import ConfigError, nearest
    from components.store.store import Store

    if what != "statistics":
        raise ConfigError(f"there is no report on '{what}'", expected="statistics", nearest=nearest(what, ["statistics"]))
    built = load_pipeline(pipeline)
    instant = moment(built, as_of)
    spans = built.calendar.ending_by(instant, window + baseline)
    console = Console(highlight=False, soft_wrap=True)
    with Store.open() as store:
        view = statistics_view(store, built, spans[baseline:], spans[:baseline], instant, step=step)
        page = write_statistics_page(view, store.folder / "reports" / pipeline, index="../../runs/index.html")
    console.print(f"{pipeline} {view.step}, {window_words(view)}: {verdict_words(view).lower()}", style="bold", markup=False)
    console.print(f"  {sentence_of(view)}", markup=False)
    for column in view.changed[:LISTED]:
        console.print(f"  {column.name:<24} {'; '.join(column.changes)}", markup=False)
    console.print(f"report  {page}", markup=False)
