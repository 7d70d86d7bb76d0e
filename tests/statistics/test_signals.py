import polars as pl
import pytest

from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.signals import Signals
from components.runtime.spans import Span
from components.statistics.signals import measure_signals
from tests.windows import days, features, labels, rows, window_of

SPANS = days(6)
N = 400


def leaking(span: Span) -> Features:
    """Return features one of which was written after the outcome, and one of which repeats another."""
    frame = rows(span, N)
    added = frame.with_columns(
        arrived=pl.when(pl.col("outcome") == 1).then(pl.lit("late")).otherwise(pl.lit("on time")),
        doubled=2 * pl.col("score") + 1,
        airline=pl.col("carrier").replace({"AA": "American", "B6": "JetBlue"}),
    )
    return Features.from_arrow(added.drop("outcome").to_arrow())


@pytest.fixture(scope="module")
def found() -> Signals:
    return measure_signals(window_of(SPANS, leaking, SPANS[1:2]), labels(SPANS, n=N, voted=SPANS[5:]))


def test_the_most_telling_column_comes_first_and_a_leak_is_suspected(found: Signals) -> None:
    assert [signal.column for signal in found.signals][:2] == ["arrived", "score"]
    assert [signal.column for signal in found.suspected] == ["arrived"]
    told = {signal.column: signal for signal in found.signals}
    assert told["arrived"].explained == pytest.approx(1, abs=0.02)
    assert 0.1 < (told["score"].explained or 0) < 0.4
    assert told["carrier"].explained == pytest.approx(0, abs=0.02)
    assert told["score"].pearson == pytest.approx(told["doubled"].pearson)


def test_a_signal_has_a_course_over_the_spans_whose_outcomes_are_known(found: Signals) -> None:
    assert found.spans == tuple(span.key for span in (SPANS[0], *SPANS[2:5]))  # one was not delivered, one is only voted
    assert found.n_rows == 4 * (N - 1)  # one row a day never has an outcome
    assert {len(signal.course) for signal in found.signals} == {4}


def test_columns_that_repeat_one_another_are_named(found: Signals) -> None:
    assert {(one.first, one.second) for one in found.repeats} == {("carrier", "airline"), ("score", "doubled")}
    assert all(one.strength > 0.999 for one in found.repeats)


def test_a_lift_says_how_much_likelier_an_outcome_is_with_a_value(found: Signals) -> None:
    leak = found.signals[0]
    overall = 1 / leak.lifts[0].lift  # every late row has the outcome: its lift is one over the share of the outcome
    assert {(lift.value, lift.outcome) for lift in leak.lifts} == {("late", "1"), ("on time", "0")}
    assert 0.3 < overall < 0.7
    assert {lift.n_rows for lift in leak.lifts} != {0}
    assert all(" to " in lift.value for lift in next(one for one in found.signals if one.column == "score").lifts)


def test_without_a_known_outcome_there_is_no_signal() -> None:
    assert measure_signals(window_of(SPANS, features), labels(SPANS, voted=SPANS)) == Signals((), 0)
    assert measure_signals(window_of(SPANS, features, SPANS), labels(SPANS)) == Signals((), 0)


def test_a_label_by_vote_is_no_outcome() -> None:
    votes_of_the_score = labels(SPANS, n=N, voted=SPANS)
    only = Labels(votes_of_the_score.rows.with_columns(label=pl.lit(1.0)))
    assert measure_signals(window_of(SPANS, lambda span: features(span, N)), only).n_rows == 0
