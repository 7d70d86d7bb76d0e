"""Votes: what each labeling function said of each row of a span."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ABSTAIN = -1
ROW_ID_BYTES = 16
FILE = "votes.json"


@dataclass(frozen=True, eq=False)
class Votes:
    """The votes of one span, in the row order of its examples.

    Files: ``votes.json`` (function names in order, rows, classes), ``row_id.bin`` (16 bytes a row), ``event_time.bin`` (int64
    microseconds, little-endian) and one ``<function>.i8`` a function (int8 a row, -1 abstains). ``votes`` is [n_rows, n_functions].
    """

    kind: ClassVar[str] = "votes"
    format_version: ClassVar[int] = 1

    functions: tuple[str, ...]
    classes: tuple[int, ...]
    row_ids: "NDArray[np.bytes_]"
    event_times: "NDArray[np.int64]"
    votes: "NDArray[np.int8]"

    def __post_init__(self) -> None:
        """Refuse votes outside the classes and sizes that differ."""
        import numpy as np

        expected = (len(self.row_ids), len(self.functions))
        if self.votes.shape != expected or len(self.event_times) != expected[0]:
            raise ValueError(f"votes are {self.votes.shape}, expected [n_rows, n_functions] = {expected}")
        strange = np.setdiff1d(self.votes, (ABSTAIN, *self.classes))
        if strange.size:
            raise ValueError(f"votes outside the classes {self.classes}: {strange[:5].tolist()}")

    def save(self, directory: Path) -> None:
        """Write one file per function, and what they share."""
        import numpy as np

        body = {"functions": list(self.functions), "classes": list(self.classes), "n_rows": len(self.row_ids)}
        (directory / FILE).write_text(json.dumps(body, sort_keys=True), encoding="utf-8")
        (directory / "row_id.bin").write_bytes(self.row_ids.tobytes())
        (directory / "event_time.bin").write_bytes(self.event_times.astype("<i8").tobytes())
        for index, name in enumerate(self.functions):
            (directory / f"{name}.i8").write_bytes(np.ascontiguousarray(self.votes[:, index], dtype=np.int8).tobytes())

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the votes back."""
        import numpy as np

        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        columns = [np.fromfile(directory / f"{name}.i8", dtype=np.int8) for name in body["functions"]]
        return cls(
            tuple(body["functions"]),
            tuple(body["classes"]),
            np.fromfile(directory / "row_id.bin", dtype=f"V{ROW_ID_BYTES}"),
            np.fromfile(directory / "event_time.bin", dtype="<i8"),
            np.stack(columns, axis=1) if columns else np.empty((body["n_rows"], 0), np.int8),
        )

    def summary(self) -> dict[str, int | float]:
        """Give rows, functions and the coverage: the share of rows that any function voted on (0 for no rows)."""
        n_rows, n_functions = self.votes.shape
        covered = float((self.votes != ABSTAIN).any(axis=1).mean()) if n_rows and n_functions else 0.0
        return {"n_rows": n_rows, "n_functions": n_functions, "coverage": round(covered, 6)}
