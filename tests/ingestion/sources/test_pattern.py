from pathlib import Path

import fsspec
import pytest

from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.pattern import is_pattern, matching
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError, DefinitionError


def files(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("id,at\na,2013-01-01\n")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{YYYY}/{MM}/{DD}/x.csv", ["2012/12/31/x.csv", "2013/01/02/x.csv"]),
        ("day-{YYYY-MM-DD}.v{VERSION}.csv", ["day-2013-01-01.v9.csv", "day-2013-01-01.v10.csv", "day-2013-01-02.v1.csv"]),
        ("{YYYY}/{MM}/{DD}/{HH}.csv", ["2013/01/02/05.csv"]),
        ("span/{SPAN}.csv", ["span/2013-W01.csv"]),
        ("{YYYY}/**/?.csv", ["2012/12/31/x.csv", "2013/01/02/x.csv"]),
        ("{YYYY}/{YYYY}-*.csv", ["2013/2013-a.csv"]),
    ],
)
def test_files_come_in_order_of_dates_and_versions(pattern: str, expected: list[str], tmp_path: Path) -> None:
    files(
        tmp_path, "2013/01/02/x.csv", "2012/12/31/x.csv", "2013/01/02/05.csv", "20x3/01/02/x.csv", "span/2013-W01.csv", "span/soon.csv",
        "day-2013-01-01.v10.csv", "day-2013-01-01.v9.csv", "day-2013-01-02.v1.csv", "day-2013-1-1.v1.csv", "2013/2013-a.csv", "2013/2012-a.csv",
    )  # fmt: skip
    assert matching(f"{tmp_path}/{pattern}") == [f"{tmp_path}/{name}" for name in expected]


def test_a_url_matches_through_fsspec() -> None:
    for name in ("2013-01-01", "2013-01-02", "later"):
        with fsspec.open(f"memory://shop/{name}/rows.csv", "wb") as file:
            file.write(b"a")
    assert matching("memory://shop/{YYYY-MM-DD}/*.csv") == ["memory://shop/2013-01-01/rows.csv", "memory://shop/2013-01-02/rows.csv"]


def test_no_match_is_a_missing_source(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="source-missing"):
        matching(f"{tmp_path}/{{YYYY}}.csv")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("{YYYY}/../secret.csv", "upwards"), ("{YYY}.csv", "Nearest valid name: 'YYYY'"), ("{YYYY.csv", "unknown place")],
)
def test_a_pattern_that_cannot_work_is_refused_where_it_is_declared(pattern: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        CsvSource(location=pattern, columns={"id": "string"}, event_time=EventTime("at"))


def test_a_source_of_several_files_is_one_source_a_file(tmp_path: Path) -> None:
    files(tmp_path, "2013-01-02.csv", "2013-01-01.csv")
    source = CsvSource(location=f"{tmp_path}/{{YYYY-MM-DD}}.csv", columns={"id": "string"}, event_time=EventTime("at"))
    assert [Path(one.location).name for one in source.files()] == ["2013-01-01.csv", "2013-01-02.csv"]
    assert all(one.identity == source.identity and one.files() == [one] for one in source.files())
    assert not is_pattern(source.files()[0].location)
