"""Holidays: spans of which nothing is expected, by their key, their day or the name of their weekday."""

from collections.abc import Collection
from datetime import date

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
