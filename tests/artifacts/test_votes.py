"""Votes: one file a function, refused where a vote is no class."""

from pathlib import Path

import numpy as np
import pytest

from components.artifacts.votes import Votes
from tests.saving import content, loaded_again

IDS = np.array([b"a" * 16, b"\0" * 16, b"c" * 16], dtype="V16")
TIMES = np.array([1, 2, 3], dtype="<i8")
MATRIX = np.array([[1, -1], [-1, -1], [0, 1]], dtype=np.int8)


def test_votes_come_back_as_they_were_saved(tmp_path: Path) -> None:
    loaded = loaded_again(Votes(("evening", "noon"), (0, 1), IDS, TIMES, MATRIX), tmp_path)
    assert (loaded.functions, loaded.classes) == (("evening", "noon"), (0, 1))
    assert np.array_equal(loaded.votes, MATRIX)
    assert loaded.row_ids.tobytes() == IDS.tobytes()
    assert loaded.event_times.tolist() == [1, 2, 3]
    assert loaded.summary() == {"n_rows": 3, "n_functions": 2, "n_faults": 0, "coverage": 0.666667}


def test_each_function_has_a_file_of_one_byte_a_row(tmp_path: Path) -> None:
    Votes(("evening", "noon"), (0, 1), IDS, TIMES, MATRIX).save(tmp_path)
    assert sorted(content(tmp_path)) == ["evening.i8", "event_time.bin", "noon.i8", "row_id.bin", "votes.json"]
    assert np.frombuffer(content(tmp_path)["noon.i8"], np.int8).tolist() == [-1, -1, 1]


def test_no_rows_and_no_functions_are_votes_too(tmp_path: Path) -> None:
    for n_rows, functions in ((0, ("evening",)), (3, ())):
        votes = Votes(functions, (0, 1), IDS[:n_rows], TIMES[:n_rows], np.empty((n_rows, len(functions)), np.int8))
        folder = tmp_path / str(n_rows)
        folder.mkdir()
        assert loaded_again(votes, folder).votes.shape == (n_rows, len(functions))
        assert votes.summary()["coverage"] == 0


def test_the_order_in_memory_changes_no_byte(tmp_path: Path) -> None:
    for name, matrix in (("c", np.ascontiguousarray(MATRIX)), ("f", np.asfortranarray(MATRIX))):
        (tmp_path / name).mkdir()
        Votes(("evening", "noon"), (0, 1), IDS, TIMES, matrix).save(tmp_path / name)
    assert content(tmp_path / "c") == content(tmp_path / "f")


def test_votes_outside_the_classes_and_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"outside the classes \(0, 1\): \[2\]"):
        Votes(("evening", "noon"), (0, 1), IDS, TIMES, MATRIX + (MATRIX == 1))
    with pytest.raises(ValueError, match="expected"):
        Votes(("evening",), (0, 1), IDS, TIMES, MATRIX)
    with pytest.raises(ValueError, match="expected"):
        Votes(("evening", "noon"), (0, 1), IDS, TIMES[:2], MATRIX)
