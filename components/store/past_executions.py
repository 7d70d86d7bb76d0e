"""Past executions: what ran, what it read and made, and how long it took."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from components.store.artifacts import COLUMNS, artifact_of
from components.store.database import Database
from components.store.records import ArtifactRecord, ExecutionRecord
from components.store.tables import artifact, event, execution


class PastExecutions:
    """The executions of one pipeline, for reading."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self.database = database
        self.pipeline = pipeline

    def of_run(self, run: str) -> list[ExecutionRecord]:
        """Return the executions of a run in the order they started."""
        return self._select(sa.select(execution).where(execution.c.run == run).order_by(execution.c.id))

    def get(self, number: int) -> ExecutionRecord:
        """Return an execution by its number."""
        return self._select(sa.select(execution).where(execution.c.id == number))[0]

    def outputs(self, number: int) -> dict[tuple[str, int], ArtifactRecord]:
        """Return an execution's artifacts by output name and position."""
        return self._placed(number, "output")

    def inputs(self, number: int) -> dict[tuple[str, int], ArtifactRecord]:
        """Return the artifacts that an execution read, by parameter name and position."""
        return self._placed(number, "input")

    def makers(self, digest: str) -> list[ExecutionRecord]:
        """Return the executions that made an artifact of this digest, oldest first."""
        made = (
            sa.select(event.c.execution)
            .join(artifact, artifact.c.id == event.c.artifact)
            .where(event.c.direction == "output", artifact.c.digest == digest)
        )
        return self._select(sa.select(execution).where(*self._complete, execution.c.id.in_(made)).order_by(execution.c.id))

    def mean_seconds(self) -> dict[str, float]:
        """Return the mean duration of complete executions by component, for estimates."""
        duration = sa.func.avg(execution.c.ended_at - execution.c.started_at)
        query = sa.select(execution.c.component, duration).where(*self._complete).group_by(execution.c.component)
        with self.database.read() as connection:
            return {name: float(micros or 0) / 1e6 for name, micros in connection.execute(query)}

    def previous(self, one: ExecutionRecord) -> ExecutionRecord | None:
        """Return the newest complete execution of the same step, position and span before ``one``."""
        return self._newest(execution.c.position == one.position, execution.c.id < one.id, step=one.step, span=one.span)

    def last(self, step: str, span: str) -> ExecutionRecord | None:
        """Return the newest complete execution of a step at a span: what a plan compares a key with."""
        return self._newest(step=step, span=span)

    def up_to(self, step: str, span: str, n: int) -> list[ExecutionRecord]:
        """Return the newest complete execution of a step at each of the last ``n`` spans up to one, in order of span keys."""
        newest = sa.select(sa.func.max(execution.c.id)).where(*self._complete, execution.c.step == step, execution.c.span <= span)
        query = sa.select(execution).where(execution.c.id.in_(newest.group_by(execution.c.span)))
        return self._select(query.order_by(execution.c.span.desc()).limit(n))[::-1]

    @property
    def _complete(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (execution.c.pipeline == self.pipeline, execution.c.state == "COMPLETE")

    def _newest(self, *conditions: sa.ColumnElement[bool], step: str, span: str) -> ExecutionRecord | None:
        where = (*self._complete, execution.c.step == step, execution.c.span == span, *conditions)
        found = self._select(sa.select(execution).where(*where).order_by(execution.c.id.desc()).limit(1))
        return found[0] if found else None

    def _select(self, query: sa.Select[tuple[object, ...]]) -> list[ExecutionRecord]:
        with self.database.read() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def _placed(self, number: int, direction: str) -> dict[tuple[str, int], ArtifactRecord]:
        query = (
            sa.select(event.c.name, event.c.position, *COLUMNS)
            .join(artifact, artifact.c.id == event.c.artifact)
            .where(event.c.execution == number, event.c.direction == direction)
            .order_by(event.c.name, event.c.position)
        )
        with self.database.read() as connection:
            return {(row[0], row[1]): artifact_of(row) for row in connection.execute(query)}


def _record(row: Mapping[Any, object]) -> ExecutionRecord:
    names = ExecutionRecord.__dataclass_fields__
    return ExecutionRecord(**{name: row[name] for name in names})  # type: ignore[arg-type]
