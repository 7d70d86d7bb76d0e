"""Process feedback: outcomes of rows from events that come later, told by key and time; not yet is not no."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import Examples
from components.artifacts.feedback import Feedback
from components.artifacts.probabilities import as_lists
from components.artifacts.purposes import purposes_of
from components.labeling.purposes import told_by
from components.runtime.component import component
from components.runtime.errors import ConfigError, DataError
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from components.runtime.window import Absent, Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

CURVE_POINTS = 50
"""Quantiles of the delays that the curve is made of: its steps are 2 %."""

HOUR_MICROS = 3_600_000_000


@dataclass(frozen=True)
class FeedbackConfig:
    """How rows and events meet: columns that both have, and how many hours after the row an event counts.

    ``n_classes`` are told apart. A row that no event came for in time is of class ``silence``; None: nothing will ever be known of it.
    """

    key: tuple[str, ...]
    hours: float
    n_classes: int = 2
    silence: int | None = 0


@component(libraries=("polars",))
def join_feedback(
    examples: Window[Examples], events: Window[Examples], as_of: datetime, *, config: FeedbackConfig, outcome: CodeRef | None = None
) -> Feedback:
    r"""Return the outcome of each row of the window: the class that the first event of its key named within ``config.hours`` after it.

    The watermark is the end of the last span of events before the first one that is missing, and no later than ``as_of``. A row has its
    class as soon as its event is there, that of ``config.silence`` once the watermark has passed the end of its time; it is censored before.
    So classes whose events are quick come first. A censored row of age a is expected to turn to class c with

    .. math:: p_c\,(1 - F_c(a)) / (1 - \textstyle\sum_j p_j\,F_j(a))

    from the share :math:`p_c` of rows with an event of the class and its delays :math:`F_c`, both of rows whose time is over (Chapelle 2014,
    Modeling Delayed Feedback, eq. 3, with the observed delays in place of an exponential, and classes that compete); silence has the rest.

    Parameters
    ----------
    outcome
        The pipeline's function that gives the expression of the class (0, 1, ...) over rows of events, null where an event says nothing. Without
        it every event says 1.

    Raises
    ------
    ConfigError
        If no key or no time is given, or silence is none of the classes.
    DataError
        If a row or an event lacks a column of the key, or an event names none of the classes.

    """
    import polars as pl

    if not config.key or config.hours <= 0:
        raise ConfigError("rows and events need a key and a time to meet", key="key, hours", got=f"{config.key}, {config.hours}")
    if config.silence is not None and not 0 <= config.silence < config.n_classes:
        raise ConfigError(
            "silence is none of the classes", key="silence", expected=f"0 to {config.n_classes - 1}, or null", got=str(config.silence)
        )
    horizon = int(config.hours * HOUR_MICROS)
    watermark = _watermark(events, as_of)
    rows = _rows(examples, config.key, pl.col("row_id"))
    met = rows.sort("time").join_asof(
        _events(events, config, outcome, watermark), on="time", by=list(config.key), strategy="forward", tolerance=horizon,
        check_sortedness=False,
    )  # fmt: skip
    known = met.with_columns(delay=pl.col("came") - pl.col("time"), mature=pl.col("time") + horizon < watermark).with_columns(
        outcome=pl.coalesce("said", pl.when("mature").then(pl.lit(config.silence, pl.Int8)))
    )
    mature = known.filter("mature")
    curves = tuple(_curve(mature.filter(pl.col("said") == one)["delay"]) for one in range(config.n_classes))
    expected = as_lists(_expected(known, mature, curves, watermark, config.silence)).alias("expected")
    columns = ("row_id", "event_time", "span", "outcome", "delay", "mature", "expected")
    tags = purposes_of(value.schema for window in (examples, events) for _, value in window.present())
    limited = {name: purpose for name, purpose in tags.items() if name in config.key}
    limited |= told_by(events, outcome, "outcome") if outcome else {}
    return Feedback(known.with_columns(expected).select(columns).sort("event_time", "row_id"), watermark, curves, limited)


def _watermark(events: Window[Examples], as_of: datetime) -> int:
    """Return the time before which all events are known, in microseconds; the window's begin where its first span is missing.

    A span that was delivered empty, or lies before the history, had no events: it is not missing.
    """
    reached = to_micros(events.spans[0].start) if events.spans else 0
    for span, value in zip(events.spans, events.values, strict=True):
        if isinstance(value, Absent) and value.reason not in ("empty", "before-history"):
            break
        reached = to_micros(span.end)
    return min(reached, to_micros(as_of))


def _events(events: Window[Examples], config: FeedbackConfig, outcome: CodeRef | None, watermark: int) -> "pl.DataFrame":
    """Return (key, time, came, said) of the events before the watermark that name a class, in order of time."""
    import polars as pl

    told = cast("Callable[[], pl.Expr]", outcome.load())() if outcome else pl.lit(1)
    rows = _rows(events, config.key, told.cast(pl.Int8).alias("said")).filter(pl.col("time") < watermark, pl.col("said").is_not_null())
    wrong = rows.filter(~pl.col("said").is_between(0, config.n_classes - 1))
    if wrong.height:
        raise DataError(f"an event says {wrong['said'][0]}; classes are 0 to {config.n_classes - 1}", fix="correct it, or n_classes")
    return rows.select(*config.key, "time", "said", came="time").sort("time")


def _rows(window: Window[Examples], key: tuple[str, ...], more: "pl.Expr") -> "pl.DataFrame":
    """Return the key, ``more``, the event time, it as microseconds (``time``) and the span of every row of the window."""
    import polars as pl

    present = [(span, value.to_polars()) for span, value in window.present()]
    for _, frame in present:
        lacking = [name for name in key if name not in frame.columns]
        if lacking:
            raise DataError(f"rows that feedback is joined to lack the key column '{lacking[0]}'", fix="name columns that both sides have")
    if not present:
        raise DataError("a window that feedback is made of holds nothing", fix="deliver its spans, or move the as-of")
    time = pl.col("event_time").to_physical().alias("time")
    return pl.concat([frame.select(*key, more, "event_time", time, span=pl.lit(span.key)) for span, frame in present])


def _curve(delays: "pl.Series") -> tuple[tuple[int, float], ...]:
    """Return the delays below which shares of the events came, from 0 to 1; empty without any."""
    shares = [one / CURVE_POINTS for one in range(1, CURVE_POINTS + 1)]
    ordered = delays.sort()
    return tuple((int(ordered[max(0, round(share * len(ordered)) - 1)]), share) for share in shares) if len(ordered) else ()


def _expected(
    rows: "pl.DataFrame", mature: "pl.DataFrame", curves: tuple[tuple[tuple[int, float], ...], ...], watermark: int, silence: int | None
) -> "NDArray[np.float64]":
    """Return the probability of each class of each row, [n_rows, n_classes]; NaN for censored ones without mature rows, and for good."""
    import numpy as np

    age = np.maximum(0, watermark - rows["time"].to_numpy())
    later, come = np.zeros((rows.height, len(curves))), np.zeros(rows.height)
    for one, curve in enumerate(curves):
        share = float((mature["said"] == one).sum()) / max(1, mature.height)
        delays, shares = np.array([delay for delay, _ in curve], dtype=np.float64), np.array([0.0, *(part for _, part in curve)])
        came = share * shares[np.searchsorted(delays, age, side="right")]
        later[:, one], come = share - came, come + came
    if silence is not None:
        later[:, silence] += 1 - float(mature["said"].count()) / max(1, mature.height)
    known = rows["outcome"].is_not_null().to_numpy()
    expected = later / np.maximum(1 - come, 1e-12)[:, None] if mature.height else np.full_like(later, np.nan)
    expected[rows["mature"].to_numpy() & ~known] = np.nan
    expected[known] = np.eye(len(curves))[rows["outcome"].drop_nulls().to_numpy()]
    return expected
