import pytest

from components.runtime.spans import Calendar, Grain
from components.runtime.window import Absent, Each, Window

DAYS = Calendar(Grain.DAY, "UTC")
THREE = tuple(DAYS.between("2013-01-01", "2013-01-03"))


def test_the_present_values_come_in_order_with_their_spans():
    window = Window(THREE, (1, Absent("empty"), 3))
    assert list(window.present()) == [(THREE[0], 1), (THREE[2], 3)]


def test_absent_spans_count():
    assert len(Window(THREE, (1, Absent("empty"), 3))) == 3


def test_a_value_that_is_false_is_present():
    assert [value for _, value in Window(THREE, (0, "", None)).present()] == [0, "", None]


def test_a_window_has_one_entry_per_span():
    with pytest.raises(ValueError, match="3 spans, 1 values"):
        Window(THREE, (1,))


def test_an_empty_window_has_nothing_present():
    assert list(Window((), ()).present()) == []


def test_a_list_to_fan_out_over_is_a_tuple():
    assert Each([1, 2]) == (1, 2)
