"""Gaps between groups, as planted, with intervals that hold them."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.examination import GroupGap
from components.evaluation.bench import Bench, Cut
from components.evaluation.fairness import group_gaps
from components.measures.scored import Scored

N, N_BLOCKS = 20_000, 20
RANDOM = np.random.default_rng(0)
DAY = np.sort(RANDOM.integers(0, N_BLOCKS, N))
ROWS = pl.DataFrame({"sex": RANDOM.choice(["f", "m"], N), "age": RANDOM.choice(["old", "young"], N), "rare": ["x"] * (N - 5) + ["y"] * 5})
FEMALE = (ROWS["sex"] == "f").to_numpy()
OUTCOMES = (RANDOM.random(N) < 0.5).astype(float)


def gaps(scores: np.ndarray, dimension: str, outcomes: np.ndarray = OUTCOMES) -> dict[str, GroupGap]:
    bench = Bench(outcomes, DAY, N_BLOCKS, "binary", resamples=200)
    return {one.criterion: one for one in group_gaps(bench, Scored(outcomes, scores), [Cut.by(ROWS, dimension)])}


def fair() -> np.ndarray:
    return np.clip(0.5 + 0.3 * (OUTCOMES - 0.5) + 0.2 * np.random.default_rng(1).normal(size=N), 0.01, 0.99)


@pytest.mark.parametrize("dimension", ["sex", "age", "sex & age"])
def test_a_model_that_knows_nothing_of_groups_keeps_them_together(dimension: str) -> None:
    for one in gaps(fair(), dimension).values():
        assert one.low is not None
        assert abs(one.value) < 0.04
        assert one.low < 0.02


def test_a_handicap_shows_in_selection_opportunity_and_calibration() -> None:
    found = gaps(fair() - 0.2 * FEMALE, "sex")
    chosen = {name: (found["selection_rate"].groups[name]) for name in ("f", "m")}
    assert found["selection_rate"].value == pytest.approx(chosen["m"] - chosen["f"], abs=2e-6)
    assert found["calibration"].value == pytest.approx(0.2, abs=0.02)
    for criterion in ("selection_rate", "equal_opportunity", "calibration", "bias_amplification"):
        one = found[criterion]
        assert one.low > 0.1
        assert one.low <= one.value <= one.high
        assert (one.highest, one.lowest) == ("m", "f")


def test_groups_that_truly_differ_are_not_amplified_by_a_model_that_says_so() -> None:
    outcomes = (np.random.default_rng(2).random(N) < np.where(FEMALE, 0.3, 0.6)).astype(float)
    found = gaps(outcomes * 0.8 + 0.1, "sex", outcomes)
    assert found["selection_rate"].value == pytest.approx(0.3, abs=0.02)
    assert found["bias_amplification"].value == pytest.approx(0, abs=1e-9)


def test_an_intersection_shows_what_its_parts_hide() -> None:
    young = (ROWS["age"] == "young").to_numpy()
    scores = fair() + np.where(young == FEMALE, -0.2, 0.2)
    assert gaps(scores, "sex & age")["selection_rate"].value > gaps(scores, "sex")["selection_rate"].value + 0.3


def test_a_group_of_too_few_rows_is_left_out() -> None:
    found = gaps(fair(), "rare")
    assert {one.state for one in found.values()} == {"too-few-rows"}
    assert {one.value for one in found.values()} == {None}
