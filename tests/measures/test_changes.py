import math
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.statistics import Statistics
from components.measures.changes import Limits, changed_columns, compare, distances_of
from components.statistics.component import generate_statistics

N = 20_000
EXPECTED = {"base": set(), "drift": {"c0", "f0", "c2", "f2"}, "skew": {"c1", "i0", "f1"}}
ZIPF = {"c0": (10, 1.0), "c1": (50, 1.2), "c2": (200, 1.1), "c3": (1_000, 1.1), "c4": (10_000, 1.05), "c5": (100_000, 1.05)}


def of(n: int = N, **columns: object) -> Statistics:
    times = pa.array([datetime(2013, 1, 1, tzinfo=UTC)] * n, pa.timestamp("us", "UTC"))
    return generate_statistics(Examples.from_arrow(pa.table({"event_time": times, **columns})))


def texts(random: np.random.Generator, name: str, variant: str) -> pa.Array:
    n_values, exponent = ZIPF[name]
    weights = 1 / np.arange(1, n_values + 1) ** (0.4 if (name, variant) == ("c1", "skew") else exponent)
    if (name, variant) == ("c0", "drift"):
        weights[[0, -1]] = weights[[-1, 0]]
    drawn = np.searchsorted(np.cumsum(weights / weights.sum()), random.random(N)).clip(0, n_values - 1)
    words = np.array([f"{name}_v{index:06d}" for index in range(n_values)])[drawn]
    if (name, variant) == ("c2", "drift"):
        words[random.random(N) < 0.05] = "c2_unseen"
    return pa.array(words)


def table(seed: int, variant: str) -> Statistics:
    random = np.random.default_rng([seed, len(variant)])
    drift, skew = variant == "drift", variant == "skew"
    numbers = {
        "f0": (random.normal(0.5 if drift else 0, 1, N), 0.05),
        "f1": (random.lognormal(1, 0.7, N) * (10 if skew else 1), 0.1),
        "f2": (random.uniform(-100, 100, N), 0.3 if drift else 0.01),
        "f4": (random.standard_t(3, N), 0.01),
        "f7": (np.round(random.normal(50, 10, N), 2), 0.9),
        "i0": (random.integers(0, 100, N) + (20 if skew else 0), 0),
        "i2": (random.integers(0, 1 << 40, N), 0),
    }
    columns = {name: pa.array(values, mask=random.random(N) < nulls) for name, (values, nulls) in numbers.items()}
    columns |= {name: texts(random, name, variant) for name in ZIPF}
    return of(**columns, id=pa.array([f"{value:016x}" for value in random.integers(0, 1 << 63, N)]))


@pytest.mark.slow
def test_exactly_the_changed_columns_are_named_over_ten_seeds() -> None:
    for seed in range(10):
        base = table(seed, "base")
        for variant, expected in EXPECTED.items():
            assert changed_columns(base, table(seed + 100, variant)) == expected


def test_what_changed_most_comes_first_and_says_how() -> None:
    before = of(s=["a"] * N, x=np.arange(N) % 100, y=np.zeros(N), z=[1.0] * N)
    after = of(s=["a"] * (N - 600) + ["b"] * 600, x=np.arange(N) % 100 + 15, y=[None] * N, z=[1.0] * N)
    found = compare(before, after)
    assert [(one.column, [change.part for change in one.changes]) for one in found] == [
        ("y", ["missing"]),
        ("s", ["texts"]),
        ("x", ["values"]),
        ("event_time", []),
        ("z", []),
    ]
    assert found[1].changes[0].message == "'b': 0.0% of the values before, 3.0% now (unseen before)"
    assert found[2].changes[0].message == "the values moved: Kolmogorov-Smirnov 0.15, median 49 before, 64 now"
    assert set(found[2].distances) == {
        "l_infinity", "jensen_shannon", "psi", "hellinger", "cramer_v", "chi_square_p", "kolmogorov_smirnov", "wasserstein",
        "normalized_absolute_difference",
    }  # fmt: skip
    assert found[2].distances["wasserstein"] == pytest.approx(15)


def test_few_rows_are_no_alarm_and_a_looser_limit_lets_pass() -> None:
    before, after = of(4, x=[1.0, 2.0, 3.0, 4.0], s=list("aabb")), of(4, x=[3.0, 4.0, 5.0, None], s=list("bbcc"))
    assert changed_columns(before, after) == set()
    large = of(x=np.arange(N) % 100.0), of(x=np.arange(N) % 100.0 + 15)
    assert changed_columns(*large, Limits(distribution=0.2)) == set()


def test_an_integer_that_stands_for_something_is_found_where_the_distribution_hardly_moves() -> None:
    random = np.random.default_rng(0)
    code = random.integers(0, 100, N)
    found = compare(of(x=code), of(x=np.where(random.random(N) < 0.03, 999, random.permutation(code))))
    assert [(one.column, [change.part for change in one.changes]) for one in found if one.changes] == [("x", ["texts"])]
    assert found[0].changes[0].message.startswith("'999': 0.0% of the values before")


def test_histograms_of_other_coarseness_are_compared() -> None:
    bits = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, N).view(np.float64)
    found = {one.column: one for one in compare(of(x=np.arange(N) / 7), of(x=bits))}
    assert found["x"].changes[0].part == "values"


def test_a_new_a_lost_and_a_retyped_column_are_changes() -> None:
    found = {one.column: one for one in compare(of(2, a=[1, 2], b=[1, 2]), of(2, b=["x", "y"], c=[1, 2]))}
    assert {name: one.changes[0].message for name, one in found.items() if one.changes} == {
        "a": "the column is gone",
        "b": "was int64, is string",
        "c": "the column is new",
    }
    assert found["a"].strength == math.inf


def test_texts_beyond_the_cap_do_not_pass_for_unseen_ones() -> None:
    words = [f"w{index}" for index in range(3_000)]
    before, after = of(6_000, s=words * 2), of(6_000, s=words[::-1] * 2)
    assert changed_columns(before, after) == set()


def test_texts_that_a_side_does_not_tell_apart_share_a_cell() -> None:
    random = np.random.default_rng(0)
    words = [f"w{index}" for index in random.zipf(1.3, 2 * N) % 100_000]
    same, other = words[N:], ["new" if index % 10 == 0 else word for index, word in enumerate(words[N:])]
    before, after, moved = of(s=words[:N]), of(s=same), of(s=other)
    assert before.column("s").top_error > 0
    apart, near = (distances_of(before.column("s"), one.column("s")) for one in (moved, after))
    assert apart["l_infinity"] == pytest.approx(0.1, abs=0.01)
    assert near["l_infinity"] < 0.01
    assert near["jensen_shannon"] < 0.3 * apart["jensen_shannon"]
    assert "wasserstein" not in near
    ids = distances_of(of(s=[str(index) for index in range(N)]).column("s"), of(s=[str(-index) for index in range(N)]).column("s"))
    assert ids["l_infinity"] == 0  # unique texts are not told apart at all


def test_columns_without_a_distribution_have_no_distances() -> None:
    assert distances_of(of(2, x=[1, 2]).column("event_time"), of(2, x=[1, 2]).column("event_time")) == {}
    assert distances_of(of(2, s=["a", None]).column("s"), of(2, s=pa.nulls(2, pa.string())).column("s")) == {}


def test_an_empty_column_is_judged_by_its_nulls() -> None:
    before = of(x=np.arange(N) % 7)
    assert changed_columns(before, of(0, x=pa.array([], pa.int64()))) == set()
    assert [change.part for change in compare(before, of(9, x=pa.nulls(9, pa.int64())))[0].changes] == ["missing"]
