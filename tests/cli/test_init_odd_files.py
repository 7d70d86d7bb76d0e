"""Files of odd shapes, from `almanac init` through the run of the pipeline that it writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from components.cli.init import init
from components.run.backfilling import backfill
from components.runtime.config import load_config
from components.runtime.errors import DataError
from components.store.store import Store
from tests.cli.test_init import loaded

Make = Callable[[], bytes]
AT = "2024-03-01T0{}:00"


@pytest.fixture
def backend() -> str:
    return "sqlite"


def all_null() -> bytes:
    return ("id,at,nothing\n" + "".join(f"{i},{AT.format(i)},\n" for i in range(5))).encode()


def one_row() -> bytes:
    return f"id,at\n1,{AT.format(1)}\n".encode()


def a_thousand_columns() -> bytes:
    names = ",".join(f"c{i}" for i in range(1000))
    return f"id,at,{names}\n".encode() + b"".join(f"{i},{AT.format(i)},{','.join(['1'] * 1000)}\n".encode() for i in range(3))


def mixed_encodings() -> bytes:
    """Return one row of Windows-1252 among two hundred of UTF-8."""
    lines = [f"{i},2024-03-01T{i % 24:02}:00,Mühlweg {i}" for i in range(200)]
    return b"\n".join([b"id,at,street", *(line.encode("cp1252" if i == 150 else "utf-8") for i, line in enumerate(lines))])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "counts"),
    [(all_null, (5, 0)), (one_row, (1, 0)), (a_thousand_columns, (3, 0)), (mixed_encodings, (200, 1))],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_an_odd_file_runs_from_end_to_end(make: Make, counts: tuple[int, int], folder: Path, tmp_path: Path, store: Store) -> None:
    (tmp_path / "odd.csv").write_bytes(make())
    init("odd", str(tmp_path / "odd.csv"))
    written = loaded(folder / "odd" / "pipeline.py")
    pipeline = written.build(load_config(folder / "odd" / "pipeline.yaml", written.Config))
    assert backfill(store, pipeline, [pipeline.start]).failures == {}
    run = store.run(store.runs_of("odd").recent(limit=1)[0].id)
    (delivery,) = store.roots("odd").deliveries()
    assert (delivery.n_read, delivery.n_quarantined) == counts
    assert (run["examples"].n_rows, run["findings"].failed) == (counts[0] - counts[1], False)


def test_a_file_without_rows_is_refused_and_writes_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("id,at\n")
    with pytest.raises(DataError, match="no rows to guess from"):
        init("odd", str(tmp_path / "odd.csv"))
    assert not folder.exists()
