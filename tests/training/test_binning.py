"""Snapping before boosting: few distinct numbers, and thresholds that part raw rows as they part snapped ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import r2_score

from components.training.binning import Coded, snapped


def decoded(inputs: np.ndarray, weights: np.ndarray, n_values: int) -> np.ndarray:
    codes, numbers = zip(*(snapped(column, weights, n_values) for column in inputs.T), strict=True)
    return np.asarray(Coded(np.asfortranarray(np.stack(codes, axis=1)), numbers))


NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=60)


@given(NUMBERS, st.integers(2, 9), st.integers(0, 9))
def test_a_number_is_snapped_to_the_nearest_of_few_that_the_column_has(values: list[float], n_values: int, seed: int) -> None:
    column = np.array(values)
    weights = np.random.default_rng(seed).random(len(values)) + 0.01
    found = decoded(column[:, None], weights, n_values)[:, 0]
    kept = np.unique(found[~np.isnan(found)])
    assert len(kept) <= n_values
    assert np.isnan(found).tolist() == np.isnan(column).tolist()
    assert set(kept) <= set(values)
    middles = (kept[1:] + kept[:-1]) / 2
    for raw, one in zip(column, found, strict=True):
        assert np.isnan(raw) or kept[np.searchsorted(middles, raw)] == one


def test_columns_of_few_numbers_stay() -> None:
    inputs = np.array([[1.0, 5.0], [2.0, 6.0], [1.0, 7.0]])
    found = decoded(inputs, np.ones(3), 2)
    assert found[:, 0].tolist() == [1.0, 2.0, 1.0]
    assert len(set(found[:, 1].tolist())) == 2


def test_quantiles_are_weighted() -> None:
    column = np.arange(100.0)
    found = decoded(column[:, None], np.where(column < 10, 1000.0, 1.0), 5)
    assert np.unique(found).max() < 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_model_of_snapped_rows_takes_raw_rows_and_is_as_good_as_one_of_raw_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    inputs = np.exp(random.normal(size=(4000, 3)))
    inputs[random.random(inputs.shape) < 0.1] = np.nan
    truth = np.nan_to_num(np.sin(inputs[:, 0]) + np.log(inputs[:, 1])) + 0.1 * random.normal(size=4000)
    weights = random.random(4000)
    few = decoded(inputs[:3000], weights[:3000], 255)
    ours = HistGradientBoostingRegressor(random_state=0).fit(few, truth[:3000], sample_weight=weights[:3000])
    other = HistGradientBoostingRegressor(random_state=0).fit(inputs[:3000], truth[:3000], sample_weight=weights[:3000])
    assert ours.predict(few).tolist() == ours.predict(inputs[:3000]).tolist()
    assert r2_score(truth[3000:], ours.predict(inputs[3000:])) > r2_score(truth[3000:], other.predict(inputs[3000:])) - 0.01
