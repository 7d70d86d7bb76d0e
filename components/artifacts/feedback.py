"""Feedback: what became of rows, from events that came later."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = "feedback.parquet"
CURVE = "delays.json"


@dataclass(frozen=True, eq=False)
class Feedback:
    """One row an example of the window, sorted by (event time, row id), and how long events take.

    Files: ``feedback.parquet`` and ``delays.json``. Columns: ``row_id`` binary; ``event_time``; ``span``; ``outcome`` int8: the class
    that the event named which came in time, or that of silence where the time is over without one; null where nothing is known; ``delay`` int64
    microseconds to the event, else null; ``mature``, whether the time is over; ``expected``: list of float64, the probability of each class:
    the outcome's where it is known, else by age and the delay curves (null without mature rows, and where silence says nothing and the
    time is over).

    ``watermark`` (microseconds) is the time before which all events are known. ``delay_curves`` holds for each class (microseconds, share of
    the events naming it that had come by then), over rows whose time is over. ``purposes`` (in the file only where there are any) are those of
    the columns of the key, and of the class (``outcome``).
    """

    kind: ClassVar[str] = "feedback"
    format_version: ClassVar[int] = 2

    rows: "pl.DataFrame"
    watermark: int
    delay_curves: tuple[tuple[tuple[int, float], ...], ...]
    purposes: Mapping[str, str] = field(default_factory=dict)

    def save(self, directory: Path) -> None:
        """Write the rows and the curve."""
        write_table(self.rows.to_arrow(), directory / FILE)
        body: dict[str, object] = {"watermark": self.watermark, "delay_curves": self.delay_curves}
        body |= {"purposes": dict(self.purposes)} if self.purposes else {}
        (directory / CURVE).write_text(json.dumps(body, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the feedback back."""
        import polars as pl

        body = json.loads((directory / CURVE).read_text(encoding="utf-8"))
        rows = pl.read_parquet(directory / FILE, use_pyarrow=True)
        curves = tuple(tuple((int(delay), float(share)) for delay, share in curve) for curve in body["delay_curves"])
        return cls(rows, body["watermark"], curves, body.get("purposes", {}))

    def summary(self) -> dict[str, int | float]:
        """Give the rows by what is known of them: of each class, censored (something may still come), and silent for good."""
        outcome, mature = self.rows["outcome"], self.rows["mature"]
        of_class = {f"n_class_{one}": int((outcome == one).sum()) for one in range(len(self.delay_curves))}
        silent = outcome.is_null() & mature
        return {"n_rows": len(outcome), **of_class, "n_censored": outcome.null_count() - int(silent.sum()), "n_silent": int(silent.sum())}
