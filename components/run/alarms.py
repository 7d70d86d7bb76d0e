"""Alarms: whom a production run calls about drift; the ledger keeps them, and keeps their budget."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from components.artifacts.drift import Drift, Drifted
from components.artifacts.features import Features
from components.artifacts.model import Model
from components.monitoring.alarms import BUDGET, Alarm, AlarmBudget, choose_alarms
from components.monitoring.weights import weights_of
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.spans import Span
from components.runtime.value import Value
from components.store.champions import champion_entry
from components.store.records import ArtifactRecord, LedgerEntry, RunRecord
from components.store.store import Store

logger = logging.getLogger("almanac.run")

WHO = "drift"


def raise_alarms(
    store: Store, pipeline: Pipeline, run: RunRecord, records: Mapping[str, ArtifactRecord], budget: AlarmBudget = BUDGET
) -> list[LedgerEntry]:
    """Record the alarms of a data run of the production lane in the ledger, and return them; other runs raise none.

    Only earlier alarms count towards the budget and the quiet, by the as-of of their runs. The same run, or another one of its span, raises
    no alarm twice.
    """
    if run.lane != "production" or run.graph != "data":
        return []
    found = _load(store, (record for name, record in records.items() if record.kind == Drift.kind and "." in name))
    drifted = [one for drift in found if isinstance(drift, Drift) for one in drift.drifted]
    if not drifted:
        return []
    span = pipeline.calendar.span(run.span)
    ledger = store.ledger(pipeline.name)
    earlier = [entry for entry in ledger.entries("alarm") if entry.effective_from < run.as_of and entry.value["span"] != run.span]
    chosen = choose_alarms(
        drifted, _weights(store, pipeline, run, records), quiet=_quiet(pipeline, span, earlier, budget),
        n_this_month=sum(_month(pipeline, entry) == _month_of(pipeline, span) for entry in earlier), budget=budget,
    )  # fmt: skip
    for alarm in chosen.held_back:
        logger.info("%s: no alarm on %s, which is quiet or beyond the budget", run.span, alarm.column or "the span")
    return [_record(store, pipeline, run, alarm) for alarm in chosen.raised]


def _record(store: Store, pipeline: Pipeline, run: RunRecord, alarm: Alarm) -> LedgerEntry:
    value = {"span": run.span, "rank": alarm.rank, "drifted": [one.subject for one in alarm.drifted]}
    why = "; ".join(_words(one) for one in alarm.drifted[:3])
    logger.warning("%s: alarm on %s: %s", run.span, alarm.column or "the span", why)
    return store.ledger(pipeline.name).append(
        "alarm", alarm.column, value, lane=run.lane, effective_from=run.as_of, known_at=run.as_of, who=WHO, why=why
    )


def _words(one: Drifted) -> str:
    usual = one.distances.get(one.against)
    figures = f" {usual.distance:.3g}, usual up to {usual.threshold:.3g}" if usual and usual.threshold is not None else ""
    return f"{one.aspect}{f' of {one.slice}' if one.slice else ''}{figures}, {one.how} since {one.since}"


def _quiet(pipeline: Pipeline, span: Span, earlier: Iterable[LedgerEntry], budget: AlarmBudget) -> set[str]:
    """Return the columns that raised an alarm in the spans before."""
    first = pipeline.calendar.previous(span, budget.quiet_spans)
    return {entry.subject for entry in earlier if first <= pipeline.calendar.span(str(entry.value["span"])) < span}


def _month(pipeline: Pipeline, entry: LedgerEntry) -> str:
    return _month_of(pipeline, pipeline.calendar.span(str(entry.value["span"])))


def _month_of(pipeline: Pipeline, span: Span) -> str:
    return f"{span.start.astimezone(ZoneInfo(pipeline.calendar.zone)):%Y-%m}"


def _weights(store: Store, pipeline: Pipeline, run: RunRecord, records: Mapping[str, ArtifactRecord]) -> dict[str, float]:
    """Return the weight of each column in the champion of the run's date, by the run's own features; none without either, or if they part."""
    serving = champion_entry(store.ledger(pipeline.name), run.lane, run.as_of)
    features = next(_load(store, (record for record in records.values() if record.kind == Features.kind)), None)
    if serving is None or not isinstance(features, Features):
        return {}
    champion = store.load(store.artifact(int(str(serving.value["artifact"]))))
    try:
        return weights_of(champion, features.to_polars()) if isinstance(champion, Model) else {}
    except DataError as error:  # a champion of other features than today's: the effect alone ranks
        logger.warning("%s: alarms are ranked by effect alone: %s", run.span, error)
        return {}


def _load(store: Store, records: Iterable[ArtifactRecord]) -> Iterator[Value]:
    return (store.load(record) for record in records)
