"""Sliced statistics: the statistics of named parts of the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from components.artifacts.statistics import Statistics

INDEX = "slices.json"


@dataclass(frozen=True, eq=False)
class SlicedStatistics:
    """The statistics of each slice, by dimension and value (`measures.slices`), in that order.

    Files: `slices.json`, the list of [dimension, value], and one folder a slice, numbered in that order, with its `Statistics`.
    """

    kind: ClassVar[str] = "sliced_statistics"
    format_version: ClassVar[int] = 1

    slices: Mapping[tuple[str, str], Statistics]

    def save(self, directory: Path) -> None:
        """Write `slices.json` and one folder a slice."""
        (directory / INDEX).write_text(json.dumps([list(name) for name in self.slices], ensure_ascii=False), encoding="utf-8")
        for number, statistics in enumerate(self.slices.values()):
            (directory / f"{number:04}").mkdir()
            statistics.save(directory / f"{number:04}")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the statistics back."""
        names = json.loads((directory / INDEX).read_text(encoding="utf-8"))
        return cls({(dimension, value): Statistics.load(directory / f"{number:04}") for number, (dimension, value) in enumerate(names)})

    def summary(self) -> dict[str, int]:
        """Give the numbers of slices and dimensions."""
        return {"n_slices": len(self.slices), "n_dimensions": len({dimension for dimension, _ in self.slices})}
