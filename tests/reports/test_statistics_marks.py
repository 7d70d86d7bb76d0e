import pytest

from components.reports.statistics_marks import WIDE_BARS, bars_mark, course_mark
from components.reports.statistics_view import Bars


@pytest.mark.parametrize("bars", [None, Bars((0, 0), edges=(0.0, 1.0, 2.0))])
def test_nothing_is_drawn_of_nothing(bars: Bars | None) -> None:
    assert bars_mark(bars) == ""
    assert course_mark([1.0]) == ""
    assert course_mark([None, None]) == ""


def test_bars_stand_on_the_outline_of_the_baseline() -> None:
    drawn = bars_mark(Bars((1, 3), (2, 2), edges=(0.0, 1.0, 2.0)))
    assert 'fill="var(--chart-main)"' in drawn
    assert 'stroke="var(--chart-third)"' in drawn
    assert "var(--chart-third)" not in bars_mark(Bars((1, 3), edges=(0.0, 1.0, 2.0)))
    assert 'preserveAspectRatio="none"' in bars_mark(Bars((1, 3), names=("a", "b")), WIDE_BARS)


def test_a_course_breaks_where_a_value_is_absent() -> None:
    whole, broken = course_mark([1.0, 2.0, 3.0, 2.0, 1.0]), course_mark([1.0, 2.0, None, 2.0, 1.0])
    assert (whole.count("<path"), broken.count("<path")) == (1, 2)
    assert course_mark([None, 2.0, None]).count("<path") == 1


def test_a_band_and_the_window_are_marked() -> None:
    drawn = course_mark([1.0, 2.0, 3.0], band=([0.0, 1.0, 2.0], [2.0, 3.0, 4.0]), boundary=2)
    assert "var(--chart-band)" in drawn
    assert "var(--chart-quiet)" in drawn
