"""Watching: the steps that a pipeline adds to have its statistics watched for drift."""

from components.monitoring.detecting import DriftConfig, detect_drift
from components.monitoring.limits import check_drift_limits
from components.monitoring.measuring import ShiftsConfig, measure_shifts, measure_slices
from components.monitoring.references import WEEKS, Seasons
from components.runtime.graph import LedgerRoot, Outputs, Pipeline, Ref, window

PAST_SEASONS = 13
"""Seasons of past distances that say what is usual: a quarter of a year of days."""


def watch_drift(
    pipeline: Pipeline, statistics: Ref, *, slices: Ref | None = None, schema: LedgerRoot | None = None, seasons: Seasons = WEEKS, excluded: tuple[str, ...] = (), name: str = "drift",
    group: str | None = None, rate: float = DriftConfig.rate, holidays: tuple[str, ...] = (),
) -> Outputs:  # fmt: skip
    """Add the steps of drift to a pipeline's data graph, and return the outputs of the judging one: `drift` and its `findings`.

    The first measures each span's distances from the spans before it, whose statistics it takes as a window; the second judges them by
    their own past, a window of what the first made. Both read nothing but earlier spans, so that a backfill in any order finds the same.

    Parameters
    ----------
    statistics, slices : the outputs of a step of statistics, and of one of sliced statistics, whose slices are then watched too.
    schema : the approved schema; its `drift` thresholds then take the place of a column's own past, and a step `<name>_limits` checks them.
    seasons : seven spans, a week of days, by default; give 24 for hours, 12 for months.
    excluded : columns that nobody would act on.
    name, group : of the steps `<name>_shifts` and `<name>`; by default they are one task, called like the second.
    rate : the share of false discoveries among those of a span.
    holidays : local dates that are like no weekday, nor are the days beside them.
    """
    past = f"{PAST_SEASONS * seasons.length} spans"
    reach = f"{seasons.window} spans"
    inputs: dict[str, object] = {"statistics": statistics, "history": window(statistics, reach, on_absent="skip")}
    if slices is not None:
        inputs |= {"slices": slices, "slice_history": window(slices, reach, on_absent="skip")}
    shifts = pipeline.add(
        measure_shifts if slices is None else measure_slices,
        name=f"{name}_shifts",
        group=group or name,
        config=ShiftsConfig(seasons, excluded),
        **inputs,
    )
    bounded = {} if schema is None else {"schema": schema}
    if schema is not None:
        before = window(statistics, f"{seasons.length} spans", on_absent="skip")
        pipeline.add(check_drift_limits, name=f"{name}_limits", group=group or name, statistics=statistics, before=before, schema=schema)
    return pipeline.add(
        detect_drift,
        name=name,
        group=group or name,
        shifts=shifts,
        history=window(shifts, past, on_absent="skip"),
        config=DriftConfig(rate, seasons=seasons, holidays=holidays),
        **bounded,
    )
