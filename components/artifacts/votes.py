"""Votes: what each labeling function said of each row of a span."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ABSTAIN = -1
ROW_ID_BYTES = 16
FILE = "votes.json"

FaultKind = Literal["raised", "timed-out", "bad-vote"]


@dataclass(frozen=True)
class Fault:
    """What went wrong with a labeling function: how, in one sentence, on how many rows, and the positions of the first few of them."""

    function: str
    kind: FaultKind
    message: str
    n_rows: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Votes:
    """The votes of one span, in the row order of its examples.

    Files: ``votes.json`` (function names in order, rows, classes, faults), ``row_id.bin`` (16 bytes a row), ``event_time.bin`` (int64
    microseconds, little-endian) and one ``<function>.i8`` a function (int8 a row, -1 abstains). ``votes`` is [n_rows, n_functions].
    ``row_wise`` names the functions that ran row by row in Python, which is slow; ``faults`` tells where functions abstain because they
    failed; ``purposes`` (in the file only where there are any) those of functions that read columns of a limited purpose.
    """

    kind: ClassVar[str] = "votes"
    format_version: ClassVar[int] = 2

    functions: tuple[str, ...]
    classes: tuple[int, ...]
    row_ids: "NDArray[np.bytes_]"
    event_times: "NDArray[np.int64]"
    votes: "NDArray[np.int8]"
    row_wise: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    purposes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse votes outside the classes and sizes that differ."""
        expected = (len(self.row_ids), len(self.functions))
        if self.votes.shape != expected or len(self.event_times) != expected[0]:
            raise ValueError(f"votes are {self.votes.shape}, expected [n_rows, n_functions] = {expected}")
        if strange := self._strange():
            raise ValueError(f"votes outside the classes {self.classes}: {strange[:5]}")

    def _strange(self) -> list[int]:
        """Return the votes that are no class, sorted; columns whose extremes are fine and without gaps between are not looked through."""
        import numpy as np

        allowed = (ABSTAIN, *self.classes)
        has_gaps = set(range(min(allowed), max(allowed) + 1)) != set(allowed)
        found: set[int] = set()
        for column in self.votes.T:
            if len(column) and (has_gaps or column.min() < min(allowed) or column.max() > max(allowed)):
                found |= set(np.setdiff1d(column, allowed).tolist())
        return sorted(found)

    def save(self, directory: Path) -> None:
        """Write one file per function, and what they share."""
        import numpy as np

        body = {
            "functions": list(self.functions),
            "classes": list(self.classes),
            "n_rows": len(self.row_ids),
            "row_wise": list(self.row_wise),
            "faults": [asdict(fault) for fault in self.faults],
            **({"purposes": dict(self.purposes)} if self.purposes else {}),
        }
        (directory / FILE).write_text(json.dumps(body, sort_keys=True), encoding="utf-8")
        (directory / "row_id.bin").write_bytes(self.row_ids.tobytes())
        (directory / "event_time.bin").write_bytes(self.event_times.astype("<i8").tobytes())
        for name, column in zip(self.functions, self.votes.T, strict=True):
            (directory / f"{name}.i8").write_bytes(np.ascontiguousarray(column, dtype=np.int8).data)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the votes back."""
        import numpy as np

        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        matrix = np.empty((body["n_rows"], len(body["functions"])), np.int8, order="F")
        for index, name in enumerate(body["functions"]):
            matrix[:, index] = np.fromfile(directory / f"{name}.i8", dtype=np.int8)
        return cls(
            tuple(body["functions"]),
            tuple(body["classes"]),
            np.fromfile(directory / "row_id.bin", dtype=f"V{ROW_ID_BYTES}"),
            np.fromfile(directory / "event_time.bin", dtype="<i8"),
            matrix,
            tuple(body["row_wise"]),
            tuple(Fault(**fault | {"rows": tuple(fault["rows"])}) for fault in body["faults"]),
            body.get("purposes", {}),
        )

    def summary(self) -> dict[str, int | float]:
        """Give rows, functions, faults and the coverage: the share of rows that any function voted on (0 for no rows)."""
        n_rows, n_functions = self.votes.shape
        covered = float((self.votes != ABSTAIN).any(axis=1).mean()) if n_rows and n_functions else 0.0
        return {"n_rows": n_rows, "n_functions": n_functions, "n_faults": len(self.faults), "coverage": round(covered, 6)}
