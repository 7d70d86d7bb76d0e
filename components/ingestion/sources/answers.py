"""Answers of people to the batches that they were asked to label: a file each time, once somebody answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.known import KnownColumn
from components.ingestion.sources.source import ColumnType, EventTime
from components.runtime.home import answers_folder


@dataclass(frozen=True, kw_only=True)
class AnswersSource(CsvSource):
    """CSV files of ratings in the state folder, as `almanac label-import` and Airflow's task write them; none at all is no fault."""

    @classmethod
    def of(cls, pipeline: str, key: Mapping[str, ColumnType]) -> Self:
        """Return the answers of a pipeline's batches; ``key`` are the columns of the key of its examples.

        An answer is of its row's event time, and known since somebody gave it. A later word of the same rater corrects the earlier one.
        """
        return cls(
            location=str(answers_folder(pipeline) / "*.csv"),
            columns={**key, "rater": "string", "label": "integer", "rated_at": "timestamp"},
            event_time=EventTime("event_time"),
            key=(*key, "rater"),
            known_by=KnownColumn("rated_at"),
        )

    def files(self) -> list[Self]:
        """Return a source a file, by name."""
        folder = Path(self.location).parent
        return super().files() if any(folder.glob("*.csv")) else []
