"""What a mirror of the store is told of a run: plain records, the side table of foreign ids, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from components.artifacts.findings import Finding
from components.runtime.errors import PipelineError

Plain = bool | int | float | str | None
State = Literal["RUNNING", "COMPLETE", "CACHED", "FAILED", "CANCELED"]


@dataclass(frozen=True)
class MetricRecord:
    """One figure of a run; ``step`` orders the values of one name (a window, an iteration). None is not mirrored."""

    name: str
    value: float | None
    step: int | None = None


@dataclass(frozen=True)
class DatasetRecord:
    """One artifact that the run read: its name, full digest, the role it played ("training", "test"), span, rows and place."""

    name: str
    digest: str
    context: str
    span: str
    n_rows: int | None = None
    source: str = ""


@dataclass(frozen=True)
class CandidateRecord:
    """One model that training tried, its card as Markdown, and whether it is the one that was kept."""

    name: str
    parameters: Mapping[str, Plain] = field(default_factory=dict)
    metrics: tuple[MetricRecord, ...] = ()
    chosen: bool = False
    card: str = ""


@dataclass(frozen=True)
class ModelRecord:
    """The model artifact that a run made or reused: its folder in the store, its digest, the name to register it under.

    ``aliases`` are those that this model must carry from now on ("champion"); an empty tuple leaves aliases alone. Deciding that,
    and never to go back to an older model, is the ledger's work. ``tags`` hold lineage (run key, as-of, lane).
    """

    directory: Path
    digest: str
    name: str
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRecord:
    """One pipeline run as a mirror shows it; ``key`` identifies it for ever, so that mirroring twice changes nothing.

    ``reason`` is why it ran in one word (schedule, manual, backfill, drift, …), ``why`` the sentence that goes with it. ``links`` are
    addresses by name (``airflow``, ``store``, ``report``). ``report`` is the page of the run, one self-contained HTML file.
    """

    key: str
    pipeline: str
    graph: str
    as_of: datetime
    lane: str
    reason: str
    why: str
    state: State
    started: datetime
    ended: datetime | None
    parameters: Mapping[str, Plain] = field(default_factory=dict)
    metrics: tuple[MetricRecord, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[DatasetRecord, ...] = ()
    candidates: tuple[CandidateRecord, ...] = ()
    model: ModelRecord | None = None
    report: Path | None = None
    links: Mapping[str, str] = field(default_factory=dict)


class MirrorIds(Protocol):
    """The side table of foreign run ids. It is a hint: losing it costs nothing, for the mirror's own tags are searched first."""

    def get(self, run_key: str) -> str | None:
        """Return the mirror's id of a run, or None."""

    def put(self, run_key: str, foreign_id: str) -> None:
        """Remember the mirror's id of a run, in place of an earlier one."""


@dataclass(frozen=True)
class MirroredRun:
    """Where a run is found in the mirror; ``model_version`` is the registered version of its model, None without a model."""

    key: str
    foreign_id: str
    url: str
    model_version: str | None = None


@dataclass(frozen=True)
class SyncResult:
    """What one sync did: the runs that are mirrored now, the ones that the mirror refused by key and reason, and findings."""

    mirrored: tuple[MirroredRun, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


class MirrorUnavailable(PipelineError):  # noqa: N818 - a state of the mirror, which the caller notes and goes on
    """The mirror is down, too slow or answers with server errors; nothing is lost, and the next sync completes.

    Parameters
    ----------
    done
        What was mirrored before.
    """

    def __init__(self, message: str, *, where: str, got: str, done: SyncResult | None = None) -> None:
        super().__init__(message, where=where, got=got, fix="Start it, then run `almanac mlflow-sync`; nothing is lost")
        self.done = done or SyncResult()
