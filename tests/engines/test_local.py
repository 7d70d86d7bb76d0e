import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.engines.local import Threads
from components.runtime.resources import INLINE


@given(st.lists(st.integers(), max_size=20), st.integers(1, 4))
def test_results_come_in_tile_order_whatever_the_number_of_threads(tiles, n_threads):
    assert Threads(n_threads).map(lambda tile: tile * 2, tiles) == INLINE.map(lambda tile: tile * 2, tiles)


def test_results_come_in_tile_order_whatever_order_they_finish_in():
    def slowly(tile):
        time.sleep((5 - tile) / 200)
        return tile

    assert Threads(5).map(slowly, range(5)) == [0, 1, 2, 3, 4]


def test_one_tile_runs_in_the_callers_own_thread():
    assert Threads(4).map(lambda _: threading.current_thread(), [1]) == [threading.main_thread()]
    assert Threads(1).map(lambda _: threading.current_thread(), [1, 2]) == [threading.main_thread()] * 2


def test_several_tiles_run_at_once():
    meeting = threading.Barrier(3, timeout=10)
    assert Threads(3).map(lambda _: meeting.wait() is not None, range(3)) == [True] * 3


def test_an_error_of_a_tile_is_raised():
    with pytest.raises(ZeroDivisionError):
        Threads(2).map(lambda tile: 1 // tile, [1, 0, 2])


def test_there_is_at_least_one_thread():
    assert Threads().n_threads >= 1
