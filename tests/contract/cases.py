"""Example inputs for every component: small days of rows, of which one or all can be twisted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl
import pyarrow as pa

from components.adapters.expectation_suite import Expectation, Suite
from components.artifacts.choice import Candidate, Choice, Proposal, TrainingWindow
from components.artifacts.delivery import Delivery
from components.artifacts.evaluation import Evaluation
from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.findings import Findings
from components.artifacts.labels import Labels
from components.artifacts.model import Model
from components.artifacts.records import Records
from components.artifacts.reference import Reference
from components.artifacts.schema import Schema
from components.artifacts.shifts import Shifts
from components.artifacts.sliced_statistics import SlicedStatistics
from components.artifacts.split import Split
from components.artifacts.statistics import Statistics
from components.artifacts.votes import Votes
from components.evaluation.component import EvaluationConfig, evaluate_model
from components.evaluation.curves import CurveConfig
from components.evaluation.examination import ExaminationConfig
from components.evaluation.gate import Floor, GateConfig
from components.evaluation.served import ServedConfig
from components.features.component import record_outcomes
from components.ingestion.enrichment import EnrichmentConfig
from components.labeling.analysis_component import AnalysisConfig
from components.labeling.component import apply_labeling_functions, resolve_labels
from components.labeling.feedback import FeedbackConfig
from components.labeling.rating import RatingConfig
from components.monitoring.measuring import measure_shifts
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from components.runtime.window import Window
from components.splitting.component import SplitConfig, split_by_time
from components.statistics.component import generate_statistics
from components.statistics.pairs import AssociationConfig
from components.statistics.slices import SliceConfig, slice_statistics
from components.training.component import TrainingConfig, choose_candidate, fit_model, try_candidate
from components.training.search import SearchConfig
from components.training.suspects import SuspectConfig
from components.training.variants import Variant
from components.validation.component import validate_examples
from tests.windows import days, rows, window_of

Twist = Callable[[pl.DataFrame], pl.DataFrame]
TEXT = "\u00e9 \u65e5\u672c \U0001f6eb \u202e \x00'\"<b>"

TWISTS: Mapping[str, Twist] = {
    "empty": lambda frame: frame.head(0),
    "one row": lambda frame: frame.head(1),
    "all null": lambda frame: frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in frame.schema.items() if name not in KEYS
    ),
    "unicode": lambda frame: frame.with_columns(carrier=pl.lit(TEXT)),
}
KEYS = ("row_id", "event_time")
SPANS = days(12)
AS_OF, CUT = SPANS[-1].end, SPANS[7].end
CANDIDATE = Candidate("small", parameters={"max_iter": 3, "min_samples_leaf": 5})
TRAINING = TrainingConfig(excluded=("hour",))
SCHEMA = Schema.model_validate(
    {
        "columns": {
            "event_time": {"type": "timestamp"},
            "carrier": {"type": "string", "presence": {"min_fraction": 0.5}, "domain": {"values": ("AA", "B6"), "pattern": "[A-Z0-9]+"}},
            "hour": {"type": "int64", "domain": {"min": 0, "max": 15}, "distinct": {"min": 2}},
            "score": {"type": "float64", "distribution": {"mean": {"max": 1.0}}, "drift": {"measure": "psi", "threshold": 0.1}},
        },
        "key": ("hour",),
        "rules": {"early": {"holds": "hour < 10 or score > 0", "severity": "quarantine"}},
    }
)
SUITE = Suite(
    name="rows",
    expectations=(Expectation(type="expect_column_values_to_be_between", kwargs={"column": "hour", "min_value": 0, "max_value": 15}),),
)


def code(name: str) -> CodeRef:
    return CodeRef(f"tests.contract.user_code:{name}")


@dataclass
class Days:
    """Values of twelve days that belong together; ``twist`` changes the rows of ``twisted`` ones."""

    twist: Twist
    twisted: tuple[Span, ...]

    def frame(self, span: Span) -> pl.DataFrame:
        frame = rows(span)
        return self.twist(frame) if span in self.twisted else frame

    def examples(self, span: Span = SPANS[-1]) -> Examples:
        return Examples.from_arrow(table(self.frame(span).drop("outcome")))

    def features(self, span: Span) -> Features:
        return Features.from_arrow(table(self.frame(span).drop("outcome")))

    def bonuses(self, span: Span) -> Examples:
        return Examples.from_arrow(table(self.frame(span).select("row_id", "event_time", "hour", bonus="score")))

    def prices(self, span: Span) -> Reference:
        return Reference.from_arrow(self.bonuses(span).to_arrow())

    def dump(self, span: Span) -> Reference:
        return Reference.from_arrow(table(self.frame(span).drop("outcome").with_columns(event_time=span.start)))

    def outcomes(self, span: Span = SPANS[-1]) -> Examples:
        return Examples.from_arrow(table(self.frame(span).select("row_id", "event_time", "carrier", "outcome")))

    def records(self, span: Span) -> Records:
        return record_outcomes(self.outcomes(span), count=code("count"))

    def ratings(self, span: Span) -> Examples:
        label = (pl.col("hour") % 2).cast(pl.Int64)
        return Examples.from_arrow(
            table(self.frame(span).select("row_id", "event_time", rater="carrier", item=pl.col("hour") // 3, label=label))
        )

    def votes(self, span: Span) -> Votes:
        return apply_labeling_functions(self.features(span), functions=code("FUNCTIONS"))

    def statistics(self, span: Span = SPANS[-1]) -> Statistics:
        return generate_statistics(self.examples(span))

    def slices(self, span: Span = SPANS[-1]) -> SlicedStatistics:
        return slice_statistics(self.examples(span), config=SliceConfig(("carrier",)))

    def shifts(self, span: Span) -> Shifts:
        return measure_shifts(self.statistics(span), self.window(self.statistics, span.start))

    def findings(self) -> Findings:
        return validate_examples(self.examples(), self.statistics(), SCHEMA, SPANS[-1])

    def window(self, value: Callable[[Span], object], until: datetime = AS_OF, n_absent: int = 0) -> Window:
        spans = [span for span in SPANS if span.end <= until]
        return window_of(spans, value, spans[len(spans) - n_absent :])

    @cached_property
    def labels(self) -> Labels:
        return resolve_labels(self.window(self.votes), self.window(self.outcomes, n_absent=1), AS_OF, outcome=code("positive"))

    @cached_property
    def labels_then(self) -> Labels:
        return resolve_labels(self.window(self.votes, CUT), self.window(self.outcomes, CUT, 1), CUT, outcome=code("positive"))

    @cached_property
    def split(self) -> Split:
        config = SplitConfig(validation_spans=2, test_spans=2, gap_spans=1)
        return split_by_time(self.window(self.features), self.window(self.outcomes), AS_OF, CUT, config=config)

    @cached_property
    def choice(self) -> Choice:
        trial = try_candidate(self.window(self.features, CUT), self.labels_then, self.split, Proposal(CANDIDATE), config=TRAINING)
        return choose_candidate([trial], config=TRAINING)

    @cached_property
    def model(self) -> Model:
        return fit_model(self.window(self.features, CUT), self.labels_then, self.choice, self.split, CUT, config=TRAINING)

    @cached_property
    def evaluation(self) -> Evaluation:
        return evaluate_model(**CASES["evaluate_model"](self)).evaluation


CASES: Mapping[str, Callable[[Days], dict[str, object]]] = {
    "ingest_examples": lambda d: {"deliveries": [Delivery.from_arrow(d.examples().to_arrow())] * 2, "span": SPANS[-1]},
    "ingest_reference": lambda d: {"deliveries": [Delivery.from_arrow(d.examples().to_arrow())] * 2, "span": SPANS[-1]},
    "derive_columns": lambda d: {"examples": d.examples(), "columns": code("derive")},
    "table_changes": lambda d: {"table": d.dump(SPANS[-1]), "earlier": d.window(d.dump, SPANS[-1].start), "span": SPANS[-1]},
    "generate_statistics": lambda d: {"examples": d.examples()},
    "summarise_features": lambda d: {"features": d.features(SPANS[-1])},
    "enrich_examples": lambda d: {
        "examples": d.examples(), "lookup": d.window(d.prices, n_absent=1), "config": EnrichmentConfig(("hour",), ("bonus",), "2 days"),
    },
    "associate_columns": lambda d: {"examples": d.examples(), "config": AssociationConfig("carrier", pairs=(("hour", "score"),))},
    "measure_signals": lambda d: {"features": d.window(d.features), "labels": d.labels},
    "measure_shifts": lambda d: {"statistics": d.statistics(), "history": d.window(d.statistics, SPANS[-2].end, n_absent=1)},
    "measure_slices": lambda d: {
        "statistics": d.statistics(), "history": d.window(d.statistics, SPANS[-2].end, n_absent=1), "slices": d.slices(),
        "slice_history": d.window(d.slices, SPANS[-2].end, n_absent=1),
    },
    "detect_drift": lambda d: {"shifts": d.shifts(SPANS[-1]), "history": d.window(d.shifts, SPANS[-2].end, n_absent=1), "span": SPANS[-1]},
    "check_drift_limits": lambda d: {"statistics": d.statistics(), "before": d.window(d.statistics, SPANS[-2].end), "schema": SCHEMA},
    "compare_features": lambda d: {"training": d.features(SPANS[-1]), "serving": d.examples()},
    "compare_distributions": lambda d: {"training": d.statistics(SPANS[-2]), "serving": d.statistics()},
    "compare_with_training": lambda d: {"champion": d.model, "statistics": d.window(d.statistics, n_absent=1)},
    "tell_outcomes_apart": lambda d: {"features": d.window(d.features), "labels": d.labels, "split": d.split},
    "slice_statistics": lambda d: {"examples": d.examples(), "config": SliceConfig(("carrier",))},
    "validate_examples": lambda d: {"examples": d.examples(), "statistics": d.statistics(), "schema": SCHEMA, "span": SPANS[-1]},
    "set_aside_rows": lambda d: {
        "examples": d.examples(), "findings": d.findings(), "statistics": d.statistics(), "schema": SCHEMA, "span": SPANS[-1],
    },
    "check_suite": lambda d: {"examples": d.examples(), "suite": SUITE},
    "record_outcomes": lambda d: {"outcomes": d.outcomes(), "count": code("count")},
    "build_features": lambda d: {
        "examples": d.examples(), "lookup": d.window(d.examples), "records": d.window(d.records, n_absent=1), "span": SPANS[-1],
        "build": code("build"), "known_by": code("known_by"), "outcome_lag": Duration(1, "day"), "zone": "America/New_York",
    },
    "apply_labeling_functions": lambda d: {"features": d.features(SPANS[-1]), "functions": code("FUNCTIONS")},
    "look_back": lambda d: {"versions": d.window(d.bonuses, n_absent=1), "table": "bonuses", "columns": ("hour", "bonus")},
    "look_beside": lambda d: {"rows": d.examples(), "table": "carriers", "columns": ("carrier", "hour")},
    "learn_from_votes": lambda d: {"votes": d.window(d.votes)},
    "join_feedback": lambda d: {
        "examples": d.window(d.examples), "events": d.window(d.outcomes, n_absent=1), "as_of": AS_OF,
        "config": FeedbackConfig(("carrier",), 36),
    },
    "combine_ratings": lambda d: {"ratings": d.window(d.ratings, n_absent=1), "config": RatingConfig(item=("item",))},
    "resolve_labels": lambda d: {
        "votes": d.window(d.votes), "outcomes": d.window(d.outcomes, n_absent=2), "as_of": AS_OF, "outcome": code("positive"),
    },
    "analyze_functions": lambda d: {
        "votes": d.window(d.votes), "features": d.window(d.features), "outcomes": d.window(d.outcomes, n_absent=2), "labels": d.labels,
        "as_of": AS_OF, "functions": code("FUNCTIONS"), "outcome": code("positive"),
        "config": AnalysisConfig(slices=("carrier",), shown=("hour", "carrier")),
    },
    "label_outcomes": lambda d: {
        "features": d.window(d.features), "outcomes": d.window(d.outcomes), "as_of": AS_OF, "outcome": code("positive"),
    },
    "pick_batch": lambda d: {"labels": d.labels, "votes": d.window(d.votes), "features": d.window(d.features)},
    "score_labels": lambda d: {
        "labels": d.labels_then, "votes": d.window(d.votes, CUT), "outcomes": d.window(d.outcomes), "as_of": AS_OF,
        "outcome": code("positive"),
    },
    "split_by_time": lambda d: {
        "features": d.window(d.features), "outcomes": d.window(d.outcomes), "as_of": AS_OF, "cut": CUT, "config": SplitConfig(2, 2, 1),
    },
    "try_candidate": lambda d: {
        "features": d.window(d.features, CUT), "labels": d.labels_then, "split": d.split, "proposal": Proposal(CANDIDATE),
        "config": TRAINING,
    },
    "propose_candidates": lambda d: {"split": d.split, "config": SearchConfig((CANDIDATE,))},
    "choose_candidate": lambda d: {"trials": [d.choice], "config": TRAINING},
    "find_suspects": lambda d: {
        "features": d.window(d.features), "labels": d.labels, "candidate": CANDIDATE, "training": TRAINING,
        "config": SuspectConfig(folds=3),
    },
    "fit_model": lambda d: {
        "features": d.window(d.features, CUT), "labels": d.labels_then, "choice": d.choice, "split": d.split, "as_of": CUT,
        "config": TRAINING,
    },
    "fit_variant": lambda d: {
        "features": d.window(d.features, CUT), "labels": d.labels_then, "choice": d.choice, "split": d.split, "as_of": CUT,
        "variant": Variant("old", TrainingWindow("old", 4, 1), 0.9), "config": TRAINING,
    },
    "evaluate_model": lambda d: {
        "model": d.model, "champion": d.model, "features": d.window(d.features), "labels": d.labels, "split": d.split,
        "config": EvaluationConfig(slices=("carrier",), minimum_rows=3, resamples=20),
    },
    "evaluate_served": lambda d: {
        "served": d.window(d.examples), "labels": d.labels, "feedback": None,
        "config": ServedConfig(prediction="score", slices=("carrier",), metrics=("roc_auc", "accuracy"), minimum_rows=3, resamples=20, immature=1.0),
    },
    "compare_models": lambda d: {
        "models": [d.model, d.model], "features": d.window(d.features), "labels": d.labels, "split": d.split,
        "config": CurveConfig(slices=("carrier",), minimum_rows=3, resamples=20),
    },
    "examine_model": lambda d: {
        "model": d.model, "features": d.window(d.features), "labels": d.labels, "split": d.split,
        "config": ExaminationConfig(groups=("carrier",), minimum_rows=3, resamples=20),
    },
    "gate_model": lambda d: {
        "evaluation": d.evaluation, "model": d.model, "config": GateConfig("model", (Floor("roc_auc", 0.2),)),
    },
}  # fmt: skip
"""Inputs of each component, by its name."""


def table(frame: pl.DataFrame) -> pa.Table:
    """Return rows as Arrow, as a source leaves them."""
    plain = frame.to_arrow()
    types = {"row_id": pa.binary(16), "carrier": pa.string()}
    return plain.cast(pa.schema([pa.field(one.name, types.get(one.name, one.type)) for one in plain.schema]))
