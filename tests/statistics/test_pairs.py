import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import scipy.stats

from components.artifacts.associations import Associations
from components.artifacts.examples import Examples
from components.artifacts.tiles import TILE_ROWS
from components.measures.associations import figures_of, merge_associations, near_duplicates, signal_course, signals
from components.runtime.errors import ConfigError
from components.runtime.value import Value
from components.statistics.pairs import AssociationConfig, associate_columns, cell_words, spearman

N = 4_000
LABEL = AssociationConfig(label="late")


def examples_of(day: int = 1, n: int = N, noise: float = 0.0) -> Examples:
    random = np.random.default_rng([day, int(100 * noise)])
    late = random.random(n) < 0.25
    leak = np.where(random.random(n) < noise, ~late, late)
    hour = random.integers(0, 12, n) + 12 * (late & (random.random(n) < 0.6))
    columns = {
        "event_time": pa.array([datetime(2013, 1, day, tzinfo=UTC)] * n, pa.timestamp("us", "UTC")),
        "hour": pa.array(hour),
        "leak": pa.array(np.where(leak, "yes", "no"), mask=random.random(n) < 0.01),
        "noise": pa.array(random.normal(size=n), mask=random.random(n) < 0.1),
        "id": pa.array([f"{value:016x}" for value in random.integers(0, 1 << 63, n)]),
        "late": pa.array(late),
        "tags": pa.array([["a"]] * n),
    }
    return Examples.from_arrow(pa.table(columns))


def test_the_label_is_told_by_some_columns_and_suspected_of_one() -> None:
    found = signals(associate_columns(examples_of(), config=LABEL))
    assert [one.first for one in found][:2] == ["leak", "hour"]
    by_name = {one.first: one for one in found}
    assert set(by_name) == {"leak", "hour", "noise", "id"}
    assert by_name["leak"].suspicious
    assert 0.2 < by_name["hour"].explained < 0.5
    assert by_name["noise"].explained < 0.005
    assert by_name["id"].explained < 0.02
    assert by_name["leak"].lift["yes", "true"] == pytest.approx(4, rel=0.1)
    assert by_name["leak"].pearson is None


def test_a_correlation_is_that_of_the_rows() -> None:
    examples = examples_of()
    (found,) = figures_of(associate_columns(examples, config=AssociationConfig(pairs=(("hour", "noise"),))))
    table = examples.to_arrow()
    hour, noise = table.column("hour").to_numpy(), table.column("noise").to_numpy()
    both = ~np.isnan(noise)
    assert found.pearson == pytest.approx(scipy.stats.pearsonr(hour[both], noise[both]).statistic, rel=1e-9)
    assert spearman(examples, "hour", "late") == pytest.approx(scipy.stats.spearmanr(hour, table.column("late").to_numpy()).statistic)
    assert spearman(examples, "hour", "noise") == pytest.approx(scipy.stats.spearmanr(hour[both], noise[both]).statistic)


def test_spans_merge_to_what_their_rows_say(tmp_path: Path) -> None:
    config = AssociationConfig(label="late", columns=("hour", "leak"))
    days = [associate_columns(examples_of(day, noise=noise), config=config) for day, noise in ((1, 0.0), (2, 0.3))]
    rows = pa.concat_tables([examples_of(1).to_arrow(), examples_of(2, noise=0.3).to_arrow()])
    whole = signals(associate_columns(Examples.from_arrow(rows), config=config))
    merged = merge_associations(days)
    for one, other in zip(signals(merged), whole, strict=True):
        assert (one.first, one.n_rows, one.explained, one.lift) == (other.first, other.n_rows, other.explained, other.lift)
    for name, parts in (("a", days), ("b", days[::-1])):
        (tmp_path / name).mkdir()
        merge_associations(parts).save(tmp_path / name)
    assert (tmp_path / "a" / "associations.json").read_bytes() == (tmp_path / "b" / "associations.json").read_bytes()
    course = signal_course(merged, "leak")
    assert course[0] > 0.9
    assert course[1] < 0.2


