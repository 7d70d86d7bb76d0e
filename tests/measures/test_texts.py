import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.measures.murmur import hash_rows
from components.measures.texts import counted_texts

TEXTS = pa.array(["a", None, "b", "b"])


@pytest.mark.parametrize(
    "column",
    [
        TEXTS,
        TEXTS.dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 2]), pa.array(["a", None, "b"])),
        pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 2]), pa.array(["a", "b", "b", "never"])),
        pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 1]), pa.array(["a", "b", "never"])),
    ],
)
def test_texts_are_counted_alike_however_they_are_stored(column: pa.Array) -> None:
    for chunked in (pa.chunked_array([column]), pa.chunked_array([column[:2], column[2:]])):
        texts, counts, _ = counted_texts(chunked)
        assert dict(zip(texts.to_pylist(), counts.tolist(), strict=True)) == {"a": 1, "b": 2}


def test_a_column_without_chunks_has_no_texts() -> None:
    for kind in (pa.string(), pa.dictionary(pa.int32(), pa.string())):
        texts, counts, hashes = counted_texts(pa.chunked_array([], kind))
        assert (len(texts), len(counts), len(hashes)) == (0, 0, 0)


@given(st.lists(st.integers(0, 60), max_size=80), st.integers(1, 60))
def test_few_and_many_repeated_texts_are_counted_exactly(numbers: list[int], n_values: int) -> None:
    words = [f"w{number % n_values}" for number in numbers]
    texts, counts, hashes = counted_texts(pa.chunked_array([pa.array(words, pa.string())]))
    assert dict(zip(texts.to_pylist(), counts.tolist(), strict=True)) == {word: words.count(word) for word in words}
    assert hashes.tolist() == hash_rows(texts)[:, 0].tolist()


def test_nearly_unique_texts_are_counted_exactly() -> None:
    words = [f"w{number}" for number in range(5_000)] + ["w7"] * 3 + ["w4999"]
    texts, counts, hashes = counted_texts(pa.chunked_array([words]))
    found = dict(zip(texts.to_pylist(), counts.tolist(), strict=True))
    assert (len(found), found["w7"], found["w4999"], found["w1"]) == (5_000, 4, 2, 1)
    assert (hashes == hash_rows(texts)[:, 0]).all()


def test_texts_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.measures.texts.hash_rows", lambda texts: np.zeros((len(texts), 2), np.uint64))
    texts, counts, _ = counted_texts(pa.chunked_array([["a", "b", "a"] + [f"w{n}" for n in range(20)]]))
    assert len(texts) == 22
    assert dict(zip(texts.to_pylist(), counts.tolist(), strict=True))["a"] == 2
