"""Whether the features moved, or what they mean."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.split import Split
from components.monitoring.outcomes import ToldApart, tell_outcomes_apart
from tests.windows import _table, days, rows, window_of

SPANS = days(24)
SPLIT = Split(0, 0, tuple(one.key for one in SPANS[:14]), (), (), (), tuple(one.key for one in SPANS[14:]), (), {})


def told(change: Callable[[pl.DataFrame], pl.DataFrame], chance: Callable[[np.ndarray], np.ndarray]) -> ToldApart:
    """Tell apart ten days whose rows are changed, or whose outcomes follow another rule, from fourteen that are as usual."""

    def usual(scores: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-2 * scores))

    frames = {}
    for place, span in enumerate(SPANS):
        frame = rows(span, 300).drop("outcome")
        frame = change(frame) if place >= 14 else frame
        rule = chance if place >= 14 else usual
        hit = np.random.default_rng(place).random(300) < rule(frame["score"].to_numpy())
        frames[span] = frame.with_columns(outcome=pl.Series(hit).cast(pl.Int8))
    every = pl.concat([frame.select("row_id", "event_time", "outcome") for frame in frames.values()])
    window = window_of(SPANS, lambda span: Features.from_arrow(_table(frames[span].drop("outcome"))))
    return tell_outcomes_apart(window, Labels(every, {}), SPLIT)


def logistic(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-2 * scores))


def codes(found: ToldApart) -> list[str]:
    return [one.code for one in found.findings.findings]


def test_when_nothing_moved_nothing_is_said() -> None:
    assert codes(told(lambda frame: frame, logistic)) == []


def test_a_moved_feature_moves_the_outcomes_and_explains_it() -> None:
    found = told(lambda frame: frame.with_columns(score=pl.col("score") + 1), logistic)
    assert codes(found) == ["outcome-shift"]
    (score,) = [one for one in found.shift.features if one.feature == "score"]
    assert score.by_mix > 0.15 > 5 * abs(score.by_rate)


def test_outcomes_that_moved_at_equal_features_are_another_concept() -> None:
    found = told(lambda frame: frame, lambda scores: np.minimum(1, logistic(scores) + 0.2))
    assert codes(found) == ["concept-shift", "outcome-shift"]
    (score,) = [one for one in found.shift.features if one.feature == "score"]
    assert score.by_rate > 0.1 > 5 * abs(score.by_mix)


def test_the_two_parts_are_the_difference() -> None:
    shift = told(lambda frame: frame.with_columns(score=pl.col("score") + 0.5), lambda scores: logistic(scores) * 0.8).shift
    for one in shift.features:
        assert one.by_mix + one.by_rate == pytest.approx(shift.now - shift.before, abs=1e-8)


def test_without_outcomes_the_labels_are_not_mature() -> None:
    window = window_of(SPANS, lambda span: Features.from_arrow(_table(rows(span).drop("outcome"))))
    none = Labels(pl.DataFrame(schema={"row_id": pl.Binary, "outcome": pl.Int8}), {})
    found = tell_outcomes_apart(window, none, SPLIT)
    assert (found.shift.state, found.findings.state) == ("labels-not-mature", "labels-not-mature")
