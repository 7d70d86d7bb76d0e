import pyarrow as pa
import pyarrow.compute as pc
import pytest

from components.measures.storage import plain

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
