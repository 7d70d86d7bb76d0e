"""Collecting: what the store holds of a training run's evaluation, gathered into the view that the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from components.artifacts.choice import Choice
from components.artifacts.curve import Curve
from components.artifacts.evaluation import Evaluation
from components.artifacts.examination import Examination
from components.artifacts.model import Model
from components.measures.metrics import METRICS
from components.reports.collect import Collector, estimate_of
from components.reports.evaluation_page import write_evaluation_page
from components.reports.evaluation_view import EvaluationView
from components.reports.formats import count, figure, when
from components.reports.run_view import Decision, Metric, RunView
from components.run.model_cards import candidate_card
from components.runtime.errors import DataError
from components.runtime.instants import from_micros
from components.store.champions import champion_entry, pinned
from components.store.store import Store

UNTIL = "trained_until"


def evaluation_view(store: Store, run: str) -> EvaluationView:
    """Return the view of a training run's evaluation.

    Raises
    ------
    DataError
        If the run evaluated nothing.

    """
    collector = Collector(store, run)
    view = collector.view()
    found = collector.one(Evaluation)
    if not isinstance(found, Evaluation):
        raise DataError(f"run {view.run_id} evaluated no model", fix="name a training run that came to its end: `almanac runs`")
    examined = collector.one(Examination)
    gaps = (m for m in found.measurements if m.against == "champion" and m.dimension and m.state != "no-champion")
    return EvaluationView(
        view,
        tuple(Metric(m.metric, estimate_of(m), m.dimension, m.value_of, METRICS[m.metric].better != "lower") for m in gaps),
        found.calibration,
        examined if isinstance(examined, Examination) else None,
        tuple(value for _, value in collector.values(Curve) if isinstance(value, Curve)),
        dict(_card(store, collector, view)),
        _candidates(collector),
        found.classes,
    )


def _candidates(collector: Collector) -> Mapping[str, Mapping[str, str]]:
    """Return the card of each trial by name, the chosen one first."""
    choice = _choice(collector)
    if choice is None:
        return {}
    order = sorted(range(len(choice.trials)), key=lambda position: position != choice.chosen)
    return {choice.trials[position].proposal.name: candidate_card(choice, position) for position in order}


def _choice(collector: Collector) -> Choice | None:
    """Return the run's choice among all its trials."""
    return max((v for _, v in collector.values(Choice) if isinstance(v, Choice)), key=lambda one: len(one.trials), default=None)


def write_evaluation(store: Store, run: str) -> tuple[EvaluationView, Path]:
    """Write ``evaluation.html`` and ``evaluation.json`` beside the run's own page; return what they say and the page."""
    view = evaluation_view(store, run)
    return view, write_evaluation_page(view, store.folder / "runs" / view.run.run_id)


def _card(store: Store, collector: Collector, view: RunView) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the sections of the model card (after Mitchell et al. 2019, Model cards for model reporting): what there is in the store."""
    decision = view.decision if isinstance(view.decision, Decision) else None
    digest = decision.model if decision else ""
    model = next((v for name, v in collector.values(Model) if isinstance(v, Model) and collector.artifacts[name].digest == digest), None)
    if model is not None:
        yield (
            "Model",
            {
                "estimator": model.estimator_type,
                **{name.rpartition("__")[2]: str(value) for name, value in model.parameters.items() if name.startswith("classifier__")},
                "classes": ", ".join(map(str, model.classes)) or "numbers",
                "libraries": ", ".join(f"{name} {version}" for name, version in model.libraries.items()),
                "digest": digest[:12],
                "size": f"{count(len(model.content))} bytes",
            },
        )
        figures = {name.replace("_", " "): count(int(value)) for name, value in model.figures.items() if name != UNTIL}
        until = {"until": when(from_micros(int(model.figures[UNTIL])), view.zone)} if UNTIL in model.figures else {}
        starts = dict(_starts(collector, view.zone))
        yield (
            "Trained on",
            {"spans": view.span, **until, **starts, **figures, **{f"{k}": v for k, v in view.facts.items() if k.endswith("spans")}},
        )
        yield "Features", {column.name: column.type for column in model.features}
    choice = _choice(collector)
    if choice is not None:
        named = {"candidate": choice.candidate.name, "class": choice.candidate.estimator}
        yield "Chosen among", {**named, "reason": choice.reason, "candidates": count(len(choice.trials))}
    yield "Standing", _standing(store, view, digest)
    if completed := dict(_completions(store, view)):
        yield "Completed by late labels", completed


def _starts(collector: Collector, zone: str) -> Iterator[tuple[str, str]]:
    """Yield where the rehearsal's and the model's fit began, of a candidate that asked for a warm start."""
    for name, one in collector.values(Model):
        if isinstance(one, Model) and one.start:
            yield f"start of the {name.partition('.')[0]}", one.start.sentence(when(from_micros(int(one.figures[UNTIL])), zone))


def _standing(store: Store, view: RunView, digest: str) -> dict[str, str]:
    """Return what people and gates decided of the model, and whether it serves in production now."""
    ledger = store.ledger(view.pipeline)
    about = [
        e
        for kind in ("blessing", "approval", "promotion", "rollback", "unpin")
        for e in ledger.entries(kind)
        if e.value.get("digest") == digest
    ]
    told = {f"{e.kind} {e.id}": f"{e.who}, {when(from_micros(e.recorded_at))}{f': {e.why}' if e.why else ''}" for e in about}
    champion = champion_entry(ledger)
    serving = "yes" if champion and champion.value["digest"] == digest else "no"
    checks = [e.value for e in ledger.entries("serving-check") if e.value.get("digest") == digest]
    cost = {"infra check": _cost(checks[-1])} if checks else {"infra check": "not made"}
    return {"serves in production": f"{serving}{', pinned by a rollback' if pinned(ledger) and serving == 'yes' else ''}", **cost, **told}


def _completions(store: Store, view: RunView) -> Iterator[tuple[str, str]]:
    """Yield what the run's evaluation became when outcomes came in that it had waited for, by when they were known."""
    for entry in store.ledger(view.pipeline).entries("completion"):
        if entry.value.get("run") == view.run_id:
            summary = store.artifact(int(str(entry.value["artifact"]))).summary
            told = [
                f"{name} {figure(float(value))}" for name, value in summary.items() if name in METRICS and isinstance(value, int | float)
            ]
            rows = f"{count(int(summary['n_rows']))} rows, {count(int(summary['n_immature']))} still waiting"
            yield when(from_micros(entry.known_at), view.zone), f"{', '.join(told)} on {rows}; ledger entry {entry.id}"


def _cost(check: Mapping[str, object]) -> str:
    if check.get("p50_ms") is None:
        return f"failed: {check.get('reason')}"
    p50, p99, peak = (figure(float(str(check[name]))) for name in ("p50_ms", "p99_ms", "peak_mb"))
    return f"{'passed' if check.get('passed') else 'failed'}: {check.get('reason')}; p50 {p50} ms, p99 {p99} ms a row, {peak} MB"
