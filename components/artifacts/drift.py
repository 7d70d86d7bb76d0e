"""Drift: what of one span is unlike the spans before it, and how sure and how bad that is."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Self

from components.artifacts.shifts import Against, Aspect

FILE = "drift.json"

How = Literal["sudden", "gradual"]


@dataclass(frozen=True)
class Usual:
    """A distance and what is usual for it: the threshold that the column's own past, of `n_past` spans, or the schema gives it."""

    distance: float
    threshold: float | None = None
    n_past: int = 0
    from_schema: bool = False


@dataclass(frozen=True)
class Drifted:
    """One aspect of one column that is further away than usual.

    Attributes
    ----------
    slice, column, aspect : what moved; a slice is "dimension=value", "" for all rows, and the column of the whole span is "".
    against : what it was judged against; `distances` has all that it was held against, with what is usual for each.
    how, since : whether the level jumped or crept to where it is, and the key of the first span of the change.
    level : the aspect's figure in the span.
    probability : that a usual span lies as far away, by the column's own past.
    effect : how many times the least distance that matters for the aspect it is.
    """

    slice: str
    column: str
    aspect: Aspect
    against: Against
    how: How
    since: str
    level: float | None
    probability: float
    effect: float
    distances: Mapping[str, Usual] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The slice, the column and what of it moved, as alarms name it."""
        return f"{self.slice or 'all rows'}/{self.column or 'the span'}/{self.aspect}"


@dataclass(frozen=True)
class Drift:
    """What drifted in one span, strongest effect first.

    File: ``drift.json``. ``judged`` counts the tests; ``unjudged`` those without enough of a past. ``state`` is "checked", or "no-baseline"
    where nothing could be judged: never a pass. ``rate`` is the share of false discoveries that was allowed.
    """

    kind: ClassVar[str] = "drift"
    format_version: ClassVar[int] = 1

    drifted: tuple[Drifted, ...] = ()
    judged: int = 0
    unjudged: int = 0
    rate: float = 0.0
    state: str = "checked"

    def save(self, directory: Path) -> None:
        """Write ``drift.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the drift back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        found = [one | {"distances": {name: Usual(**usual) for name, usual in one["distances"].items()}} for one in body.pop("drifted")]
        return cls(tuple(Drifted(**one) for one in found), **body)

    def summary(self) -> dict[str, int | str]:
        """Give the state and the numbers of what drifted, of tests, and of what could not be judged."""
        return {"state": self.state, "n_drifted": len(self.drifted), "n_judged": self.judged, "n_unjudged": self.unjudged}
