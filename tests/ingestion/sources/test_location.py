import gzip
import sys
import zipfile
from pathlib import Path

import fsspec
import pytest

from components.ingestion.sources.location import checked, plain_bytes, raw_bytes, resolved, size_and_time
from components.runtime.errors import DataError, DefinitionError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package that cannot be imported, with a file in it and a link out of it."""
    root = tmp_path / "brittle_package"
    (root / "data").mkdir(parents=True)
    (root / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (root / "data" / "rows.csv").write_text("a\n1\n")
    (tmp_path / "secret.csv").write_text("secret")
    (root / "data" / "link.csv").symlink_to(tmp_path / "secret.csv")
    monkeypatch.syspath_prepend(str(tmp_path))
    return root


def test_a_file_of_a_package_is_found_without_importing_it(package: Path) -> None:
    assert resolved("package:brittle_package/data/rows.csv") == str(package / "data" / "rows.csv")
    assert "brittle_package" not in sys.modules


@pytest.mark.parametrize("inner", ["../secret.csv", "data/../../secret.csv", "/etc/passwd", "data//rows.csv", "", "data\\..\\x", "./x"])
def test_a_path_out_of_the_package_is_refused(inner: str) -> None:
    with pytest.raises(DefinitionError, match="not a file of a package"):
        checked(f"package:brittle_package/{inner}")


@pytest.mark.usefixtures("package")
def test_a_link_out_of_the_package_is_refused() -> None:
    with pytest.raises(DefinitionError, match="outside its package"):
        resolved("package:brittle_package/data/link.csv")


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(DefinitionError, match="pip install no_such_package"):
        resolved("package:no_such_package/rows.csv")


@pytest.mark.parametrize("location", ["s3://key:hidden@bucket/file.csv", "simplecache::ftp://user:hidden@host/file.csv"])
def test_credentials_in_a_location_are_refused_and_not_repeated(location: str) -> None:
    with pytest.raises(DefinitionError, match="must not hold credentials") as raised:
        checked(location)
    assert "hidden" not in str(raised.value)


def test_a_url_is_read_through_fsspec() -> None:
    with fsspec.open("memory://folder/rows.csv.gz", "wb") as file:
        file.write(gzip.compress(b"a\n1\n"))
    with plain_bytes("memory://folder/rows.csv.gz") as file:
        assert file.read() == b"a\n1\n"
    size, time = size_and_time("memory://folder/rows.csv.gz")
    assert size > 0
    assert time is not None
    with pytest.raises(DataError, match="source-missing"):
        size_and_time("memory://folder/none.csv")


def test_a_file_that_may_not_be_read_is_denied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="source-denied"), raw_bytes(str(tmp_path / "rows.csv")):
        pass


def test_an_archive_must_hold_exactly_one_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/one.csv", "a\n1\n")
    with plain_bytes(str(path)) as file:
        assert file.read() == b"a\n1\n"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("two.csv", "")
    with pytest.raises(DataError, match="holds 2 files"), plain_bytes(str(path)):
        pass
