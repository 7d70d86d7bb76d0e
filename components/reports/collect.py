"""Collecting: what the store holds of one run, gathered into the view that a page shows."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from components.artifacts.decision import Decision as Verdict
from components.artifacts.evaluation import Evaluation, Measurement
from components.artifacts.findings import Findings
from components.artifacts.label_scores import LabelScores
from components.artifacts.labels import Labels as LabelRows
from components.artifacts.signals import Signals
from components.artifacts.split import Split
from components.measures.metrics import METRICS
from components.reports.absence import Absence
from components.reports.labeling_collect import write_run_labeling
from components.reports.run_index import record_of, remember, remembered, write_index
from components.reports.run_page import write_run_page
from components.reports.run_view import (
    Ancestor,
    Checked,
    Comparison,
    Decision,
    Estimate,
    LabelingFunction,
    Labels,
    Link,
    Metric,
    Output,
    Reason,
    RowFlow,
    RunView,
    Step,
)  # fmt: skip
from components.reports.statistics_collect import statistics_of, write_run_statistics
from components.reports.statistics_page import PAGE as STATISTICS_PAGE
from components.run.catalog import load_pipeline, pipeline_names
from components.run.judging import findings_of_run
from components.run.leakage import proofs_of
from components.run.opening import superseded_by
from components.run.setup import draft_findings
from components.runtime.instants import from_micros
from components.runtime.keys import differing_parts
from components.runtime.value import Value
from components.store.lineage import lineage
from components.store.records import ArtifactRecord, ExecutionRecord
from components.store.store import Store

LINEAGE_SHOWN = 40
INDEXED = 300


class Collector:
    """One run's records and values, each read once."""

    def __init__(self, store: Store, run: str) -> None:
        self.store = store
        self.run = store.runs.get(run)
        self.executions = store.executions(self.run.pipeline)
        self.artifacts = {name: record for name, record in store.run(self.run.id).artifacts.items() if "." in name}

    @cached_property
    def own(self) -> list[ExecutionRecord]:
        """The run's own executions of its last attempts: one for each step, position and span."""
        newest = {(one.step, one.position): one for one in self.executions.of_run(self.run.id) if one.own}
        return sorted(newest.values(), key=lambda one: one.id)

    def view(self) -> RunView:
        """Return everything that the page shows."""
        late = superseded_by(self.store, self.run)
        split = self.one(Split)
        facts = {"attempts": str(max((one.attempt for one in self.own), default=0)), **self.run.platform}
        if self.run.graph == "training" and self.run.state == "COMPLETE":
            facts |= {f"no leak into {proof.step}": proof.sentence for proof in proofs_of(self.store, self.run)}
        if isinstance(split, Split):
            facts |= {
                f"{part} spans": _edges(getattr(split, part)) for part in ("train", "embargo", "validation", "gap", "test", "immature")
            }
        return RunView(
            pipeline=self.run.pipeline,
            run_id=self.run.id,
            graph=self.run.graph,
            as_of=from_micros(self.run.as_of),
            lane=self.run.lane,
            reason=f"{self.run.why}{f': {self.run.reason}' if self.run.reason else ''}",
            state=self.run.state if self.run.state in ("RUNNING", "COMPLETE", "FAILED", "CANCELED") else "COMPLETE",
            started=from_micros(self.run.started_at),
            ended=from_micros(self.run.ended_at) if self.run.ended_at else None,
            span=self.run.span or next((a.span for a in self.artifacts.values() if a.kind == "model"), ""),
            zone=self.store.runs_of(self.run.pipeline).zone(),
            superseded=f"deliveries {', '.join(map(str, late))} came in later and belong to what this run read" if late else "",
            steps=tuple(self._step(one) for one in self.own),
            rows=tuple(self._rows()),
            checks=self._checks(),
            labels=self._labels(),
            signals=signals if isinstance(signals := self.one(Signals), Signals) else None,
            metrics=self._metrics(),
            comparisons=self._comparisons(),
            decision=self._decision(),
            links=tuple(Link(name, url) for name, url in self.run.links.items() if url.startswith("http")),
            lineage=tuple(self._lineage()),
            facts=facts,
        )

    def values(self, kind: type[Value]) -> Iterator[tuple[str, Value]]:
        """Yield the run's artifacts of a kind, with their names."""
        for name, record in self.artifacts.items():
            if record.kind == kind.kind:
                yield name, self.store.load(record)

    def one(self, kind: type[Value]) -> Value | None:
        """Return the run's first artifact of a kind."""
        return next((value for _, value in self.values(kind)), None)

    def _missing(self, *kinds: str) -> Absence | None:
        """Say "not-run" where the graph has steps of these kinds that gave nothing, None where it has none."""
        wanted = {"training": {"labels", "evaluation", "decision", "label_scores"}, "data": {"findings", "votes"}}[self.run.graph]
        return "not-run" if wanted & set(kinds) else None

    def _step(self, one: ExecutionRecord) -> Step:
        seconds = (one.ended_at - one.started_at) / 1e6 if one.ended_at else None
        outputs = tuple(
            Output(name, record.kind, record.digest) for (name, _), record in sorted(self.executions.outputs(one.reuses or one.id).items())
        )
        name = f"{one.step}[{one.position}]" if one.position else one.step
        cpu = one.cpu_ms / 1000 if one.cpu_ms is not None else None
        peak = one.peak_kb / 1024 if one.peak_kb else None
        state = "FAILED" if one.state == "LOST" else one.state
        return Step(name, one.component, one.span, state, self._why(one), seconds, cpu, peak, outputs, one.error)

    def _why(self, one: ExecutionRecord) -> str:
        if one.reuses is not None:
            origin = self.executions.get(one.reuses)
            return f"reused from execution {origin.id} of run {origin.run}"
        if one.state == "ABSENT":
            return f"absent: {one.key_parts.get('absent')}"
        before = self.executions.previous(one)
        if before is None:
            return "computed: never before for this span"
        return f"computed: differs from execution {before.id} in {', '.join(differing_parts(before.key_parts, one.key_parts)) or 'nothing'}"

    def _rows(self) -> Iterator[RowFlow]:
        """Yield the row counts of each ingested source of the span, and of each source that has nothing for it."""
        kept = self._kept()
        passed_on = {record.id for record in kept.values()}
        for name, before in self.artifacts.items():
            if before.kind in ("examples", "reference") and (before.id not in passed_on or before.id in kept):
                record = kept.get(before.id, before)
                partitioned, duplicate, dropped, quarantined, written = (
                    int(record.summary.get(pile, 0)) for pile in ("partitioned", "duplicate", "dropped", "quarantined", "n_rows")
                )
                yield RowFlow(record.span, name.partition(".")[0], partitioned, partitioned, quarantined, duplicate, dropped, written)
        for one in self.own:
            if one.state == "ABSENT" and one.component in ("ingest_examples", "ingest_reference"):
                reason = str(one.key_parts.get("absent"))
                yield RowFlow(self.run.span, one.step, absent=reason)  # type: ignore[arg-type]

    def _kept(self) -> dict[int, ArtifactRecord]:
        """Return the examples that went on where rows were set aside, by the number of the examples that they were part of."""
        aside = [one.reuses or one.id for one in self.own if one.component == "set_aside_rows" and one.state in ("COMPLETE", "CACHED")]
        return {self.executions.inputs(one)["examples", 0].id: self.executions.outputs(one)["examples", 0] for one in aside}

    def _checks(self) -> tuple[Checked, ...] | Absence | None:
        found = tuple(
            Checked(name.partition(".")[0], self.artifacts[name].span, value)
            for name, value in self.values(Findings)
            if isinstance(value, Findings)
        )
        found = (*self._sources(), *found, *(self._drafts() if found else ()))
        return found or self._missing("findings")

    def _sources(self) -> Iterator[Checked]:
        """Yield what stands against the sources: about the run's span, or about a source since before the run ended."""
        for source, found in findings_of_run(self.store, self.run.pipeline, self.run.span, self.run.ended_at).items():
            yield Checked(f"source {source}", self.run.span, Findings.of(found, checked=len(found)))

    def _drafts(self) -> Iterator[Checked]:
        """Yield what there is to say of the schema's draft today; nothing for a pipeline that is not in the checkout."""
        if self.run.pipeline in pipeline_names():
            findings = draft_findings(self.store, load_pipeline(self.run.pipeline))
            if findings.findings:
                yield Checked("schema draft", self.run.span, findings)

    def _labels(self) -> Labels | Absence | None:
        """Return the labels as of the run's date: the newest of the run's label artifacts; the functions as they were scored."""
        found = [(self.artifacts[name], value) for name, value in self.values(LabelRows)]
        if not found:
            return self._missing("labels")
        record = max((record for record, _ in found), key=lambda one: one.known_at)
        n_rows = max(1, int(record.summary["n_rows"]))
        scores = self.one(LabelScores)
        functions = tuple(
            LabelingFunction(
                one.name, one.coverage, one.overlap, one.conflict,
                Estimate(one.accuracy, one.low, one.high, one.n_scored, None if one.n_scored else "labels-not-mature"),
            )
            for one in (scores.functions if isinstance(scores, LabelScores) else ())
        )  # fmt: skip
        outcomes, feedback, raters, model = (
            int(record.summary[f"n_{name}"]) / n_rows for name in ("outcome", "feedback", "rated", "label_model")
        )
        return Labels(n_rows, outcomes + feedback, model, functions, raters)

    def _metrics(self) -> tuple[Metric, ...] | Absence | None:
        found = self.one(Evaluation)
        if not isinstance(found, Evaluation):
            return self._missing("evaluation")
        bounds = self._bounds()
        return tuple(
            Metric(
                m.metric,
                estimate_of(m),
                m.dimension,
                m.value_of,
                METRICS[m.metric].better != "lower",
                bounds.get((m.metric, m.dimension, m.value_of)),
            )
            for m in found.measurements
            if not m.against
        )

    def _bounds(self) -> Mapping[tuple[str, str, str], float]:
        """Return the gate's floors by metric, dimension and slice, from the configuration that the gate ran with."""
        for one in self.own:
            origin = self.executions.get(one.reuses) if one.reuses else one
            config = origin.key_parts.get("config", {})
            gate = config.get("config", {}) if isinstance(config, dict) else {}
            if "floors" in gate:
                return {(f["metric"], f["dimension"], f["value_of"]): f["bound"] for f in gate["floors"]}
        return {}

    def _comparisons(self) -> tuple[Comparison, ...] | Absence | None:
        found = self.one(Evaluation)
        if not isinstance(found, Evaluation):
            return self._missing("evaluation")
        overall = [m for m in found.measurements if m.against == "champion" and not m.dimension]
        if not overall or all(m.state == "no-champion" for m in overall):
            return "no-champion"
        sides = {
            (m.metric, side): estimate_of(m) for m in found.measurements for side in ("champion-itself", "same-rows") if m.against == side
        }
        return tuple(
            Comparison(
                m.metric,
                sides.get((m.metric, "champion-itself"), estimate_of(m)),
                sides.get((m.metric, "same-rows"), estimate_of(m)),
                estimate_of(m),
                METRICS[m.metric].better != "lower",
            )
            for m in overall
        )

    def _decision(self) -> Decision | Absence | None:
        found = self.one(Verdict)
        if not isinstance(found, Verdict):
            return self._missing("decision")
        outcome = {"bless": "blessed", "reject": "rejected", "inconclusive": "inconclusive"}[found.verdict]
        judged = {"pass": "met", "fail": "missed", "unknown": "unknown"}
        reasons = tuple(Reason(f"{c.rule}: asked {c.asked}, met {c.met}", judged[c.outcome]) for c in found.checks)  # type: ignore[arg-type]
        model = self.artifacts.get(f"{found.model_step}.model")
        return Decision(outcome, reasons, model.digest if model else "")  # type: ignore[arg-type]

    def _lineage(self) -> Iterator[Ancestor]:
        """Yield what the run wrote, and the roots and artifacts nearest to its last output."""
        for name, record in self.artifacts.items():
            yield _ancestor("written", record, name)
        last = max(self.artifacts.values(), key=lambda record: record.id, default=None)
        if last is not None:
            written = {record.digest for record in self.artifacts.values()}
            links = [link for link in lineage(self.store.database, last.id, depth=3) if link.artifact.digest not in written]
            for link in links[:LINEAGE_SHOWN]:
                yield _ancestor("read", link.artifact, link.step or "root")


