import pyarrow as pa
import pyarrow.compute as pc
import pytest

from components.measures.storage import distinct_texts, plain

TEXTS = pa.array(["a", None, "b", "b"])


@pytest.mark.parametrize(
    "column",
    [
        TEXTS,
        TEXTS.dictionary_encode(),
        pc.run_end_encode(TEXTS),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 2]), pa.array(["a", None, "b"])),
        TEXTS.cast(pa.string_view()),
        TEXTS.cast(pa.binary_view()),
        pa.ExtensionArray.from_storage(pa.json_(), TEXTS),
        pa.chunked_array([TEXTS.dictionary_encode(), TEXTS[:0].dictionary_encode()]),
    ],
    ids=lambda column: str(column.type),
)
def test_what_a_column_says_does_not_depend_on_its_storage(column: pa.Array) -> None:
    found = plain(column)
    assert found.null_count == 1
    assert [text.decode() if isinstance(text, bytes) else text for text in found.to_pylist()] == TEXTS.to_pylist()


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
        texts, counts = distinct_texts(chunked)
        assert dict(zip(texts.to_pylist(), counts.tolist(), strict=True)) == {"a": 1, "b": 2}


def test_a_column_without_chunks_has_no_texts() -> None:
    for kind in (pa.string(), pa.dictionary(pa.int32(), pa.string())):
        texts, counts = distinct_texts(pa.chunked_array([], kind))
        assert (len(texts), len(counts)) == (0, 0)
