"""Which files a person means, and which of them are looked at."""

from pathlib import Path

import pytest

from components.ingestion.inferred_files import SAMPLED_FILES, located, sampled_files
from components.runtime.errors import DataError


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (("2024/03/01/rows.csv", "2024/03/02/rows.csv"), "{YYYY}/{MM}/{DD}/rows.csv"),
        (("sales-2024-03-01.csv.gz", "sales-2024-03-02.csv.gz"), "sales-{YYYY-MM-DD}.csv.gz"),
        (("a.json", "b.json", ".hidden"), "*.json"),
        (("north/a.csv", "south/b.csv"), "**/*.csv"),
    ],
)
def test_a_folder_is_the_pattern_of_its_files(names: tuple[str, ...], pattern: str, tmp_path: Path) -> None:
    assert located(str(touch(tmp_path, *names))) == f"{tmp_path.resolve()}/{pattern}"


def test_urls_packages_and_files_are_what_they_are(tmp_path: Path) -> None:
    assert located("https://example.org/a.csv") == "https://example.org/a.csv"
    assert located("package:shop/a.csv") == "package:shop/a.csv"
    assert located(str(tmp_path / "in" / ".." / "a.csv")) == str(tmp_path.resolve() / "a.csv")


def test_a_few_files_are_sampled_from_first_to_last(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i:02}.csv" for i in range(23)))
    names = [Path(one).name for one in sampled_files(f"{tmp_path}/*.csv")]
    assert (names[0], len(names)) == ("00.csv", SAMPLED_FILES)
    assert int(names[-1][:2]) > 15


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no files"):
        located(str(tmp_path))
