from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.statistics import FIGURES, STATES, Statistics
from components.artifacts.tiles import TILE_ROWS
from components.runtime.errors import ConfigError, DataError
from components.statistics.component import TILES_AT_ONCE, StatisticsConfig, generate_statistics


def examples_of(n_rows: int) -> Examples:
    random = np.random.default_rng(0)
    micros = pa.array(np.arange(n_rows) + 1_357_000_000_000_000, pa.timestamp("us", "UTC"))
    columns = {
        "row_id": pa.array([b"\0" * 16] * n_rows, pa.binary(16)),
        "event_time": micros,
        "x": pa.array(random.normal(size=n_rows)),
        "s": pa.array([f"v{n % 7}" for n in range(n_rows)], pa.string()),
        "id": pa.array([str(n) for n in range(n_rows)], pa.string()),
    }
    return Examples.from_arrow(pa.table(columns))


class Backwards:
    """An engine that works on the last tile first, on two threads."""

    def map(self, function: Callable[[object], object], tiles: Sequence[object]) -> list[object]:
        with ThreadPoolExecutor(2) as pool:
            return [future.result() for future in [pool.submit(function, tile) for tile in tiles[::-1]]][::-1]


def saved(statistics: Statistics, directory: Path) -> tuple[bytes, bytes]:
    directory.mkdir()
    statistics.save(directory)
    return (directory / STATES).read_bytes(), (directory / FIGURES).read_bytes()


