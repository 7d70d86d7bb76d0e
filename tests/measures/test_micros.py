import pyarrow as pa
import pytest

from components.measures.micros import to_micros


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (pa.timestamp("s"), 3_000_000),
        (pa.timestamp("ms", "America/New_York"), 3_000),
        (pa.timestamp("us", "UTC"), 3),
        (pa.timestamp("ns"), 0),
        (pa.duration("ms"), 3_000),
        (pa.time32("s"), 3_000_000),
        (pa.time64("ns"), 0),
    ],
)
def test_every_unit_becomes_microseconds(kind: pa.DataType, expected: int) -> None:
    assert to_micros(pa.array([3, None], kind)).tolist() == [expected, 0]


def test_chunks_are_fine() -> None:
    assert to_micros(pa.chunked_array([[1], [2]], pa.timestamp("us"))).tolist() == [1, 2]
