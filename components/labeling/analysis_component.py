"""The step that analyses the labeling functions of a window as of a date."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.label_analysis import CalibrationBin, Dependence, Failure, FunctionAnalysis, LabelAnalysis
from components.artifacts.labels import Labels
from components.artifacts.votes import ABSTAIN, Votes
from components.labeling.analysis import score_functions
from components.labeling.dependence import conflict_matrix, dependences
from components.labeling.functions import LabelingFunction
from components.labeling.mistakes import Judged, disputed, doubted, mistakes_of, slice_codes, uncovered
from components.labeling.trends import agreement, alarms_of, majority
from components.measures.slices import columns_of, dimensions_of, edges_of_spans, with_edges
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from components.runtime.window import Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

MOST_FAILURES, MOST_ROWS = 5, 3
"""Failures of a function that are told, and rows of each."""
N_BINS = 10
"""Bins of the calibration, of equal width."""


@dataclass(frozen=True)
class AnalysisConfig:
    """What to slice mistakes by, the feature columns to show of example rows, and how many rows to suggest of each sort.

    ``slices`` are read by `measures.slices.dimensions_of`, with ``slicing``; quantile bins are of the whole window.
    """

    slices: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    suggested: int = 10
    slicing: CodeRef | None = None


@component(libraries=("polars", "numpy"))
def analyze_functions(
    votes: Window[Votes],
    features: Window[Features],
    outcomes: Window[Examples],
    labels: Labels,
    as_of: datetime,
    *,
    functions: CodeRef,
    outcome: CodeRef,
    config: AnalysisConfig = AnalysisConfig(),
) -> LabelAnalysis:
    """Return what the labeling functions of a window say, how they agree, where they err against known outcomes, and rows to look at.

    Nothing that trains may read it. Spans count whose votes were made by the functions of the newest one; outcomes that are not known yet
    score nothing. ``outcome`` names the pipeline's function that gives the boolean expression of class 1 (of many classes the class's number)
    over outcome rows.
    """
    days = _days(votes, features, outcomes, outcome, config)
    newest = next(reversed(days.values())).said
    judged = _gathered(days, newest, config)
    conflicts, dependent = _pairs(judged, newest.classes)
    bins = edges_of_spans([value for span, value in features.present() if span.key in days])
    slices = slice_codes(judged.rows, with_edges(dimensions_of(config.slices, config.slicing), bins))
    described = {one.name: one.description for one in cast("Sequence[LabelingFunction]", functions.load())}
    labeled = _labeled(judged, labels)
    return LabelAnalysis(
        as_of=to_micros(as_of),
        spans=tuple(days),
        n_rows=len(judged.votes),
        n_known=int((judged.known != ABSTAIN).sum()),
        n_uncovered=int((judged.votes == ABSTAIN).all(axis=1).sum()),
        classes=newest.classes,
        functions=_functions(judged, days, described, slices),
        conflicts=conflicts,
        dependences=dependent,
        labels=_sources(labels, tuple(days)),
        distribution=_distribution(labels, tuple(days)),
        calibration=_calibration(labeled, judged.known),
        uncovered=uncovered(judged, config.suggested),
        disputed=disputed(judged, newest.classes, config.suggested),
        doubted=doubted(judged, labeled, config.suggested),
    )


@dataclass(frozen=True, eq=False)
class _Day:
    """One span: its votes, its rows with the columns to show, and its outcomes [n_rows], -1 not known."""

    said: Votes
    rows: "pl.DataFrame"
    known: "NDArray[np.int8]"


def _days(
    votes: Window[Votes], features: Window[Features], outcomes: Window[Examples], outcome: CodeRef, config: AnalysisConfig
) -> dict[str, _Day]:
    """Return the spans that have votes of today's functions, in order."""
    import polars as pl

    present = dict(votes.present())
    if not present:
        raise DataError("the window holds no votes", fix="deliver its spans, or move the as-of")
    names = present[max(present)].functions
    rows, known = dict(features.present()), dict(outcomes.present())
    positive = cast("Callable[[], pl.Expr]", outcome.load())()
    columns = list(dict.fromkeys(["row_id", "event_time", *config.shown, *columns_of(dimensions_of(config.slices, config.slicing))]))
    found = {}
    for span, said in present.items():
        if said.functions == names and span in rows:
            frame = rows[span].to_polars(columns).with_columns(span=pl.lit(span.key))
            found[span.key] = _Day(said, frame, _known(frame, known, span, positive))
    return found


