import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.order import canonical_order, canonical_winners

# Few distinct halves, so that ids repeat and differ in the second half alone.
IDS = st.tuples(st.sampled_from([b"\x00" * 8, b"\x00" * 7 + b"\x01", b"\x80" + b"\x00" * 7]), st.sampled_from([b"a" * 8, b"\xff" * 8])).map(
    b"".join
)
ROWS = st.lists(st.tuples(IDS, st.integers(-2, 2)), max_size=30)


@given(rows=ROWS, offset=st.integers(0, 3))
def test_rows_are_in_order_of_time_then_of_the_bytes_of_the_id_then_as_they_came(rows: list[tuple[bytes, int]], offset: int) -> None:
    ids = pa.array([b"z" * 16] * offset + [one for one, _ in rows], pa.binary(16)).slice(offset)
    found = canonical_order(ids, np.array([time for _, time in rows], dtype=np.int64)).tolist()
    assert found == sorted(range(len(rows)), key=lambda i: (rows[i][1], rows[i][0]))


@given(rows=ROWS)
def test_the_last_or_first_row_of_an_id_wins_in_canonical_order(rows: list[tuple[bytes, int]]) -> None:
    ids, times = pa.array([one for one, _ in rows], pa.binary(16)), np.array([time for _, time in rows], dtype=np.int64)
    last = {one: i for i, (one, _) in enumerate(rows)}
    first = {one: i for i, (one, _) in reversed(list(enumerate(rows)))}
    for winner, chosen in (("last", last), ("first", first)):
        expected = sorted(chosen.values(), key=lambda i: (rows[i][1], rows[i][0]))
        assert canonical_winners(ids, times, winner).tolist() == expected
