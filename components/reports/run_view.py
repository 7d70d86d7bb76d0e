"""What a page says of one run, as plain frozen values: filled from the store, written as JSON, rendered by `run_page`."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal

from components.artifacts.findings import Findings
from components.artifacts.signals import Signals
from components.reports.absence import Absence

FORMAT_VERSION = 1
"""Of the JSON beside a page."""

Graph = Literal["data", "training"]
RunState = Literal["RUNNING", "COMPLETE", "FAILED", "CANCELED"]
StepState = Literal["RUNNING", "COMPLETE", "CACHED", "FAILED", "CANCELED", "BLOCKED", "ABSENT"]
Outcome = Literal["blessed", "rejected", "inconclusive"]
Judgement = Literal["met", "missed", "unknown"]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval and the number of rows behind it, or the reason why there is none.

    A value that is None or not finite becomes an absent one; the bounds are both there or both None.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    absent: Absence | None = None

    def __post_init__(self) -> None:
        usable = self.value is not None and math.isfinite(self.value) and self.absent is None
        bounded = all(bound is not None and math.isfinite(bound) for bound in (self.low, self.high))
        if not usable:
            object.__setattr__(self, "value", None)
            object.__setattr__(self, "absent", self.absent or "absent")
        if not (usable and bounded):
            object.__setattr__(self, "low", None)
            object.__setattr__(self, "high", None)


@dataclass(frozen=True)
class Output:
    """One artifact that a step gave: its output name, kind and digest."""

    name: str
    kind: str
    digest: str


@dataclass(frozen=True)
class Step:
    """One step at one span; `why` is a clause such as "computed because the configuration differs" or "reused from execution 41"."""

    name: str
    component: str
    span: str
    state: StepState
    why: str = ""
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    outputs: tuple[Output, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class RowFlow:
    """Rows of one source in one span: ``read`` from the source, ``partitioned`` into the span, and what became of those.

    ``absent`` says why a span has none.
    """

    span: str
    source: str
    read: int = 0
    partitioned: int = 0
    quarantined: int = 0
    duplicate: int = 0
    dropped: int = 0
    written: int = 0
    absent: Absence | None = None

    @property
    def unaccounted(self) -> int:
        """Rows of the span that are in none of the four piles: 0 unless something lost or invented rows."""
        return self.partitioned - self.quarantined - self.duplicate - self.dropped - self.written


@dataclass(frozen=True)
class Checked:
    """The findings artifact of one validating step at one span."""

    step: str
    span: str
    findings: Findings


@dataclass(frozen=True)
class LabelingFunction:
    """Shares of rows (0 to 1) on which one function votes, votes beside another, votes against another; its accuracy where known."""

    name: str
    coverage: float
    overlap: float
    conflict: float
    accuracy: Estimate = Estimate(absent="labels-not-mature")


@dataclass(frozen=True)
class Labels:
    """Where the labels of the window came from: shares of `n_rows` (0 to 1); the rest has no label. Feedback counts as outcomes."""

    n_rows: int
    from_outcomes: float
    from_label_model: float
    functions: tuple[LabelingFunction, ...] = ()
    from_raters: float = 0.0

    @property
    def coverage(self) -> float:
        """Share of rows with a label from any."""
        return self.from_outcomes + self.from_raters + self.from_label_model


@dataclass(frozen=True)
class Metric:
    """One metric on the test window (`dimension` empty) or on one of its slices; `threshold` is the gate's bound, if it has one."""

    name: str
    estimate: Estimate
    dimension: str = ""
    value: str = ""
    higher_is_better: bool = True
    threshold: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Champion against challenger on the same rows; `difference` is challenger minus champion."""

    metric: str
    champion: Estimate
    challenger: Estimate
    difference: Estimate
    higher_is_better: bool = True


@dataclass(frozen=True)
class Reason:
    """One condition of the gate in plain words, and whether it was met, missed or could not be judged."""

    text: str
    judgement: Judgement


@dataclass(frozen=True)
class Decision:
    """What the gate said, with its reasons; `model` names the registered version, if one was made."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    model: str = ""


@dataclass(frozen=True)
class Link:
    """A way out of the page: Airflow, MLflow, a parent report. Anything but http, https and relative addresses is shown as text."""

    label: str
    url: str


@dataclass(frozen=True)
class Ancestor:
    """One root or artifact that the run read or wrote."""

    role: Literal["read", "written"]
    kind: str
    name: str
    span: str
    digest: str


@dataclass(frozen=True)
class RunView:
    """All that the page of one run shows.

    Parameters
    ----------
    span
        The span key of a data run, the training window of a training run.
    zone
        IANA name of the pipeline's zone; times are shown in it.
    reason
        Why it ran: schedule, manual, backfill, drift, performance, volume, code; or the words of the form.
    superseded
        A sentence if a later delivery belongs to what the run read; empty otherwise.
    checks, labels, signals, metrics, comparisons, decision
        None where the graph has no such part; an `Absence` where it has and nothing came of it: shown, never as a pass.
    """

    pipeline: str
    run_id: str
    graph: Graph
    as_of: datetime
    lane: str
    reason: str
    state: RunState
    started: datetime
    ended: datetime | None = None
    code: str = ""
    span: str = ""
    zone: str = "UTC"
    superseded: str = ""
    steps: tuple[Step, ...] = ()
    rows: tuple[RowFlow, ...] = ()
    checks: tuple[Checked, ...] | Absence | None = None
    labels: Labels | Absence | None = None
    signals: Signals | None = None
    metrics: tuple[Metric, ...] | Absence | None = None
    comparisons: tuple[Comparison, ...] | Absence | None = None
    decision: Decision | Absence | None = None
    links: tuple[Link, ...] = ()
    lineage: tuple[Ancestor, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        """Wall time of the run, None while it runs."""
        return (self.ended - self.started).total_seconds() if self.ended else None

    def to_json(self) -> str:
        """Return the same values as JSON with sorted keys and ISO 8601 times: what a script reads instead of the page."""
        body = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(body, default=json_value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def json_value(value: object) -> str:
    """Return what JSON has no form for, a time, in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
