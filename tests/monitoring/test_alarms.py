"""Which of what drifted a person is told of."""

from components.artifacts.drift import Drifted
from components.monitoring.alarms import AlarmBudget, choose_alarms


def drifted(column: str, effect: float, where: str = "") -> Drifted:
    return Drifted(where, column, "values", "nearest", "sudden", "2013-03-08", 1.0, 1e-6, effect)


def test_a_column_raises_one_alarm_whatever_of_it_drifted() -> None:
    found = choose_alarms([drifted("a", 2.0), drifted("a", 3.0, "origin=JFK"), drifted("b", 1.0)], {})
    assert [(alarm.column, alarm.rank, len(alarm.drifted)) for alarm in found.raised] == [("a", 3.0, 2), ("b", 1.0, 1)]


def test_the_weight_in_the_model_moves_a_column_up() -> None:
    found = choose_alarms([drifted("unused", 3.0), drifted("important", 2.0)], {"important": 0.8})
    assert [alarm.column for alarm in found.raised] == ["important", "unused"]


def test_a_month_has_no_more_than_its_budget_and_the_rest_is_shown_as_held_back() -> None:
    many = [drifted(f"c{i}", float(i)) for i in range(10)]
    found = choose_alarms(many, {}, n_this_month=1, budget=AlarmBudget(per_month=4))
    assert [alarm.column for alarm in found.raised] == ["c9", "c8", "c7"]
    assert len(found.held_back) == 7
    assert choose_alarms(many, {}, n_this_month=9).raised == ()


def test_a_column_that_raised_an_alarm_is_quiet() -> None:
    found = choose_alarms([drifted("a", 2.0), drifted("b", 1.0)], {}, quiet={"a"})
    assert [alarm.column for alarm in found.raised] == ["b"]
    assert [alarm.column for alarm in found.held_back] == ["a"]
