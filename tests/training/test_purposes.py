"""A column tagged slice-only, from its source under three names to a model that must not see it."""

import contextlib
from pathlib import Path

import polars as pl
import pytest

from components.artifacts.features import Features
from components.artifacts.purposes import purposes_of, tagged
from components.features.component import build_features
from components.ingestion.component import ingest_examples
from components.ingestion.derived import derive_columns
from components.ingestion.partition import read_source
from components.ingestion.sources.column import Column
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError, DefinitionError
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from components.runtime.window import Window
from components.training.component import fit_model
from tests.saving import loaded_again
from tests.training.test_component import AS_OF, BOOSTING, CONFIG, NOTHING_HELD_OUT, SPANS, chosen
from tests.windows import DAYS, features, labels, window_of

DAY = DAYS.span("2013-03-12")
ROWS = "id,sex,n,at\n" + "".join(f"r{i},{'fm'[i % 2]},{i},2013-03-12T1{i}:00\n" for i in range(8))


def grouped() -> list[pl.Expr]:
    return [(pl.col("gender") == "f").alias("group")]


def build(examples: pl.DataFrame, _lookup: object, _records: object) -> pl.DataFrame:
    share = pl.col("n").mean().over("group").alias("usual")
    return examples.select("row_id", "event_time", "n", pl.col("group").cast(pl.Int64).alias("segment"), share, pl.lit(1).alias("one"))


def source(folder: Path, **purpose: str) -> CsvSource:
    (folder / "rows.csv").write_text(ROWS)
    columns = {"id": "string", "gender": Column("string", **purpose), "n": "integer"}
    return CsvSource(location=f"{folder}/rows.csv", columns=columns, event_time=EventTime("at"), key=("id",), renames={"sex": "gender"})


def test_the_tag_goes_with_the_column_through_every_rename(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("delivery", "examples", "features")]
    for folder in folders:
        folder.mkdir()
    delivery = loaded_again(read_source(source(tmp_path, purpose="slice-only"), DAYS).parts[DAY.key], folders[0])
    examples = ingest_examples([delivery], DAY)
    assert purposes_of([examples.schema]) == {"gender": "slice-only"}
    derived = derive_columns(loaded_again(examples, folders[1]), columns=CodeRef(f"{__name__}:grouped"))
    made = build_features(
        derived, Window((), ()), Window((), ()), DAY, build=CodeRef(f"{__name__}:build"), known_by=CodeRef("tests.contract.user_code:known_by"),
        outcome_lag=Duration(1, "day"), zone="UTC", across_rows=("usual",),
    )  # fmt: skip
    assert purposes_of([loaded_again(made, folders[2]).schema]) == {"segment": "slice-only", "usual": "slice-only"}


@pytest.mark.parametrize(("column", "refused"), [("score", True), ("hour", False)])
def test_a_model_is_not_trained_on_a_column_that_is_tagged_on_any_day(column: str, refused: bool) -> None:
    def day(span: Span) -> Features:
        made = features(span)
        return made if span != SPANS[2] else Features.from_arrow(tagged(made.to_arrow(), {column: "slice-only"}))

    expected = pytest.raises(DataError, match=f"slice-only {column}") if refused else contextlib.nullcontext()
    with expected:
        fit_model(window_of(SPANS, day), labels(SPANS, AS_OF), chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF, config=CONFIG)


def test_a_purpose_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="unknown purpose"):
        source(tmp_path, purpose="slices-only")


def test_untagged_columns_leave_the_bytes_as_they_were(tmp_path: Path) -> None:
    part = read_source(source(tmp_path), DAYS).parts[DAY.key]
    assert all(field.metadata is None for field in part.to_arrow().schema)
