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
from components.runtime.errors import ConfigError
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
