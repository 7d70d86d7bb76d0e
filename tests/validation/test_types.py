import pyarrow as pa
import pytest

from components.validation.types import type_name


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (pa.dictionary(pa.int32(), pa.string()), "string"),
        (pa.time64("us"), "time"),
        (pa.duration("s"), "duration"),
        (pa.decimal128(10, 2), "decimal"),
        (pa.binary(16), "binary"),
        (pa.struct([("a", pa.int64())]), "struct"),
        (pa.list_(pa.float64(), 3), "list<float64>"),
        (pa.float32(), "float"),
        (pa.date64(), "date64[ms]"),
    ],
)
def test_arrow_types_have_one_word_each(kind, word):
    assert type_name(kind) == word
