"""Shifts: how far each column of one span lies from the spans before it, in every way that is watched."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self

FILE = "shifts.json"

Aspect = Literal["rows", "copied", "missing", "values", "spread", "spike", "unseen", "vanished"]
"""What of a column can move; `rows` and `copied` are of the whole span, whose column is called ""."""

Against = Literal["previous", "weekday", "window", "nearest", "trend"]
"""What it is held against; `monitoring.references` says which spans these are."""

Subject = tuple[str, str, Aspect]
"""Slice ("" for all rows), column and aspect."""


@dataclass(frozen=True)
class Shift:
    """One aspect of one column: its figure in the span, and its distance from each reference that there is.

    ``noise`` is how far two samples of one distribution would lie apart at most, but for one time in a thousand; it is given for the
    comparators that are judged.
    """

    slice: str
    column: str
    aspect: Aspect
    level: float | None
    distances: Mapping[Against, float] = field(default_factory=dict)
    noise: Mapping[Against, float] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """What was measured."""
        return self.slice, self.column, self.aspect


@dataclass(frozen=True)
class Shifts:
    """The shifts of one span, in the order of slices, columns and aspects.

    File: ``shifts.json``, a list of [slice, column, aspect, level, distances, noise]; floats are rounded to nine digits. A distance that
    has no reference yet is not there.
    """

    kind: ClassVar[str] = "shifts"
    format_version: ClassVar[int] = 1

    shifts: tuple[Shift, ...] = ()

    @cached_property
    def by_subject(self) -> dict[Subject, Shift]:
        """The shifts by what was measured."""
        return {one.subject: one for one in self.shifts}

    def save(self, directory: Path) -> None:
        """Write ``shifts.json``."""
        rows = [[one.slice, one.column, one.aspect, one.level, dict(one.distances), dict(one.noise)] for one in self.shifts]
        (directory / FILE).write_text(json.dumps(rows, sort_keys=True, ensure_ascii=False, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the shifts back."""
        return cls(tuple(Shift(*row) for row in json.loads((directory / FILE).read_text(encoding="utf-8"))))

    def summary(self) -> dict[str, int]:
        """Give the number of shifts, and of those that have a reference."""
        return {"n_shifts": len(self.shifts), "n_compared": sum(bool(one.distances) for one in self.shifts)}
