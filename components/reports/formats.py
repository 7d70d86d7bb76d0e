"""Figures as a reader wants them: counts, shares, durations, times and estimates in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from components.reports.absence import short_words
from components.reports.run_view import Estimate

NO_FIGURE = "\N{EN DASH}"
MAX_LENGTH = 2_000
"""Characters of one value on a page; the JSON beside it has them all."""
_UNSEEN = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), 127, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}"
)
"""Control characters, and those that reverse the text after them (Unicode Standard Annex 9, section 2)."""
DIGEST_LENGTH = 12
"""Hexadecimal digits shown of a digest: 48 bits, enough to tell the artifacts of one store apart."""


def count(number: int | None) -> str:
    """Return a whole number with commas.

    >>> count(336776), count(None) == NO_FIGURE
    ('336,776', True)
    """
    return NO_FIGURE if number is None else f"{number:,}"


def plural(number: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun; `nouns` where the plural is not the noun and an s.

    >>> plural(1, "row"), plural(2000, "row"), plural(0, "anomaly", "anomalies")
    ('1 row', '2,000 rows', '0 anomalies')
    """
    return f"{count(number)} {noun if number == 1 else nouns or noun + 's'}"


def figure(number: float | None) -> str:
    """Return a metric with three decimals below ten, fewer above, and a true minus sign.

    >>> figure(0.67149), figure(12.34), figure(123.4)
    ('0.671', '12.34', '123')
    """
    if number is None:
        return NO_FIGURE
    size = abs(number)
    text = f"{size:,.3f}" if size < 10 else f"{size:,.4g}" if size < 100 else f"{size:,.0f}"  # noqa: PLR2004 - as the docstring says
    return f"\N{MINUS SIGN}{text}" if number < 0 and float(text.replace(",", "")) else text


def share(part: float | None) -> str:
    """Return a share as a percentage with one decimal; a small one is not rounded to nothing, nor a large one to all.

    >>> share(0.9312), share(0.00001), share(1.0), share(0.99999), share(0.0)
    ('93.1 %', '<0.1 %', '100 %', '>99.9 %', '0 %')
    """
    if part is None:
        return NO_FIGURE
    if part in {0.0, 1.0}:
        return f"{part:.0%}".replace("%", " %")
    if part < 0.001:  # noqa: PLR2004 - the last digit that is shown
        return "<0.1 %"
    if 0.999 < part < 1:  # noqa: PLR2004
        return ">99.9 %"
    return f"{100 * part:.1f} %"


def duration(seconds: float | None) -> str:
    """Return a duration in the unit that suits its size.

    >>> [duration(number) for number in (0.0042, 1.24, 75.0, 5400.0)]
    ['4 ms', '1.2 s', '1 min 15 s', '1 h 30 min']
    """
    if seconds is None:
        return NO_FIGURE
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def megabytes(size: float | None) -> str:
    """Return a peak of memory.

    >>> megabytes(312.4)
    '312 MB'
    """
    return NO_FIGURE if size is None else f"{size:,.0f} MB"


def when(instant: datetime | None, zone: str = "UTC") -> str:
    """Return an instant on the clock of a zone, with the zone's abbreviation.

    >>> from datetime import UTC
    >>> when(datetime(2013, 6, 1, 4, tzinfo=UTC), "America/New_York")
    '2013-06-01 00:00 EDT'
    """
    return NO_FIGURE if instant is None else instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")


def interval(estimate: Estimate) -> str:
    """Return the 95 % interval, or a dash where there is none.

    >>> interval(Estimate(0.671, 0.652, 0.69))
    '0.652 to 0.690'
    """
    return NO_FIGURE if estimate.low is None else f"{figure(estimate.low)} to {figure(estimate.high)}"


def estimate_words(estimate: Estimate) -> str:
    """Return a value with its interval, or why there is none.

    >>> estimate_words(Estimate(0.671, 0.652, 0.69)), estimate_words(Estimate(absent="too-few-rows"))
    ('0.671 (0.652 to 0.690)', 'too few rows')
    """
    if estimate.value is None:
        return short_words(estimate.absent or "absent").lower()
    return figure(estimate.value) + (f" ({interval(estimate)})" if estimate.low is not None else "")


def short_digest(digest: str) -> str:
    """Return the first digits of a digest.

    >>> short_digest("9f86d081884c7d659a2feaa0c55ad015")
    '9f86d081884c'
    """
    return digest[:DIGEST_LENGTH]


def visible(text: str) -> str:
    """Return a text whose control and direction-changing characters show as such, and whose length fits a page.

    >>> visible("abc" + chr(0x202E) + "def") == "abc\N{REPLACEMENT CHARACTER}def"
    True
    >>> visible("a" * 2003)[1995:]
    'aaaaa… (3 more characters)'
    """
    rest = len(text) - MAX_LENGTH
    return text[:MAX_LENGTH].translate(_UNSEEN) + (f"… ({plural(rest, 'more character')})" if rest > 0 else "")
