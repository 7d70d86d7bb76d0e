"""`almanac features`: raw rows in, what the scoring server is asked out."""

import json
from pathlib import Path

import pytest

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.ingestion.component import ingest_examples
from components.run import catalog
from components.runtime.component import component
from components.runtime.errors import DataError, DefinitionError
from components.runtime.graph import Pipeline
from tests.cli.conftest import Almanac
from tests.pipelines import FIRST, ZONE, Shop


@component
def take_features(examples: Examples) -> Features:
    """Return the rows as features, with half the amount."""
    import polars as pl

    return Features.from_arrow(examples.to_polars().with_columns(half=pl.col("amount") / 2).to_arrow())


@component
def keep_small(examples: Examples) -> Examples:
    """Return the rows of small amounts."""
    import polars as pl

    return Examples.from_arrow(examples.to_polars().filter(pl.col("amount") < 100).to_arrow())


@pytest.fixture
def featured(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    pipeline = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", shop.source))
    pipeline.add(take_features, name="features", examples=examples)
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name, _overrides=None: pipeline)
    return pipeline


def asked(folder: Path, *rows: object) -> str:
    file = folder / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(file)


ROW = {"id": "never-sold", "at": "2013-03-10T16:00:00Z", "amount": 7}


@pytest.mark.usefixtures("featured")
def test_rows_come_back_with_their_features_and_keep_what_was_said(almanac: Almanac, tmp_path: Path) -> None:
    result = almanac("features", "shop", asked(tmp_path, ROW | {"note": "mine"}, ROW | {"id": "later", "at": "2013-03-11T16:00:00Z"}))
    first, second = json.loads(result.stdout)["dataframe_records"]
    assert first == ROW | {"note": "mine", "half": 3.5}
    assert (second["id"], second["half"]) == ("later", 3.5)
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["2013-03-10", "2013-03-11"]


@pytest.mark.usefixtures("featured")
def test_a_line_that_is_no_object_and_a_row_asked_about_twice_are_refused(almanac: Almanac, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 2: no JSON object"):
        almanac("features", "shop", asked(tmp_path, ROW, 5))
    with pytest.raises(DataError, match="row 3: a row is asked about twice"):
        almanac("features", "shop", asked(tmp_path, ROW, ROW | {"id": "other"}, ROW))


def test_a_pipeline_whose_steps_change_rows_before_the_features_is_refused(
    shop: Shop, almanac: Almanac, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pipeline = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", shop.source))
    pipeline.add(take_features, name="features", examples=pipeline.add(keep_small, name="small", examples=examples))
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name, _overrides=None: pipeline)
    with pytest.raises(DefinitionError, match="small changes them before features"):
        almanac("features", "shop", asked(tmp_path, ROW))
