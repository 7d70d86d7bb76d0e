from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.sliced_statistics import SlicedStatistics
from components.artifacts.statistics import Statistics
from components.artifacts.tiles import TILE_ROWS
from components.runtime.errors import ConfigError, DataError, DefinitionError
from components.runtime.keys import CodeRef
from components.runtime.value import Value
from components.statistics.component import StatisticsConfig, generate_statistics
from components.statistics.slices import MOST, SliceConfig, merge_slices, slice_statistics
from tests.windows import days, window_of

CONFIG = SliceConfig(("origin", "hour"), StatisticsConfig(columns=("delay", "origin")))


def examples_of(day: int = 1, n: int = 300) -> Examples:
    random = np.random.default_rng(day)
    columns = {
        "event_time": pa.array([datetime(2013, 1, day, tzinfo=UTC)] * n, pa.timestamp("us", "UTC")),
        "origin": pa.array(random.choice(["EWR", "JFK"], n), mask=random.random(n) < 0.1),
        "hour": pa.array(random.integers(0, 3, n)),
        "delay": pa.array(random.normal(size=n)),
    }
    return Examples.from_arrow(pa.table(columns))


def files(folder: Path, value: SlicedStatistics | Statistics) -> dict[str, bytes]:
    folder.mkdir()
    value.save(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("n", [300, pytest.param(TILE_ROWS + 50, marks=pytest.mark.slow)])
def test_a_slice_has_the_statistics_of_its_rows(n: int) -> None:
    examples = examples_of(n=n)
    found = slice_statistics(examples, config=CONFIG)
    assert list(found.slices) == [(d, v) for d, values in (("origin", ("(none)", "EWR", "JFK")), ("hour", "012")) for v in values]
    rows = examples.to_arrow()
    mask = pa.array([origin == "JFK" for origin in rows.column("origin").to_pylist()])
    alone = generate_statistics(Examples.from_arrow(rows.filter(mask)), config=CONFIG.statistics).column("delay")
    sliced = found.slices["origin", "JFK"].column("delay")
    assert (sliced.n_rows, sliced.minimum, sliced.distinct) == (alone.n_rows, alone.minimum, alone.distinct)
    assert sliced.mean == pytest.approx(alone.mean, rel=1e-9, abs=1e-12)


def test_slices_are_a_value_and_merge_in_any_order(tmp_path: Path) -> None:
    days = [slice_statistics(examples_of(day), config=CONFIG) for day in (1, 2, 3)]
    assert isinstance(days[0], Value)
    assert files(tmp_path / "a", merge_slices(days)) == files(tmp_path / "b", merge_slices([days[2], merge_slices(days[:2])]))
    assert files(tmp_path / "c", SlicedStatistics.load(tmp_path / "a")) == files(tmp_path / "d", merge_slices(days))
    assert merge_slices(days).slices["hour", "1"].n_rows == sum(day.slices["hour", "1"].n_rows for day in days)
    assert days[0].summary() == {"n_slices": 6, "n_dimensions": 2}


def test_no_rows_have_no_slices() -> None:
    assert slice_statistics(examples_of(n=0), config=CONFIG).slices == {}


def test_too_many_slices_and_an_unknown_dimension_are_refused() -> None:
    with pytest.raises(DataError, match=f"more than {MOST} slices"):
        slice_statistics(examples_of(), config=SliceConfig(("delay",)))
    with pytest.raises(ConfigError, match="Nearest valid name: 'origin'"):
        slice_statistics(examples_of(), config=SliceConfig(("orign",)))


def test_columns_are_crossed() -> None:
    found = slice_statistics(examples_of(), config=SliceConfig(("origin & hour",), StatisticsConfig(columns=("delay",))))
    rows = examples_of().to_arrow().to_pylist()
    assert found.slices["origin & hour", "JFK & 2"].n_rows == sum(row["origin"] == "JFK" and row["hour"] == 2 for row in rows)
    assert sum(one.n_rows for one in found.slices.values()) == len(rows)


def test_slices_are_told_by_the_shared_vocabulary_and_bins_by_the_spans_before() -> None:
    config = SliceConfig(
        ("hour > 1", "late_hours", "quantiles(delay, 2)"), StatisticsConfig(columns=("delay",)), CodeRef("tests.user_slices:FUNCTIONS")
    )
    before = generate_statistics(examples_of(2), config=StatisticsConfig(columns=("delay",)))
    spans = days(1)
    found = slice_statistics(examples_of(1), window_of(spans, lambda _: before), config=config).slices
    median = before.column("delay").quantile(0.5)
    assert [name for name in found if name[0] != "quantiles(delay, 2)"] == [
        (d, v) for d in ("hour > 1", "late_hours") for v in ("no", "yes")
    ]
    delays = examples_of(1).to_arrow().column("delay").to_numpy()
    assert found["quantiles(delay, 2)", f"below {median:g}"].n_rows == (delays < median).sum()
    with pytest.raises(DefinitionError, match="rows cannot say of themselves"):
        slice_statistics(examples_of(1), config=config)
