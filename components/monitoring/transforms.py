"""Transforms: what was probably done to a column's values, told from pairs of what it was and what it became."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 0.95
"""Share of the pairs that a transform must explain."""

KNOWN: dict[tuple[float, float], str] = {
    (1.8, 32.0): "Celsius to Fahrenheit",
    (1 / 1.8, -32 / 1.8): "Fahrenheit to Celsius",
    (1.0, 273.15): "Celsius to kelvin",
    (1.609344, 0.0): "miles to kilometres",
    (1 / 1.609344, 0.0): "kilometres to miles",
    (0.3048, 0.0): "feet to metres",
    (0.45359237, 0.0): "pounds to kilograms",
    (60.0, 0.0): "minutes to seconds, or hours to minutes",
    (1 / 60, 0.0): "seconds to minutes, or minutes to hours",
    (1000.0, 0.0): "a unit a thousand times smaller",
    (0.001, 0.0): "a unit a thousand times larger",
    (-1.0, 0.0): "the sign turned",
}
"""Slope and offset of well-known ones: definitions of the International System and of the international yard and pound (1959)."""

TEXTS: dict[str, Callable[[str], str]] = {"upper case": str.upper, "lower case": str.lower, "blanks stripped": str.strip}
CLOSE = 1e-4
"""Relative error up to which a value counts as explained: measurements are often stored with four or five digits."""


def numeric_transform(before: NDArray[np.float64], after: NDArray[np.float64]) -> str:
    """Return what turned one column of numbers [n] into the other, "" if nothing simple explains 95 % of the pairs.

    Tried in order: one constant, rounding or cutting to digits, a factor, a shift, and a line through both; a factor or line of a known
    change of units is called by it. Fewer than three pairs, or pairs of one value only, tell nothing.

    >>> numeric_transform(np.array([0.0, 10.0, 20.0, 31.5]), np.array([32.0, 50.0, 68.0, 88.7]))
    'Celsius to Fahrenheit'
    >>> numeric_transform(np.array([1.234, 2.345, 3.456]), np.array([1.2, 2.3, 3.5]))
    'rounded to 1 digit'
    """
    if len(before) < 3 or len(np.unique(before)) < 2:  # noqa: PLR2004 - as the docstring says
        return ""
    if len(np.unique(after)) == 1:
        return f"all {after[0]:g}"
    for digits in range(7):
        name = f"{digits} digit{'s' if digits != 1 else ''}"
        size = 10.0**digits
        for how, made in (("rounded", np.round(before, digits)), ("cut", np.trunc(before * size) / size)):
            if _explains(made, after):
                return f"{how} to {name}" if digits else ("rounded to whole numbers" if how == "rounded" else "cut to whole numbers")
    return _linear(before, after)


def _linear(before: NDArray[np.float64], after: NDArray[np.float64]) -> str:
    """Return the factor, shift or line that explains the pairs: through medians, so that a few odd pairs do not matter."""
    nonzero = before != 0
    factor = float(np.median(after[nonzero] / before[nonzero])) if nonzero.any() else math.nan
    low, high = (before <= np.quantile(before, 1 / 3)), (before >= np.quantile(before, 2 / 3))
    run = float(np.median(before[high]) - np.median(before[low]))
    slope = float(np.median(after[high]) - np.median(after[low])) / run if run else math.nan
    offset = float(np.median(after - slope * before))
    for a, b in ((factor, 0.0), (1.0, float(np.median(after - before))), (slope, offset)):
        if math.isfinite(a) and math.isfinite(b) and _explains(a * before + b, after):
            known = next(
                (name for (c, d), name in KNOWN.items() if math.isclose(a, c, rel_tol=1e-3) and abs(b - d) < 0.01 * (1 + abs(d))), ""
            )
            plain = f"times {a:.6g}" if not b else f"plus {b:.6g}" if a == 1.0 else f"times {a:.6g} plus {b:.6g}"
            return known or plain
    return ""


def _explains(made: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    scale = np.maximum(np.abs(after), 1e-9 + CLOSE * float(np.abs(after).max(initial=0.0)))
    return bool((np.abs(made - after) <= CLOSE * scale).mean() >= MOST)


def text_transform(before: Sequence[str], after: Sequence[str]) -> str:
    """Return what turned one column of texts into the other: its case, stripped blanks, one constant, or a mapping of values to values.

    >>> text_transform(["a ", "b", " c"], ["a", "b", "c"]), text_transform(["UA", "AA", "UA"], ["1", "2", "1"])
    ('blanks stripped', 'each value by another')
    """
    if len(set(before)) < 2:  # noqa: PLR2004 - one value tells nothing
        return ""
    if len(set(after)) == 1:
        return f"all {after[0]!r}"
    for name, change in TEXTS.items():
        if sum(change(old) == new for old, new in zip(before, after, strict=True)) >= MOST * len(before):
            return name
    pairs = set(zip(before, after, strict=True))
    return "each value by another" if len(pairs) == len(set(before)) < len(before) else ""