@pytest.mark.slow
def test_tiles_make_the_figures_of_all_rows_on_any_engine_and_from_disk(tmp_path: Path) -> None:
    examples = examples_of(TILE_ROWS * (TILES_AT_ONCE + 1) + 5)
    statistics = generate_statistics(examples)
    examples.save(tmp_path)
    assert saved(statistics, tmp_path / "1") == saved(generate_statistics(Examples.load(tmp_path), engine=Backwards()), tmp_path / "2")
    x, values = statistics.column("x"), examples.to_arrow().column("x").to_numpy()
    assert x.mean == pytest.approx(values.mean(), rel=1e-12, abs=1e-12)
    assert x.standard_deviation == pytest.approx(values.std(), rel=1e-12)
    assert x.quantile(0.9) == pytest.approx(np.quantile(values, 0.9, method="inverted_cdf"), rel=2**-7)
    assert x.distinct == pytest.approx(len(values), rel=4 * x.distinct_error)
    assert statistics.column("s").top["v0"] == -(-len(values) // 7)
    assert len(statistics.column("id").top) == 5  # of the short last tile; each full one lost its unique texts, and one count
    assert statistics.column("id").top_error == TILES_AT_ONCE + 1


def test_columns_that_are_read_in_parts_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples_of(100).save(tmp_path)
    whole = saved(generate_statistics(Examples.load(tmp_path)), tmp_path / "whole")
    monkeypatch.setattr("components.statistics.component.CELLS", 250)
    assert saved(generate_statistics(Examples.load(tmp_path)), tmp_path / "parts") == whole


@pytest.mark.slow
def test_a_state_stays_small_whatever_the_column_holds(tmp_path: Path) -> None:
    random, n = np.random.default_rng(0), 2 * TILE_ROWS
    wide = random.integers(-(2**63), 2**63 - 1, n)
    hostile = {
        "bits": pa.array(wide.view(np.float64)),
        "integers": pa.array(wide),
        "frequent": pa.array(np.where(random.random(n) < 0.5, wide[random.integers(0, 1_000, n)], wide)),
        "logarithmic": pa.array(np.exp(random.uniform(-700, 700, n))),
        "free": pa.array([random.bytes(40).hex() for _ in range(n)]),
        "unique": pa.array(map(str, wide.tolist())),
        "words": pa.array([f"{word:>024x}" for word in random.geometric(0.001, n).tolist()]),
        "blobs": pa.array([b"\0" * length for length in random.integers(0, 5_000, n).tolist()]),
    }
    times = pa.array(np.arange(n), pa.timestamp("us", "UTC"))
    for name, values in hostile.items():
        folder = tmp_path / name
        folder.mkdir()
        examples = Examples.from_arrow(pa.table({"event_time": times, name: values}))
        generate_statistics(examples, config=StatisticsConfig((name,))).save(folder)
        assert sum(file.stat().st_size for file in folder.iterdir()) < 40_000, name


def test_the_identity_is_left_out_and_the_event_time_is_not() -> None:
    assert generate_statistics(examples_of(3)).columns == ("event_time", "x", "s", "id")


def test_configured_columns_come_in_their_order() -> None:
    assert generate_statistics(examples_of(3), config=StatisticsConfig(columns=("s", "x"))).columns == ("s", "x")
    with pytest.raises(ConfigError, match="Nearest valid name: 'id'"):
        generate_statistics(examples_of(3), config=StatisticsConfig(columns=("idd",)))


@pytest.mark.parametrize("n_rows", [0, 1])
def test_an_empty_and_a_one_row_span_have_every_column(n_rows: int, tmp_path: Path) -> None:
    statistics = generate_statistics(examples_of(n_rows))
    again = Statistics.load(tmp_path / "a") if saved(statistics, tmp_path / "a") else None
    assert again is not None
    assert again.columns == ("event_time", "x", "s", "id")
    assert again.n_rows == n_rows
    assert again.column("x").count == n_rows
    assert again.column("x").standard_deviation == (0.0 if n_rows else None)
    assert again.column("s").missing_fraction == (0.0 if n_rows else None)


def test_rows_without_an_event_time_have_statistics() -> None:
    table = pa.table({"event_time": pa.nulls(2, pa.timestamp("us", "UTC")), "x": [1, 2]})
    assert generate_statistics(Examples.from_arrow(table)).column("x").mean == 1.5


def test_the_inputs_stay_as_they_were() -> None:
    table = pa.table({"event_time": pa.array([datetime(2013, 1, 1, tzinfo=UTC)] * 2), "x": [0.0, -0.0]})
    before = table.column("x").to_numpy().tobytes()
    generate_statistics(Examples.from_arrow(table))
    assert table.column("x").to_numpy().tobytes() == before


@pytest.mark.parametrize("coded", [False, True])
def test_a_weighted_row_counts_as_if_it_were_repeated(tmp_path: Path, coded: bool) -> None:
    random = np.random.default_rng(2)
    n = 500
    columns = {
        "event_time": pa.array([datetime(2013, 1, 1, tzinfo=UTC)] * n, pa.timestamp("us", "UTC")),
        "w": pa.array(random.integers(0, 4, n)),
        "x": pa.array(np.where(random.random(n) < 0.1, [np.nan], random.normal(size=n)), mask=random.random(n) < 0.1),
        "n": pa.array(random.integers(-3, 4, n), mask=random.random(n) < 0.1),
        "s": pa.array(random.choice(["a", "b", "né"], n), mask=random.random(n) < 0.1),
        "b": pa.array(random.random(n) < 0.5, mask=random.random(n) < 0.1),
        "t": pa.array(random.integers(0, 10, n), pa.timestamp("s")),
        "y": pa.array([b"ab"] * n, mask=random.random(n) < 0.1),
    }
    rows = pa.table(columns)
    examples = Examples.from_arrow(rows)
    if coded:
        examples.save(tmp_path)
        examples = Examples.load(tmp_path)
    weighted = generate_statistics(examples, config=StatisticsConfig(weight="w"))
    repeated = generate_statistics(Examples.from_arrow(rows.take(np.repeat(np.arange(n), rows.column("w").to_numpy()))))
    assert weighted.n_rows == repeated.n_rows
    for name in ("x", "n", "s", "b", "t", "y"):
        one, other = weighted.column(name), repeated.column(name)
        for figure in ("n_rows", "n_missing", "n_nan", "n_zero", "top"):
            assert getattr(one, figure) == getattr(other, figure)
        assert one.histogram.counts.tolist() == other.histogram.counts.tolist()
        assert one.mean == pytest.approx(other.mean, rel=1e-12)
        assert (one.kurtosis or 0.0) == pytest.approx(other.kurtosis or 0.0, rel=1e-9)


def test_weights_may_be_shares_of_a_unit_and_must_be_numbers_of_at_least_0() -> None:
    times = pa.array([datetime(2013, 1, 1, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC"))
    examples = Examples.from_arrow(pa.table({"event_time": times, "x": [1.0, 3.0], "w": [0.25, 0.75], "bad": [1.0, None]}))
    assert generate_statistics(examples, config=StatisticsConfig(weight="w", weight_unit=0.25)).column("x").mean == 2.5
    with pytest.raises(DataError, match="null, negative"):
        generate_statistics(examples, config=StatisticsConfig(weight="bad"))
    with pytest.raises(ConfigError, match="no such column"):
        generate_statistics(examples, config=StatisticsConfig(weight="weight"))
