"""Associations: how columns go with the label and with one another; counts of pairs that add up over spans."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self

FILE = "associations.json"

PairCounts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, eq=False)
class PairState:
    """Two columns in one span: how often each pair of their values (texts, coarse bins of numbers) came, and their co-moments.

    `moments` are those of `measures.contingency.CoMoments`, None unless both are numbers.
    """

    first: str
    second: str
    counts: PairCounts = field(default_factory=dict)
    moments: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class PairLeaf:
    """The pairs of one span, and its first and last event time (microseconds; None if it is empty)."""

    pairs: tuple[PairState, ...]
    first_event: int | None = None
    last_event: int | None = None


@dataclass(frozen=True, eq=False)
class Associations:
    """The pairs of each span, in order of time; `measures.associations` merges them and says what they tell.

    File: `associations.json`, one entry per span and pair, sorted keys.
    """

    kind: ClassVar[str] = "associations"
    format_version: ClassVar[int] = 1

    label: str | None
    leaves: tuple[PairLeaf, ...]

    def save(self, directory: Path) -> None:
        """Write `associations.json`."""
        body = {"label": self.label, "leaves": [_plain(leaf) for leaf in self.leaves]}
        (directory / FILE).write_text(json.dumps(body, sort_keys=True, ensure_ascii=False, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the associations back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        return cls(body["label"], tuple(_leaf(leaf) for leaf in body["leaves"]))

    def summary(self) -> dict[str, int | str]:
        """Give the numbers of pairs and spans, and the label."""
        pairs = {(pair.first, pair.second) for leaf in self.leaves for pair in leaf.pairs}
        return {"n_pairs": len(pairs), "n_spans": len(self.leaves), "label": self.label or ""}


def _plain(leaf: PairLeaf) -> dict[str, object]:
    pairs = [
        {
            "first": pair.first,
            "second": pair.second,
            "counts": [[x, y, count] for (x, y), count in sorted(pair.counts.items())],
            "moments": None if pair.moments is None else list(pair.moments),
        }
        for pair in leaf.pairs
    ]
    return {"first_event": leaf.first_event, "last_event": leaf.last_event, "pairs": pairs}


def _leaf(plain: Mapping[str, object]) -> PairLeaf:
    pairs = tuple(
        PairState(
            pair["first"],
            pair["second"],
            {(x, y): count for x, y, count in pair["counts"]},
            None if pair["moments"] is None else tuple(pair["moments"]),
        )
        for pair in plain["pairs"]  # type: ignore[attr-defined]
    )
    return PairLeaf(pairs, plain["first_event"], plain["last_event"])  # type: ignore[arg-type]