def _known(frame: "pl.DataFrame", outcomes: Mapping[Span, Examples], span: Span, positive: "pl.Expr") -> "NDArray[np.int8]":
    import numpy as np
    import polars as pl

    if span not in outcomes:
        return np.full(frame.height, ABSTAIN, np.int8)
    judged = outcomes[span].to_polars().select("row_id", outcome=positive.cast(pl.Int8))
    return frame.select("row_id").join(judged, on="row_id", how="left", maintain_order="left")["outcome"].fill_null(ABSTAIN).to_numpy()


def _gathered(days: dict[str, _Day], newest: Votes, config: AnalysisConfig) -> Judged:
    import numpy as np
    import polars as pl

    matrix, known = np.concatenate([day.said.votes for day in days.values()]), np.concatenate([day.known for day in days.values()])
    return Judged(pl.concat([day.rows for day in days.values()]), newest.functions, matrix, known, config.shown)


def _functions(
    judged: Judged, days: dict[str, _Day], described: Mapping[str, str], slices: "Mapping[str, tuple[list[str], NDArray[np.int64]]]"
) -> tuple[FunctionAnalysis, ...]:
    scores = score_functions(judged.votes, judged.names, judged.known)
    courses = _courses(days)
    newest = next(reversed(days.values())).said
    found = []
    for place, score in enumerate(scores):
        own = judged.votes[:, place]
        mistakes, examples = mistakes_of(judged, place, slices)
        trend = {name: tuple(values[place] for values in course) for name, course in courses.items()}
        n_votes = [int((day.said.votes[:, place] != ABSTAIN).sum()) for day in days.values()]
        n_rows = [len(day.known) for day in days.values()]
        alarms = [
            *alarms_of("coverage", list(days), trend["coverage"], n_rows),
            *alarms_of("agreement", list(days), trend["agreement"], n_votes),
        ]
        found.append(
            FunctionAnalysis(
                name=score.name, description=described.get(score.name, ""),
                polarity={str(one): int((own == one).sum()) for one in newest.classes},
                coverage=score.coverage, overlap=score.overlap, conflict=score.conflict, accuracy=score.accuracy, low=score.low,
                high=score.high, n_scored=score.n_scored, is_row_wise=score.name in newest.row_wise,
                n_faults=sum(fault.n_rows for day in days.values() for fault in day.said.faults if fault.function == score.name),
                trend=trend, alarms=tuple(sorted(alarms, key=lambda one: (one.span, one.figure))), mistakes=mistakes, examples=examples,
                failures=_failures(judged, days, score.name),
            )
        )  # fmt: skip
    return tuple(found)


def _failures(judged: Judged, days: dict[str, _Day], function: str) -> tuple[Failure, ...]:
    """Return the newest failures of a function, with the rows that its faults name."""
    found, first = [], 0
    for span, day in days.items():
        faults = [fault for fault in day.said.faults if fault.function == function]
        found += [
            Failure(span, fault.message, fault.n_rows, judged.show([first + row for row in fault.rows[:MOST_ROWS]])) for fault in faults
        ]
        first += len(day.known)
    return tuple(found[::-1][:MOST_FAILURES])


