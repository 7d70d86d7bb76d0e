"""The chart library behind one door."""

# ruff: noqa: S314 - what is read here was drawn here

from xml.etree.ElementTree import fromstring as read

from hypothesis import given
from hypothesis import strategies as st

from components.reports.drawing import finish, graph, library, round_ticks, short_number, spread_names


def test_what_paints_nothing_is_dropped() -> None:
    drawing = graph(100, 50)
    drawing.add(library().PolyLine([0, 1], [0, 1]).color("none"))
    root = read(finish(drawing))
    assert not [e for e in root if e.tag == "path" and e.get("stroke") == "none"]
    assert not [e for e in root if e.tag in {"defs", "rect"}]


@given(low=st.floats(-1e9, 1e9), width=st.floats(1e-3, 1e9), at_most=st.integers(2, 9))
def test_ticks_are_few_ascending_and_inside(low: float, width: float, at_most: int) -> None:
    high = low + width
    ticks = round_ticks(low, high, at_most)
    slack = 1e-6 * max(abs(low), abs(high), width)
    assert len(ticks) <= at_most
    assert ticks == sorted(set(ticks))
    assert all(low - slack <= tick <= high + slack for tick in ticks)


def test_a_long_name_under_an_axis_is_cut_and_a_control_character_shows() -> None:
    _, names = spread_names(["w" * 40, "a\u202eb"], at_most=2)
    assert names == ["w" * 15 + "…", "a\N{REPLACEMENT CHARACTER}b"]


def test_short_numbers_keep_their_sign() -> None:
    assert short_number(-12_000) == "-12k"
