"""Figures of slices, exact and on resampled blocks, against scikit-learn on the rows themselves."""

import numpy as np
import pytest
from sklearn import metrics as reference

from components.measures.intervals import Blocks
from components.measures.metrics import METRICS, metric
from components.measures.scored import Scored
from components.measures.scoring import BINS, Scoring, Slicing

N_BLOCKS = 7
NAMES = ("roc_auc", "average_precision", "calibration_error", "log_loss", "brier", "f1")


def rows(n: int = 4000, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcomes, probabilities that know a little of them, and blocks that differ in level."""
    random = np.random.default_rng(seed)
    block_of = np.sort(random.integers(0, N_BLOCKS, n))
    level = random.normal(size=N_BLOCKS)[block_of]
    x = random.normal(size=n)
    outcomes = (random.random(n) < 1 / (1 + np.exp(1 - x - level))).astype(float)
    return outcomes, np.round(1 / (1 + np.exp(1 - x)), 4), block_of


OUTCOMES, SCORES, BLOCK_OF = rows()
CODES = np.random.default_rng(2).integers(-1, 3, len(OUTCOMES))
WEIGHTS = Blocks.of(N_BLOCKS, resamples=40).weights


def figures(scores: np.ndarray, codes: np.ndarray | None = None) -> list:
    scoring = Scoring(Scored(OUTCOMES, scores), BLOCK_OF, N_BLOCKS, {name: metric(name, "binary") for name in NAMES})
    slicing = Slicing.whole(len(OUTCOMES)) if codes is None else Slicing.of(codes, int(codes.max()) + 1)
    return list(scoring.slices(slicing, WEIGHTS))


@pytest.mark.parametrize("name", NAMES)
def test_each_slice_has_the_exact_figure_of_its_own_rows(name: str) -> None:
    for number, found in enumerate(figures(SCORES, CODES)):
        mask = number == CODES
        assert found[name][0] == pytest.approx(METRICS[name](OUTCOMES[mask], SCORES[mask])[0], abs=1e-12)


@pytest.mark.parametrize(("name", "tolerance"), [("roc_auc", 1e-3), ("average_precision", 3e-3), ("log_loss", 1e-12), ("brier", 1e-12)])
def test_resamples_agree_with_resamples_of_rows(name: str, tolerance: float) -> None:
    assert len(np.unique(SCORES)) > BINS
    expected = [METRICS[name](OUTCOMES, SCORES, weights[BLOCK_OF][None, :])[0] for weights in WEIGHTS]
    assert figures(SCORES)[0][name][1] == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_few_distinct_scores_lose_nothing_in_bins(name: str) -> None:
    coarse = np.round(SCORES, 1)
    expected = [METRICS[name](OUTCOMES, coarse, weights[BLOCK_OF][None, :])[0] for weights in WEIGHTS]
    assert figures(coarse)[0][name][1] == pytest.approx(expected, abs=1e-12)


def test_many_classes_are_each_held_against_the_rest() -> None:
    random = np.random.default_rng(3)
    y, p = random.integers(0, 3, 600).astype(float), random.dirichlet(np.ones(3), 600)
    names = ("roc_auc", "macro_f1", "log_loss")
    scoring = Scoring(Scored(y, p), np.sort(random.integers(0, 5, 600)), 5, {name: metric(name, "multi-class") for name in names})
    found = next(scoring.slices(Slicing.whole(600), Blocks.of(5, resamples=8).weights))
    assert found["roc_auc"][0] == pytest.approx(reference.roc_auc_score(y, p, multi_class="ovr"), abs=1e-12)
    assert found["macro_f1"][0] == pytest.approx(reference.f1_score(y, p.argmax(axis=1), average="macro"), abs=1e-12)
    assert {drawn.shape for _, drawn in found.values()} == {(8,)}


def test_a_slice_without_rows_has_no_figure() -> None:
    found = figures(SCORES, np.where(CODES == 1, 2, CODES))[1]
    assert all(np.isnan(value) and np.isnan(drawn).all() for value, drawn in found.values())


def test_no_rows_have_no_figure() -> None:
    nothing = Scored(np.empty(0), np.empty(0))
    scoring = Scoring(nothing, np.empty(0, int), 2, {name: metric(name, "binary") for name in NAMES})
    found = next(scoring.slices(Slicing.whole(0), np.ones((3, 2))))
    assert all(np.isnan(value) and np.isnan(drawn).all() for value, drawn in found.values())


def test_resamples_without_both_classes_are_undefined() -> None:
    y, blocks = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0, 0, 1, 1])
    scoring = Scoring(Scored(y, np.array([0.9, 0.4, 0.5, 0.1])), blocks, 2, {"roc_auc": METRICS["roc_auc"]})
    value, drawn = next(scoring.slices(Slicing.whole(4), np.array([[1.0, 1], [2, 0]])))["roc_auc"]
    assert (value, drawn[0]) == (0.75, 0.75)
    assert np.isnan(drawn[1])
