from pathlib import Path

from components.artifacts.signals import Lift, Repeat, Signal, Signals
from components.runtime.value import Value


def test_signals_come_back_from_their_file(tmp_path: Path) -> None:
    leak = Signal("arr_time", 0.9, 0.7, None, suspected=True, course=(0.9, None), lifts=(Lift("1024 to 1280", "1", 2.5, 40),))
    signals = Signals(("2013-01-01", "2013-01-02"), 80, (leak,), (Repeat("a", "b", 1.0),))
    assert isinstance(signals, Value)
    signals.save(tmp_path)
    assert Signals.load(tmp_path) == signals
    assert signals.summary() == {"n_rows": 80, "n_columns": 1, "n_spans": 2, "suspected": "arr_time"}


def test_no_rows_are_no_signals(tmp_path: Path) -> None:
    Signals((), 0).save(tmp_path)
    assert Signals.load(tmp_path) == Signals((), 0)
