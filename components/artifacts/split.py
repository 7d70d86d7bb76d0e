"""Split: which spans train, validate and test; a manifest, not a copy."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "split.json"
PARTS = ("train", "embargo", "validation", "gap", "test", "immature")


@dataclass(frozen=True)
class Fold:
    """The span keys that one round of validation fits on and measures on, in order of time."""

    train: tuple[str, ...]
    validation: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Span keys by part, in order of time and without overlap; instants in microseconds.

    File: ``split.json``. ``train``, ``embargo`` and ``validation`` end by ``cut``; ``gap`` lies between ``cut`` and ``test``; ``train``,
    ``embargo``, ``validation`` and ``test`` have outcomes as of ``as_of``; ``immature`` spans, on either side of ``cut``, do not. ``folds`` walk
    forward through ``validation``: the first one trains on ``train``, each later one on more. ``rows`` counts the rows of each part.
    ``held_out`` are the row ids (hexadecimal) that neither train nor validate, whatever their span: purged groups and held-out keys.
    """

    kind: ClassVar[str] = "split"
    format_version: ClassVar[int] = 2

    as_of: int
    cut: int
    train: tuple[str, ...]
    embargo: tuple[str, ...]
    validation: tuple[str, ...]
    gap: tuple[str, ...]
    test: tuple[str, ...]
    immature: tuple[str, ...]
    rows: dict[str, int]
    folds: tuple[Fold, ...] = ()
    held_out: tuple[str, ...] = ()

    def save(self, directory: Path) -> None:
        """Write ``split.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the split back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        folds = tuple(Fold(tuple(one["train"]), tuple(one["validation"])) for one in body["folds"])
        parts = {part: tuple(body[part]) for part in PARTS}
        return cls(body["as_of"], body["cut"], rows=body["rows"], folds=folds, held_out=tuple(body["held_out"]), **parts)

    def summary(self) -> dict[str, int | str]:
        """Give the rows of each part, the edges of train and test, and the numbers of folds and held-out rows."""
        edges = {part: f"{spans[0]}/{spans[-1]}" for part in ("train", "test") if (spans := getattr(self, part))}
        counts = {f"n_{part}": self.rows.get(part, 0) for part in PARTS}
        return {**counts, **edges, "n_folds": len(self.folds), "n_held_out": len(self.held_out)}
