"""Feedback: an event in time is positive, none when the time is over negative, and before that nobody knows."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.examples import Examples
from components.artifacts.feedback import Feedback
from components.labeling.feedback import FeedbackConfig, join_feedback
from components.runtime.errors import ConfigError, DataError
from components.runtime.instants import to_micros
from components.runtime.spans import Span
from components.runtime.window import Window
from tests.windows import days, window_of

SPANS = days(6)
AS_OF = SPANS[-1].end
HOUR = 3_600_000_000
CONFIG = FeedbackConfig(("order",), 48)


def at(day: int, hour: float = 12) -> int:
    return to_micros(SPANS[day].start) + int(hour * HOUR)


def given_rows(*rows: tuple[str, int], absent: list[Span] | None = None) -> Window[Examples]:
    def of(span: Span) -> Examples:
        own = [(order.encode(), order, time) for order, time in rows if to_micros(span.start) <= time < to_micros(span.end)]
        frame = pl.DataFrame(own, schema={"row_id": pl.Binary, "order": pl.String, "event_time": pl.Int64}, orient="row")
        return Examples.from_arrow(frame.with_columns(pl.col("event_time").cast(pl.Datetime("us", "UTC"))).to_arrow())

    return window_of(SPANS, of, absent or [])


def outcome_of(feedback: Feedback) -> dict[str, int | None]:
    return {row["row_id"].decode(): row["outcome"] for row in feedback.rows.iter_rows(named=True)}


def test_only_an_event_of_the_same_key_after_the_row_and_in_time_counts() -> None:
    rows = given_rows(("early", at(1)), ("late", at(1)), ("before", at(1)), ("none", at(1)), ("just", at(1)))
    events = given_rows(("early", at(1, 13)), ("late", at(3, 15)), ("before", at(1, 11)), ("just", at(1) + 48 * HOUR))
    assert outcome_of(join_feedback(rows, events, AS_OF, config=CONFIG)) == {"early": 1, "late": 0, "before": 0, "none": 0, "just": 1}


def test_what_may_still_come_is_not_negative() -> None:
    rows = given_rows(("old", at(0)), ("new", at(4)), ("came", at(4)))
    events = given_rows(("came", at(5)))
    found = join_feedback(rows, events, AS_OF, config=CONFIG)
    assert outcome_of(found) == {"old": 0, "new": None, "came": 1}
    assert found.summary() == {"n_rows": 3, "n_positive": 1, "n_negative": 1, "n_censored": 1}


def test_the_watermark_ends_at_the_first_missing_day_and_at_the_as_of() -> None:
    rows, events = given_rows(("old", at(0)), ("mid", at(1))), given_rows(("mid", at(4)), absent=SPANS[3:4])
    found = join_feedback(rows, events, AS_OF, config=CONFIG)
    assert found.watermark == to_micros(SPANS[2].end)
    assert outcome_of(found) == {"old": 0, "mid": None}
    assert join_feedback(rows, given_rows(), SPANS[1].end, config=CONFIG).watermark == to_micros(SPANS[1].end)


def test_the_longer_nothing_came_the_less_it_is_expected() -> None:
    old = [(f"o{one}", at(0, one / 10)) for one in range(100)]
    events = [(name, time + (one + 1) * HOUR // 2) for one, (name, time) in enumerate(old) if one < 80]
    rows = given_rows(*old, ("fresh", at(5, 20)), ("waiting", at(4, 20)))
    found = join_feedback(rows, given_rows(*events), AS_OF, config=CONFIG)
    expected = {row["row_id"].decode(): row["expected"] for row in found.rows.iter_rows(named=True)}
    assert (expected["o0"], expected["o99"]) == (1.0, 0.0)
    assert 0.8 > expected["fresh"] > expected["waiting"] > 0.0
    assert [share for _, share in found.delay_curve] == sorted(share for _, share in found.delay_curve)
    assert found.delay_curve[-1] == (40 * HOUR, 1.0)


@given(st.lists(st.tuples(st.integers(0, 143), st.integers(0, 143)), max_size=12), st.integers(1, 5))
def test_what_is_known_at_a_date_is_never_taken_back(pairs: list[tuple[int, int]], cut: int) -> None:
    rows = given_rows(*((f"o{n}", at(0, row)) for n, (row, _) in enumerate(pairs)))
    events = given_rows(*((f"o{n}", at(0, event)) for n, (_, event) in enumerate(pairs)))
    then, now = (outcome_of(join_feedback(rows, events, SPANS[day].end, config=CONFIG)) for day in (cut, 5))
    assert {name: one for name, one in then.items() if one is not None}.items() <= now.items()


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    found = join_feedback(given_rows(("a", at(0))), given_rows(("a", at(1))), AS_OF, config=CONFIG)
    found.save(tmp_path)
    loaded = Feedback.load(tmp_path)
    assert loaded.rows.equals(found.rows)
    assert (loaded.watermark, loaded.delay_curve) == (found.watermark, found.delay_curve)


def test_a_key_that_is_not_there_and_a_time_of_nothing_are_refused() -> None:
    with pytest.raises(DataError, match="lack the key column 'oder'"):
        join_feedback(given_rows(("a", at(0))), given_rows(), AS_OF, config=FeedbackConfig(("oder",), 1))
    with pytest.raises(ConfigError, match="need a key"):
        join_feedback(given_rows(("a", at(0))), given_rows(), AS_OF, config=FeedbackConfig((), 1))
