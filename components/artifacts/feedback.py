"""Feedback: what became of rows, from events that came later."""

import json
from dataclasses import dataclass
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

    Files: ``feedback.parquet`` and ``delays.json``. Columns: ``row_id`` binary; ``event_time``; ``span``; ``outcome`` int8: 1 where the event
    came in time, 0 where the time is over without it, null where it may still come; ``delay`` int64 microseconds to the event, else null;
    ``expected`` float64, the probability of 1: the outcome where it is known, else by age and the delay curve (null without mature rows).

    ``watermark`` (microseconds) is the time before which all events are known. ``delay_curve`` holds (microseconds, share of the events that
    had come by then), over rows whose time is over.
    """

    kind: ClassVar[str] = "feedback"
    format_version: ClassVar[int] = 1

    rows: "pl.DataFrame"
    watermark: int
    delay_curve: tuple[tuple[int, float], ...]

    def save(self, directory: Path) -> None:
        """Write the rows and the curve."""
        write_table(self.rows.to_arrow(), directory / FILE)
        body = {"watermark": self.watermark, "delay_curve": self.delay_curve}
        (directory / CURVE).write_text(json.dumps(body, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the feedback back."""
        import polars as pl

        body = json.loads((directory / CURVE).read_text(encoding="utf-8"))
        rows = pl.read_parquet(directory / FILE, use_pyarrow=True)
        return cls(rows, body["watermark"], tuple((int(delay), float(share)) for delay, share in body["delay_curve"]))

    def summary(self) -> dict[str, int | float]:
        """Give the rows by what is known of them."""
        outcome = self.rows["outcome"]
        n_censored = outcome.null_count()
        return {"n_rows": len(outcome), "n_positive": int(outcome.sum()), "n_negative": int((outcome == 0).sum()), "n_censored": n_censored}
