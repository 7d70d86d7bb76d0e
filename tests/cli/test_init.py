"""A new user's first minute, with three files of different shapes."""

import importlib.util
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.cli.init import init
from components.run import catalog, setup
from components.run.backfilling import backfill
from components.runtime.config import load_config
from components.runtime.errors import DataError, DefinitionError
from components.store.store import Store

START = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalog, "FOLDER", tmp_path / "pipeline_config")
    monkeypatch.setattr(setup, "FOLDER", tmp_path / "pipeline_config")
    return tmp_path / "pipeline_config"


def orders(path: Path) -> Path:
    """Return a German export: semicolons, Windows-1252, postal codes with leading zeros, blanks for null."""
    lines = [f"{1000 + i};{START + timedelta(hours=i):%Y-%m-%d %H:%M:%S};Mühlweg {i};0{i}1;{i / 7:.2f};NA" for i in range(60)]
    (path / "orders.csv").write_bytes("\n".join(["Nr;Zeit;Straße;PLZ;Betrag;Ort", *lines]).encode("cp1252"))
    return path / "orders.csv"


def clicks(path: Path) -> Path:
    """Return JSON lines with seconds since 1970 and a nested object."""
    rows = [{"ts": 1709251200 + i * 900, "user": {"id": i % 7}, "page": "/", "ms": i if i % 9 else None} for i in range(200)]
    (path / "clicks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return path / "clicks.jsonl"


def sensors(path: Path) -> Path:
    """Return Parquet with a key of two columns."""
    times = pa.array([START + timedelta(hours=i // 2) for i in range(100)], pa.timestamp("ms", "UTC"))
    pq.write_table(
        pa.table({"sensor": ["a", "b"] * 50, "measured_at": times, "value": [i / 3 for i in range(100)]}), path / "sensors.parquet"
    )
    return path / "sensors.parquet"


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("written_pipeline", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "told"), [(orders, "event time Zeit, key Nr"), (clicks, "event time ts"), (sensors, "key sensor, measured_at")]
)
def test_the_pipeline_that_it_writes_runs_at_once(
    make: object, told: str, folder: Path, tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    init("trial", str(make(tmp_path)))  # type: ignore[operator]
    assert told in capsys.readouterr().out
    written = loaded(folder / "trial" / "pipeline.py")
    pipeline = written.build(load_config(folder / "trial" / "pipeline.yaml", written.Config))
    outcome = backfill(store, pipeline, pipeline.calendar.between("2024-03-01", "2024-03-02"))
    assert not outcome.failures
    assert "6 steps computed" in outcome.sentence


def test_types_are_guessed_as_a_person_would(folder: Path, tmp_path: Path) -> None:
    init("trial", str(orders(tmp_path)))
    text = (folder / "trial" / "pipeline.py").read_text()
    for line in ('"PLZ": "string"', '"Nr": "integer"', '"Betrag": "float"', 'delimiter=";"', 'encoding="cp1252"', 'null_tokens=("", "NA")'):
        assert line in text


def test_what_cannot_become_a_pipeline_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "untimed.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no column of the file holds times"):
        init("trial", str(tmp_path / "untimed.csv"))
    with pytest.raises(DefinitionError, match="not a name"):
        init("Trial 1", str(tmp_path / "untimed.csv"))
    (folder / "taken").mkdir(parents=True)
    with pytest.raises(DefinitionError, match="is there already"):
        init("taken", str(tmp_path / "untimed.csv"))
    assert sorted(one.name for one in folder.iterdir()) == ["taken"]
