import itertools

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingestion.merge import merged
from components.ingestion.order import in_canonical_order

ROWS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), min_size=1, max_size=30)


def run(rows: list[tuple[int, str]], number: int) -> pa.Table:
    """Rows of (time, id) in canonical order; `place` tells the run and the row."""
    return in_canonical_order(
        pa.table(
            {
                "row_id": pa.array([name.encode() * 16 for _, name in rows], pa.binary(16)),
                "event_time": pa.array([time for time, _ in rows], pa.int64()).cast(pa.timestamp("us", "UTC")),
                "place": [100 * number + row for row in range(len(rows))],
            }
        )
    )


@settings(deadline=None)
@given(lists=st.lists(ROWS, min_size=1, max_size=5), n_pieces=st.integers(1, 9))
def test_the_pieces_together_are_the_rows_sorted_stably_at_once(lists: list[list[tuple[int, str]]], n_pieces: int) -> None:
    runs = [run(rows, number) for number, rows in enumerate(lists)]
    pieces = list(merged(lambda: runs, n_pieces))
    assert pa.concat_tables(pieces).equals(in_canonical_order(pa.concat_tables(runs)))
    for one, other in itertools.pairwise(pieces):
        last, first = one.slice(one.num_rows - 1).to_pylist()[0], other.slice(0, 1).to_pylist()[0]
        assert (last["event_time"], last["row_id"]) < (first["event_time"], first["row_id"])


def test_no_piece_of_many_distinct_rows_is_much_longer_than_it_should_be() -> None:
    rows = [(time, "abc"[time % 3]) for time in range(6_000)]
    runs = [run(rows[number::4], number) for number in range(4)]
    pieces = list(merged(lambda: runs, 10))
    assert len(pieces) == 10
    assert max(piece.num_rows for piece in pieces) <= 750
