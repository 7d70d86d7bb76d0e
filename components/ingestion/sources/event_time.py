"""When a row happened: by a column of its own, or, in a dump of a whole table, with the dump."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventTime:
    """When a row happened: a column, the ``strptime`` format of its text, the zone of its clock, and a column of minutes to add.

    Without a format the text is ISO 8601. A text with an offset is an instant; one without is local time of ``zone``: the first of two
    where the clock shows it twice, quarantined where the clock skips it. A date means its midnight.
    """

    column: str
    format: str | None = None
    zone: str = "UTC"
    plus_minutes: str | None = None


@dataclass(frozen=True)
class Dump(EventTime):
    """Each delivery is a whole table, whose rows have no time of their own: they happen with the dump, so that its span holds the table.

    The time of a dump is the date and hour in its file's name (``{YYYY-MM-DD}``, ``{HH}``) on the clock of ``zone``, else the time at which
    it was first seen; readers set ``at`` (microseconds) and, of a file's name, ``named``. `table_changes` tells what became of each key.
    """

    column: str = ""
    at: int | None = None
    named: bool = False
