"""Measure how far a span lies from the spans before it, column by column; no row is read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from components.artifacts.shifts import Against, Shift, Shifts
from components.artifacts.sliced_statistics import SlicedStatistics
from components.artifacts.statistics import Statistics
from components.monitoring.aspects import Compared, compare, copied, rows_of
from components.monitoring.profiles import Profile
from components.monitoring.references import References, Seasons
from components.runtime.component import component
from components.runtime.window import Absent, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

JUDGED: tuple[Against, ...] = ("weekday", "nearest", "trend")
ONCE = ("unseen", "vanished", "copied")
"""Aspects that look at all spans before at once, so that only one comparator has them."""
DIGITS = 9


@dataclass(frozen=True)
class ShiftsConfig:
    """The season, and the columns to leave out, which nobody would act on."""

    seasons: Seasons = field(default_factory=Seasons)
    excluded: tuple[str, ...] = ()


@component
def measure_shifts(statistics: Statistics, history: Window[Statistics], *, config: ShiftsConfig = ShiftsConfig()) -> Shifts:
    """Return the distances of a span's columns from the spans before it: `references` says from which, `aspects` in what.

    A window shorter than a season's look-back gives fewer references; spans that are absent or without rows are left out of it. Without
    any the shifts have levels and no distances.
    """
    return Shifts(tuple(_shifts("", statistics, list(history.values), config)))


@component
def measure_slices(
    statistics: Statistics,
    history: Window[Statistics],
    slices: SlicedStatistics,
    slice_history: Window[SlicedStatistics],
    *,
    config: ShiftsConfig = ShiftsConfig(),
) -> Shifts:
    """Return the distances of a span's columns as `measure_shifts` does, and those of each slice from the same slice of the spans before.

    A slice is called "dimension=value". One that is gone has no shifts: the dimension's own column tells of it.
    """
    found = list(_shifts("", statistics, list(history.values), config))
    for name, sliced in slices.slices.items():
        past = [Absent("empty") if isinstance(one, Absent) else one.slices.get(name, Absent("empty")) for one in slice_history.values]
        found += _shifts("=".join(name), sliced, past, config)
    return Shifts(tuple(found))


def _shifts(where: str, now: Statistics, history: Sequence[Statistics | Absent], config: ShiftsConfig) -> Iterator[Shift]:
    """Yield the shifts of one slice."""
    spans = [*history[-config.seasons.window :], now]
    references = References.of([isinstance(one, Statistics) and one.n_rows > 0 for one in spans], config.seasons)
    names = [name for name in now.columns if name not in config.excluded]
    profiles = {name: Profile.of([one.figures.get(name) if isinstance(one, Statistics) else None for one in spans]) for name in names}
    if profiles:
        yield _shift(where, "", rows_of(next(iter(profiles.values())), references), references)
        same = copied(list(profiles.values()))
        yield Shift(where, "", "copied", same, {"nearest": same} if "nearest" in references.against else {}, {})
    for name, profile in profiles.items():
        for compared in compare(profile, references):
            yield _shift(where, name, compared, references)


def _shift(where: str, column: str, compared: Compared, references: References) -> Shift:
    """Return the least distance of each comparator's pairs, and the noise of that pair where the comparator is judged."""
    distances: dict[Against, float] = {}
    noise: dict[Against, float] = {}
    for name, distance, chance in zip(references.against, _plain(compared.distances), _plain(compared.noise), strict=True):
        wanted = name == "nearest" or compared.aspect not in ONCE
        if wanted and not math.isnan(distance) and distance < distances.get(name, math.inf):
            distances[name] = distance
            if name in JUDGED:
                noise[name] = chance
    level = None if compared.level is None else round(compared.level, DIGITS)
    return Shift(where, column, compared.aspect, level, distances, noise)


def _plain(numbers: NDArray[np.float64]) -> list[float]:
    return [round(number, DIGITS) for number in numbers.tolist()]
