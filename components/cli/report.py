"""`almanac report`: pages over several spans, rendered from the store."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from components.cli.options import AsOfOption, PipelineName

if TYPE_CHECKING:
    from components.runtime.graph import Pipeline
    from components.store.store import Store

KINDS = ("statistics", "labeling", "anomalies", "evaluation")
LISTED = 10


def report(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What to report on: statistics, labeling, anomalies or evaluation.")],
    pipeline: PipelineName,
    as_of: AsOfOption = None,
    window: Annotated[int, typer.Option(min=1, help="Spans to report on, the last ones that end by the as-of (not of labeling).")] = 7,
    baseline: Annotated[int, typer.Option(min=0, help="Statistics: spans before the window to compare it with.")] = 28,
    run: Annotated[str | None, typer.Option(help="Evaluation: the training run; by default the newest.")] = None,
    step: Annotated[str | None, typer.Option(help="The step of statistics, where a pipeline has several.")] = None,
) -> None:
    """Write a page, and the same as JSON: what columns hold and which changed, what broke and since when, how labeling functions or a model do."""
    from components.cli.options import moment
    from components.run.catalog import load_pipeline
    from components.runtime.errors import ConfigError, DataError, nearest
    from components.store.store import Store

    if what not in KINDS:
        raise ConfigError(f"there is no report on '{what}'", expected=" or ".join(KINDS), nearest=nearest(what, KINDS))
    built = load_pipeline(pipeline)
    with Store.open() as store:
        if what == "evaluation":
            _say(_evaluation(store, pipeline, run))
            return
        if what == "labeling":
            _say(_labeling(store, built, moment(built, as_of)))
            return
        if what == "statistics":
            _say(_statistics(store, built, moment(built, as_of), window, baseline, step))
            return
        try:
            beside = _statistics(store, built, moment(built, as_of), window, baseline, step)
        except DataError as error:  # the findings stand without their charts
            beside = ["no page of statistics to link to", str(error)]
        _say(_anomalies(store, built, moment(built, as_of), window, charts=len(beside) > 2))  # noqa: PLR2004 - a heading and a reason
        _say(beside)


def _statistics(store: "Store", built: "Pipeline", instant: datetime, window: int, baseline: int, step: str | None) -> list[str]:
    """Write the page of statistics and return what to say of it."""
    from components.reports.statistics_collect import statistics_view
    from components.reports.statistics_page import sentence_of, table_lines, verdict_words, window_words, write_statistics_page

    spans = built.calendar.ending_by(instant, window + baseline)
    view = statistics_view(store, built, spans[baseline:], spans[:baseline], instant, step=step)
    page = write_statistics_page(view, store.folder / "reports" / built.name, index="../../runs/index.html")
    return [
        f"{built.name} {view.step}, {window_words(view)}: {verdict_words(view).lower()}",
        sentence_of(view),
        *table_lines(view),
        f"report  {page}",
    ]


def _anomalies(store: "Store", built: "Pipeline", instant: datetime, window: int, *, charts: bool) -> list[str]:
    """Write the page of anomalies and return what to say of it."""
    from components.reports.anomalies_collect import anomalies_view
    from components.reports.anomalies_page import sentence_of, since_words, verdict_of, window_words, write_anomalies_page

    folder = store.folder / "reports" / built.name
    view = anomalies_view(store, built, built.calendar.ending_by(instant, window), instant, folder, charts=charts)
    page = write_anomalies_page(view, folder, index="../../runs/index.html")
    heading = f"{built.name} anomalies, {window_words(view)}: {verdict_of(view)[1].lower()}"
    found = [
        line
        for one in view.anomalies[:LISTED]
        for line in (
            f"{one.severity:<10} {one.newest.where:<20} {one.newest.code:<20} {since_words(one, view.spans)}",
            f"{'':<10} {one.newest.message}",
        )
    ]
    rest = [f"and {len(view.anomalies) - LISTED} more on the page"] if len(view.anomalies) > LISTED else []
    called = [f"{'alarm':<10} {one.column or 'the span':<20} {f'rank {one.rank:.3g}':<20} {one.span}" for one in view.alarms[:LISTED]]
    return [heading, sentence_of(view), *found, *rest, *called, f"report  {page}"]


def _labeling(store: "Store", built: "Pipeline", instant: datetime) -> list[str]:
    """Write the page of labeling functions and return what to say of it."""
    from components.reports.labeling_collect import labeling_view
    from components.reports.labeling_page import sentence_of, table_lines, verdict_words, window_words, write_labeling_page

    view = labeling_view(store, built, instant)
    page = write_labeling_page(view, store.folder / "reports" / built.name, index="../../runs/index.html")
    heading = f"{built.name} labeling, {window_words(view.analysis)}: {verdict_words(view).lower()}"
    return [heading, sentence_of(view), *table_lines(view), f"report  {page}"]


def _evaluation(store: "Store", pipeline: str, run: str | None) -> list[str]:
    """Write the page of a run's evaluation and return what to say of it: the verdict and its reasons, figures, weak slices."""
    from components.reports.evaluation_collect import write_evaluation
    from components.reports.evaluation_page import heading_of, table_lines
    from components.reports.verdict import verdict_of
    from components.runtime.errors import StoreError

    newest = store.runs_of(pipeline).recent(limit=1, graph="training")
    if run is None and not newest:
        raise StoreError(f"{pipeline} was never trained", fix=f"run `almanac run {pipeline}`")
    view, page = write_evaluation(store, store.runs_of(pipeline).get(run or newest[0].id).id)
    verdict = verdict_of(view.run)
    return [f"{heading_of(view)}: {verdict.words.lower()}", verdict.sentence, *table_lines(view), f"report  {page}"]


def _say(lines: list[str]) -> None:
    """Print a heading, what belongs to it, and where the page lies."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    heading, *inner, page = lines
    console.print(heading, style="bold", markup=False)
    for line in inner:
        console.print(f"  {line}", markup=False)
    console.print(page, markup=False)
