"""What was found wrong with the sources of a pipeline: each finding stands until a later look does not meet it any more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from components.artifacts.findings import Finding
from components.store.database import Database
from components.store.tables import source_finding as table


@dataclass(frozen=True)
class SourceFinding:
    """A finding about a source that stands since ``recorded_at`` (microseconds); ``span`` is "" where it is about no span."""

    source: str
    span: str
    finding: Finding
    delivery: int | None
    recorded_at: int


class SourceFindings:
    """The findings about the sources of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self.database = database
        self.pipeline = pipeline

    def note(self, source: str, findings: Sequence[Finding], *, spans: Collection[str] | None = None, delivery: int | None = None) -> None:
        """Record what a look at a source found, and close what stood and was not found again.

        Parameters
        ----------
        findings
            What was found; one that stands already stays as it was first recorded.
        spans
            The keys of the spans that were judged, which the findings are about; None for a look at the source and its files.
        delivery
            The delivery that brought the findings to light.
        """
        mine = sa.and_(table.c.pipeline == self.pipeline, table.c.source == source, table.c.closed_at.is_(None))
        met = {(one.code, one.where, one.message): one for one in findings}
        with self.database.write(f"{self.pipeline}/{source}") as connection:
            now = self.database.now(connection)
            standing = {(row.code, row.place, row.message): row for row in connection.execute(sa.select(table).where(mine))}
            for key, row in standing.items():
                if key not in met and (row.span in spans if spans is not None else row.span == ""):
                    connection.execute(sa.update(table).where(table.c.id == row.id).values(closed_at=now))
            rows = [
                {
                    "pipeline": self.pipeline, "source": source, "span": "" if spans is None else one.where, "place": one.where,
                    "code": one.code, "severity": one.severity, "message": one.message, "expected": one.expected, "got": one.got,
                    "delivery": delivery, "recorded_at": now,
                }
                for key, one in met.items()
                if key not in standing
            ]  # fmt: skip
            if rows:
                connection.execute(sa.insert(table), rows)

    def standing(self) -> list[SourceFinding]:
        """Return the findings that stand, oldest first."""
        query = sa.select(table).where(table.c.pipeline == self.pipeline, table.c.closed_at.is_(None)).order_by(table.c.id)
        with self.database.read() as connection:
            return [
                SourceFinding(
                    row.source, row.span, Finding(row.code, row.severity, row.place, row.message, row.expected, row.got), row.delivery,
                    row.recorded_at,
                )
                for row in connection.execute(query)
            ]  # fmt: skip
