"""Feedback: an event in time is positive, none when the time is over negative, and before that nobody knows."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.artifacts.examples import Examples
from components.artifacts.feedback import Feedback
from components.labeling.feedback import FeedbackConfig, join_feedback
from components.runtime.errors import ConfigError, DataError
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from components.runtime.window import Absent, Window
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


def expected_of(feedback: Feedback) -> dict[str, list[float]]:
    return {row["row_id"].decode(): row["expected"] for row in feedback.rows.iter_rows(named=True)}


def test_only_an_event_of_the_same_key_after_the_row_and_in_time_counts() -> None:
    rows = given_rows(("early", at(1)), ("late", at(1)), ("before", at(1)), ("none", at(1)), ("just", at(1)))
    events = given_rows(("early", at(1, 13)), ("late", at(3, 15)), ("before", at(1, 11)), ("just", at(1) + 48 * HOUR))
    assert outcome_of(join_feedback(rows, events, AS_OF, config=CONFIG)) == {"early": 1, "late": 0, "before": 0, "none": 0, "just": 1}


def test_what_may_still_come_is_not_negative() -> None:
    rows = given_rows(("old", at(0)), ("new", at(4)), ("came", at(4)))
    events = given_rows(("came", at(5)))
    found = join_feedback(rows, events, AS_OF, config=CONFIG)
    assert outcome_of(found) == {"old": 0, "new": None, "came": 1}
    assert found.summary() == {"n_rows": 3, "n_class_0": 1, "n_class_1": 1, "n_censored": 1, "n_silent": 0}


def test_the_watermark_ends_at_the_first_missing_day_and_at_the_as_of() -> None:
    rows, events = given_rows(("old", at(0)), ("mid", at(1))), given_rows(("mid", at(4)), absent=SPANS[3:4])
    found = join_feedback(rows, events, AS_OF, config=CONFIG)
    assert found.watermark == to_micros(SPANS[2].end)
    assert outcome_of(found) == {"old": 0, "mid": None}
    assert join_feedback(rows, given_rows(), SPANS[1].end, config=CONFIG).watermark == to_micros(SPANS[1].end)


def test_spans_that_had_no_events_are_not_missing() -> None:
    rows, events = given_rows(("old", at(2))), given_rows(absent=SPANS[:2] + SPANS[3:4])
    assert join_feedback(rows, events, AS_OF, config=CONFIG).watermark == to_micros(SPANS[0].start)
    reasons = {SPANS[0]: "before-history", SPANS[1]: "before-history", SPANS[3]: "empty"}
    values = tuple(Absent(reasons[span]) if span in reasons else value for span, value in zip(SPANS, events.values, strict=True))  # type: ignore[arg-type]
    found = join_feedback(rows, Window(events.spans, values), AS_OF, config=CONFIG)
    assert (found.watermark, outcome_of(found)) == (to_micros(AS_OF), {"old": 0})


def test_the_longer_nothing_came_the_less_it_is_expected() -> None:
    old = [(f"o{one}", at(0, one / 10)) for one in range(100)]
    events = [(name, time + (one + 1) * HOUR // 2) for one, (name, time) in enumerate(old) if one < 80]
    rows = given_rows(*old, ("fresh", at(5, 20)), ("waiting", at(4, 20)))
    found = join_feedback(rows, given_rows(*events), AS_OF, config=CONFIG)
    expected = expected_of(found)
    assert (expected["o0"], expected["o99"]) == ([0.0, 1.0], [1.0, 0.0])
    assert 0.8 > expected["fresh"][1] > expected["waiting"][1] > 0.0
    assert sum(expected["waiting"]) == pytest.approx(1)
    silent, curve = found.delay_curves
    assert (silent, curve[-1]) == ((), (40 * HOUR, 1.0))
    assert [share for _, share in curve] == sorted(share for _, share in curve)


def team(value: int) -> int:
    """Return how many hours the teams take to say so: the first is quick, the second slow."""
    return (2, 20, 1)[value]


def of_teams(*asked: tuple[str, int], silence: int | None = None, teams: int = 3) -> Feedback:
    """Return the feedback of rows of day 0, of which 30 and their teams are known, and of rows asked for."""
    old = [(f"o{one}", at(0, one / 10)) for one in range(40)]
    named = {name: (one % 2, time + team(one % 2) * HOUR) for one, (name, time) in enumerate(old) if one < 30}
    rows, events = given_rows(*old, *asked), given_rows(*((name, time) for name, (_, time) in named.items()))

    def said(value: Examples) -> Examples:
        teams_of = pl.col("order").replace_strict({name: said for name, (said, _) in named.items()}, return_dtype=pl.Int64)
        return Examples.from_arrow(value.to_polars().with_columns(team=teams_of).to_arrow())

    told = window_of(SPANS, lambda span: said(dict(events.present())[span]))
    config = FeedbackConfig(("order",), 48, n_classes=teams, silence=silence)
    return join_feedback(rows, told, AS_OF, config=config, outcome=CodeRef("tests.labeling.test_feedback:team_of"))


def team_of() -> pl.Expr:
    return pl.col("team")


def test_an_event_names_a_class_and_silence_is_one_only_where_it_is_declared() -> None:
    found = of_teams(("new", at(5, 20)))
    assert [outcome_of(found)[name] for name in ("o0", "o1", "o39", "new")] == [0, 1, None, None]
    assert found.summary() == {"n_rows": 41, "n_class_0": 15, "n_class_1": 15, "n_class_2": 0, "n_censored": 1, "n_silent": 10}
    assert outcome_of(of_teams(silence=2))["o39"] == 2
    assert expected_of(found)["o39"] is None


def test_the_classes_of_quick_events_are_ruled_out_first() -> None:
    """At age a the odds of the classes that may still come are those of p (1 - F(a)), by hand: 3/8, 3/8, 1/4 at once, then 0, 3/8, 1/4."""
    expected = expected_of(of_teams(("fresh", at(5, 23.5)), ("waiting", at(5, 20)), ("late", at(5, 1)), silence=2))
    assert expected["fresh"] == pytest.approx([0.375, 0.375, 0.25])
    assert expected["waiting"] == pytest.approx([0, 0.6, 0.4])
    assert expected["late"] == pytest.approx([0, 0, 1])


def test_an_event_of_no_class_and_a_silence_of_none_are_refused() -> None:
    with pytest.raises(DataError, match="an event says 1; classes are 0 to 0"):
        of_teams(teams=1)
    with pytest.raises(ConfigError, match="silence is none of the classes"):
        of_teams(silence=3)


@given(st.lists(st.tuples(st.integers(0, 143), st.integers(0, 143)), max_size=12), st.integers(1, 5))
@example([(0, 48)], 1)
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
    assert (loaded.watermark, loaded.delay_curves) == (found.watermark, found.delay_curves)


def test_a_key_that_is_not_there_and_a_time_of_nothing_are_refused() -> None:
    with pytest.raises(DataError, match="lack the key column 'oder'"):
        join_feedback(given_rows(("a", at(0))), given_rows(), AS_OF, config=FeedbackConfig(("oder",), 1))
    with pytest.raises(ConfigError, match="need a key"):
        join_feedback(given_rows(("a", at(0))), given_rows(), AS_OF, config=FeedbackConfig((), 1))
