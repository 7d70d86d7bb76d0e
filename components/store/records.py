"""Plain records of what the store holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.runtime.value import Scalar

State = Literal["RUNNING", "COMPLETE", "CACHED", "FAILED", "CANCELED", "ABSENT", "LOST"]
Lane = Literal["production", "backfill", "experiment"]
Cause = Literal["manual", "drift", "performance", "volume", "code"]
"""Why somebody, or a program on purpose, starts a run."""
Why = Literal["schedule", "backfill"] | Cause


@dataclass(frozen=True)
class ArtifactRecord:
    """A row of ``artifact``: a blob in its place in time. ``known_at`` is in microseconds."""

    id: int
    kind: str
    digest: str
    span: str
    known_at: int
    n_bytes: int = field(default=0, compare=False)
    value_type: str = field(default="", compare=False)
    summary: Mapping[str, Scalar] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class NewArtifact:
    """An artifact to record: its blob is published already."""

    kind: str
    digest: str
    span: str
    known_at: int
    n_bytes: int
    value_type: str
    summary: Mapping[str, Scalar]


@dataclass(frozen=True)
class ExecutionRecord:
    """A row of ``execution``, times in microseconds."""

    id: int
    run: str
    attempt: int
    own: bool
    step: str
    position: int
    component: str
    span: str
    key: str
    key_parts: Mapping[str, object]
    state: State
    reuses: int | None
    started_at: int
    ended_at: int | None
    cpu_ms: int | None
    peak_kb: int | None
    error: str


@dataclass(frozen=True)
class RunRecord:
    """A row of ``run``, times in microseconds."""

    id: str
    key: str
    pipeline: str
    graph: Literal["data", "training"]
    span: str
    as_of: int
    lane: Lane
    why: Why
    reason: str
    parameters: Mapping[str, object]
    snapshot: Mapping[str, object]
    state: State
    verdict: str
    platform: Mapping[str, str]
    links: Mapping[str, str]
    started_at: int
    ended_at: int | None


@dataclass(frozen=True)
class DeliveryRecord:
    """A row of ``delivery``: one immutable reading of a source."""

    id: int
    source: str
    version: int
    content_sha256: str
    declaration: str
    hint: Mapping[str, object]
    known_rule: str
    known_after: str
    known_from: int
    first_span: str
    last_span: str
    n_read: int
    n_partitioned: int
    n_quarantined: int
    quarantine: int | None


@dataclass(frozen=True)
class LedgerEntry:
    """A row of ``ledger``: a decision of people or policies; never changed, never removed."""

    id: int
    kind: str
    subject: str
    value: Mapping[str, object]
    lane: str
    effective_from: int
    known_at: int
    recorded_at: int
    who: str
    why: str
