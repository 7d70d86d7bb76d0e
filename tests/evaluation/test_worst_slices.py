"""Planted slices are found unprompted, and where none is planted none is found."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.examination import WeakSlice
from components.evaluation.worst_slices import find_weak_slices
from components.measures.scored import Scored

N, N_BLOCKS = 8000, 14
KINDS = ("bags", "hats", "shoes", "socks", "ties")


def table(seed: int) -> tuple[pl.DataFrame, np.ndarray, np.ndarray, np.ndarray, np.random.Generator]:
    """Return rows of twelve columns, outcomes, good scores and days that differ."""
    random = np.random.default_rng(seed)
    day = np.sort(random.integers(0, N_BLOCKS, N))
    signal = 1.5 * random.normal(size=N)
    rate = 1 / (1 + np.exp(1 - signal - 0.3 * random.normal(size=N_BLOCKS)[day]))
    outcomes = (random.random(N) < rate).astype(float)
    columns = {f"c{i}": random.choice(["a", "b", "c", "d"], N) for i in range(8)}
    columns |= {"kind": random.choice(KINDS, N), "store": random.choice(["north", "south", "web"], N), "price": random.gamma(2, 30, N)}
    return pl.DataFrame(columns), outcomes, 1 / (1 + np.exp(1 - signal)), day, random


def spoiled(scores: np.ndarray, where: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return scores that keep their distribution and say nothing on some rows: the model's area there falls to a half."""
    mixed = scores.copy()
    mixed[where] = random.permutation(scores[where])
    return mixed


def found(rows: pl.DataFrame, outcomes: np.ndarray, scores: np.ndarray, day: np.ndarray) -> list[WeakSlice]:
    return find_weak_slices(rows, Scored(outcomes, scores), day, N_BLOCKS, "binary", columns=rows.columns)


@pytest.mark.parametrize("seed", range(4))
def test_one_kind_on_which_the_area_fell_is_found(seed: int) -> None:
    rows, outcomes, scores, day, random = table(seed)
    weak = found(rows, outcomes, spoiled(scores, (rows["kind"] == "shoes").to_numpy(), random), day)
    assert [(one.dimension, one.value_of) for one in weak] == [("kind", "shoes")]
    assert weak[0].gap > 0.2
    assert weak[0].n_rows == (rows["kind"] == "shoes").sum()


@pytest.mark.parametrize("seed", range(3))
def test_a_pair_of_values_is_found_and_not_named_after_either(seed: int) -> None:
    rows, outcomes, scores, day, random = table(10 + seed)
    where = ((rows["kind"] == "hats") & (rows["store"] == "web")).to_numpy()
    weak = found(rows, outcomes, spoiled(scores, where, random), day)
    assert (weak[0].dimension, weak[0].value_of) == ("kind & store", "hats & web")


def test_a_range_of_a_number_is_found() -> None:
    rows, outcomes, scores, day, random = table(20)
    where = (rows["price"] >= rows["price"].quantile(0.75)).to_numpy()
    (weak, *_) = found(rows, outcomes, spoiled(scores, where, random), day)
    assert weak.dimension == "price"
    assert weak.value_of.endswith("or more")


def test_two_troubles_are_two_findings() -> None:
    rows, outcomes, scores, day, random = table(30)
    scores = spoiled(scores, (rows["kind"] == "shoes").to_numpy(), random)
    weak = found(rows, outcomes, spoiled(scores, (rows["c3"] == "b").to_numpy(), random), day)
    assert {(one.dimension, one.value_of) for one in weak} == {("kind", "shoes"), ("c3", "b")}


@pytest.mark.slow
def test_where_nothing_is_wrong_little_is_found() -> None:
    clean = [table(100 + seed)[:4] for seed in range(20)]
    assert sum(bool(found(*one)) for one in clean) <= 3


def test_a_slice_whose_outcomes_are_only_rarer_is_not_weak() -> None:
    rows, _, scores, day, random = table(40)
    shoes = (rows["kind"] == "shoes").to_numpy()
    rate = np.where(shoes, scores / (scores + (1 - scores) * 6), scores)
    outcomes = (random.random(N) < rate).astype(float)
    assert ("kind", "shoes") not in {(one.dimension, one.value_of) for one in found(rows, outcomes, rate, day)}


def test_numbers_are_judged_by_what_they_explain() -> None:
    rows, _, _, day, random = table(50)
    truth = random.normal(size=N)
    outcomes = truth + 0.5 * random.normal(size=N)
    scored = Scored(outcomes, spoiled(truth, (rows["kind"] == "ties").to_numpy(), random))
    (weak, *_) = find_weak_slices(rows, scored, day, N_BLOCKS, "regression", columns=rows.columns)
    assert (weak.dimension, weak.value_of) == ("kind", "ties")


def test_nulls_are_a_value_of_their_own() -> None:
    rows, outcomes, scores, day, random = table(60)
    missing = random.random(N) < 0.2
    rows = rows.with_columns(price=pl.when(~pl.Series(missing)).then("price"))
    (weak, *_) = found(rows, outcomes, spoiled(scores, missing, random), day)
    assert (weak.dimension, weak.value_of) == ("price", "(none)")
