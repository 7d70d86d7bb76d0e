import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.runtime.errors import StoreError
from components.store.blobs import Blobs, digest_of
from tests.pipelines import Total


@dataclass(frozen=True)
class Files:
    """Files by name."""

    kind: ClassVar[str] = "files"
    format_version: ClassVar[int] = 1

    files: dict[str, bytes]

    def save(self, directory):
        for name, content in self.files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_value_is_published_under_its_digest_and_loads_again(blobs):
    digest, size = blobs.publish(Total(3, ("a",)))
    assert blobs.holds("total", digest)
    assert Total.load(blobs.path("total", digest)) == Total(3, ("a",))
    assert size == sum(len(content) for content in contents(blobs.path("total", digest)).values())
    blobs.check("total", digest)


def test_nothing_stays_in_staging(blobs):
    blobs.publish(Total(3))
    blobs.publish(Total(3))
    assert list((blobs.root / "staging").iterdir()) == []


def test_equal_values_are_one_blob(blobs):
    assert blobs.publish(Total(3)) == blobs.publish(Total(3))
    assert len(list((blobs.root / "total").iterdir())) == 1


def test_published_files_cannot_be_written(blobs):
    digest, _ = blobs.publish(Total(3))
    assert {oct(path.stat().st_mode & 0o777) for path in blobs.path("total", digest).iterdir()} == {"0o444"}


def test_a_damaged_blob_is_set_aside_and_replaced(blobs):
    digest, _ = blobs.publish(Total(3))
    file = blobs.path("total", digest) / "total.json"
    file.chmod(0o644)
    file.write_text("rotten")
    with pytest.raises(StoreError, match="damaged"):
        blobs.check("total", digest)
    assert blobs.publish(Total(3))[0] == digest
    blobs.check("total", digest)
    assert [path.read_text() for path in (blobs.root / "damaged").rglob("total.json")] == ["rotten"]


def test_a_blob_that_lacks_a_file_is_damaged(blobs):
    digest, _ = blobs.publish(Files({"a": b"1", "b/c": b"2"}))
    (blobs.path("files", digest) / "b" / "c").unlink()
    blobs.publish(Files({"a": b"1", "b/c": b"2"}))
    assert contents(blobs.path("files", digest)) == {"a": b"1", "b/c": b"2"}


def test_a_missing_blob_says_so(blobs):
    with pytest.raises(StoreError, match=r"is missing.*almanac run"):
        blobs.check("total", "ab" * 32)


def test_a_value_that_cannot_be_saved_leaves_nothing(blobs):
    class Broken(Files):
        def save(self, directory):
            super().save(directory)
            raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        blobs.publish(Broken({"a": b"1"}))
    assert list(blobs.root.rglob("a")) == []


named = st.dictionaries(st.sampled_from(["a", "b", "aa", "d/a", "d/b"]), st.binary(max_size=6), max_size=4)


@given(named, named)
def test_digests_are_equal_exactly_where_names_and_bytes_are(tmp_path_factory, one, other):
    digests = []
    for files in (one, other):
        folder = tmp_path_factory.mktemp("files")
        Files(files).save(folder)
        digests.append(digest_of(folder)[0])
    assert (digests[0] == digests[1]) == (one == other)


def test_a_digest_does_not_depend_on_the_folder_or_the_clock(tmp_path):
    digests = set()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        Files({"a": b"1", "d/b": b"2"}).save(tmp_path / name)
        os.utime(tmp_path / name / "a", (1, len(name)))
        digests.add(digest_of(tmp_path / name))
    assert len(digests) == 1


def test_many_writers_of_one_value_agree(blobs):
    value = Files({f"{i}": b"x" * 1000 for i in range(20)})
    threads = [threading.Thread(target=blobs.publish, args=(value,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (blob,) = (blobs.root / "files").iterdir()
    assert digest_of(blob)[0] == blob.name
    assert not (blobs.root / "damaged").exists()


WRITER = """
import sys
from pathlib import Path
from components.store.blobs import Blobs
from tests.store.test_blobs import Files
blobs = Blobs(Path(sys.argv[1]))
for i in range(100_000):
    blobs.publish(Files({str(n): b"%d" % i * 2000 for n in range(8)}))
    print(i, flush=True)
"""


@pytest.mark.slow
def test_a_writer_killed_in_the_middle_leaves_no_half_blob(tmp_path):
    for delay in (0.01, 0.03, 0.05):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout.readline() == "0\n"
        threading.Event().wait(delay)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    published = list((tmp_path / "files").iterdir())
    assert published
    for blob in published:
        assert digest_of(blob)[0] == blob.name
