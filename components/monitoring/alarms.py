"""Alarms: which of what drifted a person is told of, within a budget."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from components.artifacts.drift import Drifted


@dataclass(frozen=True)
class AlarmBudget:
    """How often a person may be called.

    Attributes
    ----------
    per_month : alarms of one calendar month, at most.
    quiet_spans : spans after an alarm in which its column raises no other: what began is one thing, however long it lasts.
    """

    per_month: int = 4
    quiet_spans: int = 14


BUDGET = AlarmBudget()
"""One alarm a week, about."""


class Alarm(NamedTuple):
    """A column that drifted ("" for the span itself), its rank, and everything about it that did, strongest first."""

    column: str
    rank: float
    drifted: tuple[Drifted, ...]


class Alarms(NamedTuple):
    """What is told, strongest first, and what the budget or the quiet after an earlier alarm holds back."""

    raised: tuple[Alarm, ...]
    held_back: tuple[Alarm, ...]


def choose_alarms(
    drifted: Sequence[Drifted], weights: Mapping[str, float], *, quiet: Collection[str] = (), n_this_month: int = 0,
    budget: AlarmBudget = BUDGET,
) -> Alarms:  # fmt: skip
    """Return the alarms of a span: one a column, whatever aspects and slices of it drifted, by effect and by weight in the model.

    The rank is the strongest effect times 1 + the column's weight: its share of the model's importance, 0 for one that the model does not
    take. ``quiet`` are columns with an alarm in the spans before, ``n_this_month`` counts the month's alarms so far.
    """
    columns: dict[str, list[Drifted]] = {}
    for one in drifted:
        columns.setdefault(one.column, []).append(one)
    every = [
        Alarm(column, round(max(one.effect for one in found) * (1 + weights.get(column, 0.0)), 3), tuple(found))
        for column, found in columns.items()
    ]
    every.sort(key=lambda alarm: (-alarm.rank, alarm.column))
    loud = [alarm for alarm in every if alarm.column not in quiet]
    raised = loud[: max(0, budget.per_month - n_this_month)]
    return Alarms(tuple(raised), tuple(alarm for alarm in every if alarm not in raised))