def _courses(days: dict[str, _Day]) -> "dict[str, list[list[float | None]]]":
    """Return coverage, agreement and accuracy, each [n_spans][n_functions]."""
    coverage: list[list[float | None]] = []
    agreed: list[list[float | None]] = []
    right: list[list[float | None]] = []
    for day in days.values():
        votes = day.said.votes
        coverage.append([float(one) for one in (votes != ABSTAIN).mean(axis=0)] if len(votes) else [None] * votes.shape[1])
        agreed.append(agreement(votes, day.said.classes))
        scores = score_functions(votes, day.said.functions, day.known)
        right.append([score.accuracy for score in scores])
    return {"coverage": coverage, "agreement": agreed, "accuracy": right}


def _pairs(judged: Judged, classes: Sequence[int]) -> tuple[tuple[tuple[float | None, ...], ...], tuple[Dependence, ...]]:
    """Return conflicts and dependences; the truth of a row is its outcome, or the majority of its votes where none is known."""
    import numpy as np

    truth = np.where(judged.known != ABSTAIN, judged.known, majority(judged.votes, classes)).astype(np.int8)
    placed = _places(judged.votes, classes)
    return conflict_matrix(placed, len(classes)), dependences(placed, _places(truth, classes), judged.names, len(classes))


def _places(votes: "NDArray[np.int8]", classes: Sequence[int]) -> "NDArray[np.int8]":
    """Return the place of each vote's class among the classes, -1 for none."""
    import numpy as np

    places = np.full(votes.shape, ABSTAIN, np.int8)
    for place, one in enumerate(classes):
        places[votes == one] = place
    return places


def _labeled(judged: Judged, labels: Labels) -> "NDArray[np.float64]":
    """Return the label model's probabilities of each row, [n_rows, n_classes], NaN where it has none."""
    import numpy as np
    import polars as pl

    shares = labels.probabilities("voted")
    unknown = np.full((1, shares.shape[1]), np.nan)
    places = labels.rows.select("row_id", place=pl.int_range(pl.len()))
    placed = judged.rows.select("row_id").join(places, on="row_id", how="left", maintain_order="left")["place"].fill_null(-1)
    labeled: NDArray[np.float64] = np.concatenate([shares, unknown])[placed.to_numpy()]
    return labeled


def _calibration(probability: "NDArray[np.float64]", known: "NDArray[np.int8]") -> dict[str, tuple[CalibrationBin, ...]]:
    """Return the bins of each class that hold rows, of two classes those of class 1; {} without rows to compare."""
    import numpy as np

    used = ~np.isnan(probability).any(axis=1) & (known != ABSTAIN)
    n_classes = probability.shape[1]
    told = range(n_classes) if n_classes > 2 else (1,)  # noqa: PLR2004 - the one mirrors the other
    return {str(one): _bins(probability[used, one], (known[used] == one).astype(float)) for one in told if used.any()}


def _bins(p: "NDArray[np.float64]", y: "NDArray[np.float64]") -> tuple[CalibrationBin, ...]:
    import numpy as np

    bins = np.minimum((p * N_BINS).astype(int), N_BINS - 1)
    return tuple(
        CalibrationBin(
            one / N_BINS, (one + 1) / N_BINS, int((bins == one).sum()), float(p[bins == one].mean()), float(y[bins == one].mean())
        )
        for one in np.unique(bins).tolist()
    )


def _sources(labels: Labels, spans: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the rows of each span by the source of their label."""
    counts = {(span, source): n for span, source, n in labels.rows.group_by("span", "source").len().iter_rows()}
    return {source: tuple(counts.get((span, source), 0) for span in spans) for source in sorted({source for _, source in counts})}


def _distribution(labels: Labels, spans: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return the sum of each class's probabilities by span; added up in the order of the rows, so that bytes repeat."""
    import numpy as np

    shares = np.nan_to_num(labels.probabilities("label"))
    of_row = labels.rows["span"]
    sums = [shares[(of_row == span).to_numpy()].sum(axis=0).tolist() for span in spans]
    return {str(one): tuple(values) for one, values in enumerate(zip(*sums, strict=True))}
