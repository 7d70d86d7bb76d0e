"""Process feedback: outcomes of rows from events that come later, told by key and time; not yet is not no."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from components.artifacts.examples import Examples
from components.artifacts.feedback import Feedback
from components.runtime.component import component
from components.runtime.errors import ConfigError, DataError
from components.runtime.instants import to_micros
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl

CURVE_POINTS = 50
"""Quantiles of the delays that the curve is made of: its steps are 2 %."""

HOUR_MICROS = 3_600_000_000


@dataclass(frozen=True)
class FeedbackConfig:
    """How rows and events meet: columns that both have, and how many hours after the row an event counts."""

    key: tuple[str, ...]
    hours: float


@component(libraries=("polars",))
def join_feedback(examples: Window[Examples], events: Window[Examples], as_of: datetime, *, config: FeedbackConfig) -> Feedback:
    r"""Return the outcome of each row of the window: whether an event of its key came within ``config.hours`` after it.

    The watermark is the end of the last span of events before the first one that is missing, and no later than ``as_of``. A row is positive
    as soon as its event is there, negative once the watermark has passed the end of its time, censored before. A censored row of age a
    is expected to turn positive with

    .. math:: p\,(1 - F(a)) / (1 - p\,F(a))

    from the share p of positives and the delays F of rows whose time is over (Chapelle 2014, Modeling Delayed Feedback, eq. 3, with the
    observed delays in place of an exponential).

    Raises
    ------
    ConfigError
        If no key or no time is given.
    DataError
        If a row or an event lacks a column of the key.

    """
    import polars as pl

    if not config.key or config.hours <= 0:
        raise ConfigError("rows and events need a key and a time to meet", key="key, hours", got=f"{config.key}, {config.hours}")
    horizon = int(config.hours * HOUR_MICROS)
    watermark = _watermark(events, as_of)
    rows = _rows(examples, config.key, ("row_id", "span"))
    came = _rows(events, config.key, ()).filter(pl.col("time") < watermark).select(*config.key, "time", came="time").sort("time")
    met = rows.sort("time").join_asof(came, on="time", by=list(config.key), strategy="forward", tolerance=horizon, check_sortedness=False)
    delay = pl.col("came") - pl.col("time")
    over = pl.col("time") + horizon <= watermark
    known = met.with_columns(delay=delay, over=over).with_columns(
        outcome=pl.when(pl.col("delay").is_not_null()).then(1).when(pl.col("over")).then(0).cast(pl.Int8)
    )
    mature = known.filter("over")
    curve = _curve(mature["delay"].drop_nulls())
    expected = _expected(known, mature, curve, watermark)
    columns = ("row_id", "event_time", "span", "outcome", "delay", "expected")
    return Feedback(known.with_columns(expected=expected).select(columns).sort("event_time", "row_id"), watermark, curve)


def _watermark(events: Window[Examples], as_of: datetime) -> int:
    """Return the time before which all events are known, in microseconds; the window's begin where its first span is missing."""
    present = {span for span, _ in events.present()}
    reached = to_micros(events.spans[0].start) if events.spans else 0
    for span in events.spans:
        if span not in present:
            break
        reached = to_micros(span.end)
    return min(reached, to_micros(as_of))


def _rows(window: Window[Examples], key: tuple[str, ...], more: tuple[str, ...]) -> "pl.DataFrame":
    """Return the key, ``more``, the event time and it as microseconds (``time``) of every row of the window."""
    import polars as pl

    frames = [value.to_polars().with_columns(span=pl.lit(span.key)) for span, value in window.present()]
    for frame in frames:
        lacking = [name for name in key if name not in frame.columns]
        if lacking:
            raise DataError(f"rows that feedback is joined to lack the key column '{lacking[0]}'", fix="name columns that both sides have")
    if not frames:
        raise DataError("a window that feedback is made of holds nothing", fix="deliver its spans, or move the as-of")
    names = [*key, *more, "event_time"]
    return pl.concat([frame.select(names) for frame in frames]).with_columns(time=pl.col("event_time").to_physical())


def _curve(delays: "pl.Series") -> tuple[tuple[int, float], ...]:
    """Return the delays below which shares of the events came, from 0 to 1; empty without any."""
    shares = [one / CURVE_POINTS for one in range(1, CURVE_POINTS + 1)]
    ordered = delays.sort()
    return tuple((int(ordered[max(0, round(share * len(ordered)) - 1)]), share) for share in shares) if len(ordered) else ()


def _expected(rows: "pl.DataFrame", mature: "pl.DataFrame", curve: tuple[tuple[int, float], ...], watermark: int) -> "pl.Series":
    """Return the probability of a positive outcome of each row, null for censored ones without mature rows."""
    import numpy as np
    import polars as pl

    outcome = rows["outcome"].cast(pl.Float64)
    if not mature.height:
        return outcome
    share = float(mature["outcome"].sum()) / mature.height
    age = np.maximum(0, watermark - rows["time"].to_numpy())
    delays, shares = np.array([delay for delay, _ in curve], dtype=np.float64), np.array([0.0, *(one for _, one in curve)])
    come = shares[np.searchsorted(delays, age, side="right")]
    later = share * (1 - come) / np.maximum(1 - share * come, 1e-12)
    return outcome.fill_null(pl.Series(later))
