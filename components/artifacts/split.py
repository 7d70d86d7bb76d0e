"""Split: which spans train, validate and test; a manifest, not a copy."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "split.json"
PARTS = ("train", "validation", "gap", "test", "immature")


@dataclass(frozen=True)
class Split:
    """Span keys by part, in order of time and without overlap; instants in microseconds.

    File: ``split.json``. ``train`` and ``validation`` end by ``cut``; ``gap`` lies between ``cut`` and ``test``; ``train``, ``validation`` and
    ``test`` have outcomes as of ``as_of``; ``immature`` spans, on either side of ``cut``, do not. ``rows`` counts the rows of each part.
    """

    kind: ClassVar[str] = "split"
    format_version: ClassVar[int] = 1

    as_of: int
    cut: int
    train: tuple[str, ...]
    validation: tuple[str, ...]
    gap: tuple[str, ...]
    test: tuple[str, ...]
    immature: tuple[str, ...]
    rows: dict[str, int]

    def save(self, directory: Path) -> None:
        """Write ``split.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the split back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        return cls(body["as_of"], body["cut"], rows=body["rows"], **{part: tuple(body[part]) for part in PARTS})

    def summary(self) -> dict[str, int | str]:
        """Give the rows of each part and the edges of train and test."""
        edges = {part: f"{spans[0]}/{spans[-1]}" for part in ("train", "test") if (spans := getattr(self, part))}
        return {**{f"n_{part}": self.rows.get(part, 0) for part in PARTS}, **edges}
