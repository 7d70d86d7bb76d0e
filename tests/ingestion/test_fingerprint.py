import gzip
import hashlib
import os
from pathlib import Path

import pytest

from components.ingestion.fingerprint import Hint
from components.runtime.errors import DataError


def test_the_digest_is_of_the_bytes_as_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(1_000_001)))
    hint = Hint.of(str(path))
    assert hint.size == path.stat().st_size
    assert hint.mtime_ns == path.stat().st_mtime_ns
    assert hint.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_touched_file_has_another_hint_and_the_same_digest(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    before = Hint.of(str(path))
    os.utime(path, ns=(1, 1))
    after = Hint.of(str(path))
    assert before != after
    assert before.sha256 == after.sha256


def test_a_hint_does_not_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n")
    assert Hint.of(str(path)) == Hint.of(str(path))
    assert "sha256" not in vars(Hint.of(str(path)))


def test_a_missing_file_is_the_finding_source_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        Hint.of(str(tmp_path / "none.csv"))
    assert [finding.code for finding in raised.value.findings] == ["source-missing"]
