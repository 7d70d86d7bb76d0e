"""Marks in table cells."""

# ruff: noqa: S314 - what is read here was drawn here

from xml.etree.ElementTree import fromstring as read

from components.reports.marks import domain_of, interval_axis, interval_mark, share_bar
from components.reports.run_view import Estimate


def test_an_absent_estimate_has_no_mark() -> None:
    assert interval_mark(Estimate(absent="too-few-rows"), (0, 1)) == ""


def test_the_interval_runs_from_its_low_to_its_high_bound() -> None:
    root = read(interval_mark(Estimate(0.5, 0.25, 0.75), (0, 1)))
    first, last = (float(point.split(",")[0]) for point in root[0].get("d", "").removeprefix("M ").replace("L ", "").split())
    width = float(root.get("width", ""))
    assert abs(first - 0.25 * width) < 1
    assert abs(last - 0.75 * width) < 1


def test_marks_are_hidden_from_assistive_technology_because_the_numbers_stand_beside_them() -> None:
    for mark in (interval_mark(Estimate(0.5), (0, 1)), interval_axis((0, 1)), share_bar([(0.3, "main")])):
        assert read(mark).get("aria-hidden") == "true"


def test_shares_never_leave_their_bar() -> None:
    root = read(share_bar([(0.8, "main"), (0.7, "third")], width=100))
    ends = [float(e.get("x", 0)) + float(e.get("width", 0)) for e in root]
    assert max(ends) <= 101


def test_a_domain_holds_every_bound_and_the_reference() -> None:
    low, high = domain_of([Estimate(0.5, 0.4, 0.6), Estimate(absent="absent")], 0.0)
    assert low < 0.0
    assert high > 0.6
    assert domain_of([]) == (-0.06, 1.06)
