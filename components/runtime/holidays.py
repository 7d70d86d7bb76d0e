"""Holidays: spans of which nothing is expected, by their key, their day or the name of their weekday."""

from collections.abc import Collection
from datetime import date, timedelta

from components.runtime.spans import Span

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_LETTERS = 10
"""Of ``2013-12-25``, with which the key of a day is written and that of an hour begins."""


def is_holiday(span: Span, holidays: Collection[str]) -> bool:
    """Return whether a calendar of holidays lists a span: its key, or of an hour or a day its local date or weekday.

    Examples
    --------
    >>> from components.runtime.spans import Calendar, Grain
    >>> christmas = Calendar(Grain.HOUR, "Europe/Berlin").span("2013-12-25T08")
    >>> is_holiday(christmas, ("2013-12-25", "sunday")), is_holiday(christmas, ("sunday",)), is_holiday(christmas, ("wednesday",))
    (True, False, True)
    """
    if span.key in holidays:
        return True
    day = span.key[:DAY_LETTERS]
    try:
        return day in holidays or WEEKDAYS[date.fromisoformat(day).weekday()] in holidays
    except ValueError:  # the key of a week or a month
        return False


def near_holiday(span: Span, holidays: Collection[str]) -> bool:
    """Return whether a span is a holiday, or of an hour or a day whether its local date is the one before or after: eves, bridges, ways home.

    Examples
    --------
    >>> from components.runtime.spans import Calendar, Grain
    >>> days = [Calendar(Grain.DAY, "America/New_York").span(f"2013-07-0{day}") for day in (2, 3, 4, 5, 6)]
    >>> [near_holiday(day, ("2013-07-04",)) for day in days]
    [False, True, True, True, False]
    """
    if not holidays or is_holiday(span, holidays):
        return bool(holidays)
    try:
        day = date.fromisoformat(span.key[:DAY_LETTERS])
    except ValueError:  # the key of a week or a month
        return False
    return any(str(day + timedelta(days=step)) in holidays for step in (-1, 1))
