"""Watching: the steps that a pipeline adds to have its statistics watched for drift."""

from components.monitoring.detecting import DriftConfig, detect_drift
from components.monitoring.measuring import ShiftsConfig, measure_shifts
from components.monitoring.references import WEEKS, Seasons
from components.runtime.graph import Outputs, Pipeline, Ref, window

PAST_SEASONS = 13
"""Seasons of past distances that say what is usual: a quarter of a year of days."""


def watch_drift(
    pipeline: Pipeline, statistics: Ref, *, seasons: Seasons = WEEKS, excluded: tuple[str, ...] = (), name: str = "drift",
    group: str | None = None, rate: float = DriftConfig.rate,
) -> Outputs:  # fmt: skip
    """Add the two steps of drift to a pipeline's data graph, and return the outputs of the second: `drift` and its `findings`.

    The first measures each span's distances from the spans before it, whose statistics it takes as a window; the second judges them by
    their own past, a window of what the first made. Both read nothing but earlier spans, so that a backfill in any order finds the same.

    Parameters
    ----------
    statistics : the output of a step of statistics.
    seasons : seven spans, a week of days, by default; give 24 for hours, 12 for months.
    excluded : columns that nobody would act on.
    name, group : of the steps `<name>_shifts` and `<name>`; by default they are one task, called like the second.
    rate : the share of false discoveries among those of a span.
    """
    past = f"{PAST_SEASONS * seasons.length} spans"
    shifts = pipeline.add(
        measure_shifts,
        name=f"{name}_shifts",
        group=group or name,
        statistics=statistics,
        history=window(statistics, f"{seasons.window} spans", on_absent="skip"),
        config=ShiftsConfig(seasons, excluded),
    )
    return pipeline.add(
        detect_drift,
        name=name,
        group=group or name,
        shifts=shifts,
        history=window(shifts, past, on_absent="skip"),
        config=DriftConfig(rate, seasons=seasons),
    )