def write_report(store: Store, run: str, *, statistics: bool = True) -> Path:
    """Render a run's page and its JSON into ``runs/<run>/`` of the state folder, and the index of the newest runs; return the page.

    A data run's page leads to that of its statistics, which is drawn beside it with ``statistics``; without, whoever serves the files draws
    it when it is first looked at. A training run's labeling page always is drawn, where it analysed its functions.
    """
    collector = Collector(store, run)
    view = collector.view()
    folder = store.folder / "runs"
    if statistics_of(collector.run, collector.artifacts):
        view = replace(view, links=(Link("Statistics", STATISTICS_PAGE), *view.links))
        if statistics:
            write_run_statistics(store, collector.run, collector.artifacts, folder / view.run_id)
    if labeling := write_run_labeling(store, collector.run, collector.artifacts, folder / view.run_id):
        view = replace(view, links=(Link("Labeling functions", labeling.name), *view.links))
    if view.graph == "training" and collector.one(Evaluation):
        from components.reports.evaluation_collect import write_evaluation

        view = replace(view, links=(Link("Evaluation", write_evaluation(store, run)[1].name), *view.links))
    page = write_run_page(view, folder / view.run_id)
    remember(record_of(view, f"{view.run_id}/{page.name}"), page.parent)
    write_index(remembered(folder, INDEXED), folder)
    return page


def estimate_of(found: Measurement) -> Estimate:
    """Return a measurement as pages show it, with the reason where it has no value."""
    absent: Absence | None = "absent" if found.state == "measured" else found.state
    return Estimate(found.value, found.low, found.high, found.n_rows, absent if found.value is None else None)


def _ancestor(role: str, record: ArtifactRecord, name: str) -> Ancestor:
    return Ancestor("read" if role == "read" else "written", record.kind, name, record.span, record.digest)


def _edges(spans: tuple[str, ...]) -> str:
    return f"{spans[0]} to {spans[-1]} ({len(spans)})" if spans else "none"
