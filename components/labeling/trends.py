"""The course of labeling functions over spans, and alarms where coverage or agreement jumps."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from components.artifacts.label_analysis import Alarm
from components.artifacts.votes import ABSTAIN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HISTORY = 7
"""Spans before one that it takes to say what is usual: a week of days has every weekday."""
DEVIATIONS = 5.0
"""A jump lies this many deviations from the median: by chance about one normal value in two million does."""
LEAST_JUMP = 0.05
"""A smaller jump is nobody's business, however many rows prove it."""
MAD_TO_DEVIATION = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation (Hampel 1974)."""


def majority(votes: "NDArray[np.int8]", classes: Sequence[int]) -> "NDArray[np.int8]":
    """Return the class that most functions voted for, [n_rows]; -1 without a vote and at a tie.

    >>> import numpy as np
    >>> majority(np.array([[1, 1, 0], [1, 0, -1], [-1, -1, -1]], dtype=np.int8), (0, 1)).tolist()
    [1, -1, -1]
    """
    import numpy as np

    counts = np.stack([(votes == one).sum(axis=1) for one in classes], axis=1)
    return _most(counts, classes)


def agreement(votes: "NDArray[np.int8]", classes: Sequence[int]) -> "list[float | None]":
    """Return for each function the share of its votes that most of the others support, of those on which most others support a class.

    None where there is no such vote.

    >>> import numpy as np
    >>> agreement(np.array([[1, 1, 0], [0, 0, -1]], dtype=np.int8), (0, 1))
    [1.0, 1.0, 0.0]
    """
    import numpy as np

    counts = np.stack([(votes == one).sum(axis=1) for one in classes], axis=1)
    found: list[float | None] = []
    for own in votes.T:
        others = _most(counts - (own[:, None] == np.array(classes)), classes)
        compared = (own != ABSTAIN) & (others != ABSTAIN)
        found.append(float((own == others)[compared].mean()) if compared.any() else None)
    return found


def alarms_of(figure: str, spans: Sequence[str], values: Sequence[float | None], n_rows: Sequence[int]) -> tuple[Alarm, ...]:
    """Return an alarm for each span whose value jumps away from those of the spans before it.

    A jump is larger than `LEAST_JUMP` and than `DEVIATIONS` times the larger of two deviations: that of the up to four weeks before,
    from their median absolute deviation, and that of a share of so many rows by chance.

    Parameters
    ----------
    values
        [n_spans], shares from 0 to 1; None where there is none.
    n_rows
        [n_spans], the rows that each share is of.

    Examples
    --------
    >>> days = [f"2026-01-{day:02}" for day in range(1, 11)]
    >>> [(alarm.span, alarm.value) for alarm in alarms_of("coverage", days, [0.3] * 9 + [0.6], [400] * 10)]
    [('2026-01-10', 0.6)]

    """
    found = []
    for index, (value, n) in enumerate(zip(values, n_rows, strict=True)):
        before = [one for one in values[max(0, index - 4 * HISTORY) : index] if one is not None]
        if value is None or not n or len(before) < HISTORY:
            continue
        expected = median(before)
        spread = MAD_TO_DEVIATION * median(abs(one - expected) for one in before)
        by_chance = (max(expected * (1 - expected), 1 / n) / n) ** 0.5
        limit = max(LEAST_JUMP, DEVIATIONS * max(spread, by_chance))
        if abs(value - expected) > limit:
            found.append(Alarm(spans[index], figure, value, expected, limit))
    return tuple(found)


def _most(counts: "NDArray[np.int64]", classes: Sequence[int]) -> "NDArray[np.int8]":
    """Return the class of the greatest count [n_rows, n_classes] of each row, -1 where it is none's or several's."""
    import numpy as np

    best = counts.max(axis=1)
    is_clear = (best > 0) & ((counts == best[:, None]).sum(axis=1) == 1)
    return np.where(is_clear, np.array(classes, np.int8)[counts.argmax(axis=1)], ABSTAIN).astype(np.int8)