def test_associations_are_a_value(tmp_path: Path) -> None:
    found = associate_columns(examples_of(), config=AssociationConfig(label="late", pairs=(("hour", "noise"),)))
    assert isinstance(found, Value)
    found.save(tmp_path)
    again = Associations.load(tmp_path)
    assert figures_of(again) == figures_of(found)
    assert again.summary() == {"n_pairs": 5, "n_spans": 1, "label": "late"}


@pytest.mark.slow
def test_tiles_are_joined() -> None:
    examples = examples_of(n=TILE_ROWS + 10)
    (found,) = figures_of(associate_columns(examples, config=AssociationConfig(pairs=(("hour", "late"),))))
    assert found.n_rows == TILE_ROWS + 10
    table = examples.to_arrow()
    correlation = np.corrcoef(table.column("hour").to_numpy(), table.column("late").to_numpy().astype(float))[0, 1]
    assert found.pearson == pytest.approx(correlation, rel=1e-9)


def test_an_empty_span_has_pairs_that_tell_nothing() -> None:
    (found,) = figures_of(associate_columns(examples_of(n=0), config=AssociationConfig(pairs=(("hour", "late"),))))
    assert (found.n_rows, found.mutual_information, found.pearson) == (0, None, None)


def test_columns_that_repeat_one_another_are_found_among_all_pairs() -> None:
    table = examples_of().to_arrow().select(["event_time", "hour", "leak", "noise", "late"])
    hour = table.column("hour").to_numpy()
    words = pa.array(["no" if leak is None else f"{leak}!" for leak in table.column("leak").to_pylist()])
    table = table.append_column("minutes", pa.array(60.0 * hour + np.random.default_rng(0).normal(size=N))).append_column("word", words)
    found = associate_columns(Examples.from_arrow(table.slice(0, N)), config=AssociationConfig(label="late", all_pairs=True))
    assert len(figures_of(found)) == 5 + 10
    assert {(one.first, one.second) for one in near_duplicates(found)} == {("hour", "minutes"), ("leak", "word")}


def test_an_unknown_label_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Nearest valid name: 'late'"):
        associate_columns(examples_of(n=1), config=AssociationConfig(label="latte"))


def test_whole_numbers_stand_for_themselves_beside_the_bins_of_fractions() -> None:
    x = [4.0, 4.2, 4.9, 5.0, -4.5, 100.0, 111.9, None, math.inf, 0.0]
    table = pa.table({"event_time": pa.array([0] * len(x), pa.timestamp("us", "UTC")), "x": x, "y": ["a"] * len(x)})
    (found,) = figures_of(associate_columns(Examples.from_arrow(table), config=AssociationConfig(pairs=(("x", "y"),))))
    assert {cell_words(cell, pa.float64()): count for (cell, _), count in found.counts.items()} == {
        "4": 1, "4 to 5": 2, "5": 1, "-5 to -4": 1, "96 to 112": 2, "(null)": 1, "inf": 1, "0": 1,
    }  # fmt: skip


def test_a_unique_key_tells_nothing_and_its_state_is_small(tmp_path: Path) -> None:
    n = 20_000
    random = np.random.default_rng(0)
    columns = {"id": [f"{value:016x}" for value in random.integers(0, 1 << 63, n)], "y": random.integers(0, 2, n)}
    examples = Examples.from_arrow(pa.table({"event_time": pa.array([0] * n, pa.timestamp("us", "UTC")), **columns}))
    found = associate_columns(examples, config=AssociationConfig(label="y"))
    assert signals(found)[0].explained == pytest.approx(0, abs=0.01)
    found.save(tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 40_000


def test_bytes_are_left_out_and_cannot_be_paired() -> None:
    table = pa.table({"event_time": pa.array([0], pa.timestamp("us", "UTC")), "raw": pa.array([b"\xff"]), "y": [1], "x": [2]})
    assert [one.first for one in figures_of(associate_columns(Examples.from_arrow(table), config=AssociationConfig(label="y")))] == ["x"]
    with pytest.raises(ConfigError, match="column of binary cannot be paired"):
        associate_columns(Examples.from_arrow(table), config=AssociationConfig(label="raw"))
