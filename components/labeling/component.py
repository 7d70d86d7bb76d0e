"""The labeling steps: votes of a span, labels of a window as of a date, and how past labels did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.feedback import Feedback
from components.artifacts.label_diagnostics import LabelDiagnostics
from components.artifacts.label_scores import LabelScores
from components.artifacts.labels import Labels
from components.artifacts.lookups import Lookups
from components.artifacts.probabilities import as_lists
from components.artifacts.rated_items import RatedItems
from components.artifacts.votes import ABSTAIN, ROW_ID_BYTES, Votes
from components.labeling.analysis import score_functions
from components.labeling.columns import read_identity
from components.labeling.functions import LabelingFunction, check_names
from components.labeling.label_model import LabelModel, MajorityVote, count_patterns, fit_label_model, merge_patterns
from components.labeling.memoised import LIBRARIES, vote_or_recall
from components.labeling.precedence import PRECEDENCE, Source, resolve, with_feedback, with_maturity, with_ratings
from components.labeling.purposes import described, read_by
from components.labeling.vote_model import VoteModel
from components.labeling.voting import OnFault, refuse_faults, stacked
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from components.runtime.resources import FORGETFUL, Memo
from components.runtime.window import Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True)
class VotingConfig:
    """What becomes of a function that raises, times out or votes outside its classes: the step fails, or it abstains and is reported."""

    on_fault: OnFault = "fail"


@dataclass(frozen=True)
class LabelConfig:
    """The shares of the classes to assume before any outcome is known and without a model of the votes; and which source goes before which.

    With ``many_classes`` the classes are those that any source of the window speaks of, as likely as each other until more is known. With
    ``row_by_row`` outcomes are known one by one: a row that has none yet waits for it, whatever is known of its span.
    """

    prior: tuple[float, ...] = (0.75, 0.25)
    precedence: tuple[Source, ...] = PRECEDENCE
    many_classes: bool = False
    row_by_row: bool = False


@component(libraries=LIBRARIES)
def apply_labeling_functions(
    features: Features,
    lookups: Lookups | None = None,
    *,
    functions: CodeRef,
    config: VotingConfig = VotingConfig(),
    memo: Memo = FORGETFUL,
) -> Votes:
    """Return what each labeling function says of each row of the span; -1 where it abstains.

    What a function said of the same rows and tables in an earlier run is recalled. A function that reads columns of a limited purpose has
    that purpose itself, see `components.labeling.purposes.read_by`.

    Parameters
    ----------
    lookups
        The tables that functions look rows up in.
    functions
        Names the pipeline's tuple of labeling functions.

    Raises
    ------
    DataError
        If a function raises, times out or votes outside its classes, unless such functions abstain by configuration.

    """
    every = cast("Sequence[LabelingFunction]", functions.load())
    check_names(every)
    tables = lookups or Lookups()
    said, edited = vote_or_recall(features, every, tables, memo)
    faults = tuple(fault for one in said for fault in one.faults)
    if config.on_fault == "fail":
        refuse_faults(faults)
    row_ids, event_times = read_identity(features, memo, again=edited)
    return Votes(
        functions=tuple(function.name for function in every),
        classes=tuple(sorted({one for function in every for one in function.classes})),
        row_ids=row_ids,
        event_times=event_times,
        votes=stacked([one.votes for one in said], features.n_rows),
        row_wise=tuple(function.name for function in every if function.by_row),
        faults=faults,
        purposes=read_by(features, every, tables, said),
    )


@component(libraries=("polars", "numpy"))
def resolve_labels(
    votes: Window[Votes],
    outcomes: Window[Examples],
    as_of: datetime,
    learned: LabelDiagnostics | None = None,
    rated: RatedItems | None = None,
    feedback: Feedback | None = None,
    *,
    outcome: CodeRef,
    config: LabelConfig = LabelConfig(),
) -> Labels:
    """Return the label of every row of the window as of a date: that of the first source in ``config.precedence`` which speaks.

    The label model learns from the rows of the window whose outcome is known as of the date; where those are too few, what was ``learned``
    from votes alone speaks, or a majority vote. Every source is kept: the label model's word stands beside a known outcome. Of rows without
    an outcome in a span whose outcomes are known (a cancelled flight) only raters speak.

    Parameters
    ----------
    votes, outcomes
        Of the same spans; a span whose outcomes are absent is immature: not negative, not known.
    rated
        What raters said of rows of the window until the date.
    feedback
        What later events said of rows of the window, where the outcome is not recorded itself.
    outcome
        The pipeline's function that gives the boolean expression of class 1 (of many classes the class's number) over outcome rows.

    Raises
    ------
    DataError
        If the windows are of other spans, there are no votes, or a source speaks of a third class where labels are of two.

    """
    import polars as pl

    if votes.spans != outcomes.spans:
        raise DataError("votes and outcomes are not of the same spans", fix="give both windows the same length and until=")
    _require_votes(votes)
    known = _outcomes(outcomes, outcome)
    parts = [_joined(span.key, value, known.get(span.key), row_by_row=config.row_by_row) for span, value in votes.present()]
    n_known = _n_known(votes, parts)
    n_classes = max(n_known, *_n_classes(learned, rated, feedback))
    if n_classes > len(config.prior) and not config.many_classes:
        raise DataError(f"a source speaks of class {n_classes - 1}, and labels are of two classes", fix="evaluation.task: multi-class")
    prior = (1 / n_known,) * n_known if config.many_classes else config.prior
    model = _model(votes, parts, prior, learned)
    voted = [
        part.with_columns(voted=_told(model.predict(value.votes), value.votes, n_classes if config.many_classes else None))
        for part, (_, value) in zip(parts, votes.present(), strict=True)
    ]
    said = with_feedback(with_ratings(pl.concat(voted), rated), feedback)
    rows = resolve(said, config.precedence)
    description = {
        **model.describe(),
        "functions": list(next(value.functions for _, value in votes.present())),
        "as_of": to_micros(as_of),
        "precedence": list(config.precedence),
        **({"n_classes": n_classes} if config.many_classes else {}),
        **described(outcomes, outcome, votes, rated, feedback),
    }
    return Labels(rows.sort("event_time", "row_id"), description)


@component(libraries=("polars", "numpy"))
def score_labels(labels: Labels, votes: Window[Votes], outcomes: Window[Examples], as_of: datetime, *, outcome: CodeRef) -> LabelScores:
    """Return how labels of the past compare with the outcomes known by a later date; nothing that trains may read it.

    Scored are the rows that the label model spoke for then and whose outcome is known now; the functions on all rows of the window whose
    outcome is known now.
    """
    import numpy as np
    import polars as pl

    _require_votes(votes)
    known = _outcomes(outcomes, outcome)
    parts = [_joined(span.key, value, known.get(span.key)) for span, value in votes.present()]
    matrix = np.concatenate([value.votes for _, value in votes.present()])
    names = next(value.functions for _, value in votes.present())
    functions = score_functions(matrix, names, np.concatenate([_known(part) for part in parts]))
    then = labels.rows.select("row_id", "source", before="outcome").with_row_index("place")
    spoken = then.filter(pl.col("source") == "label_model")
    now = pl.concat(parts).filter(pl.col("outcome").is_not_null()).select("row_id", "outcome")
    scored = spoken.join(now, on="row_id", how="inner").sort("row_id")
    p, y = labels.probabilities("voted")[scored["place"].to_numpy()], scored["outcome"].to_numpy()
    before = then["before"].drop_nulls().to_numpy()
    n_classes = max(p.shape[1], int(y.max(initial=0)) + 1)
    p, truth = np.pad(p, ((0, 0), (0, n_classes - p.shape[1]))), np.eye(n_classes)[y]
    prior = np.bincount(before, minlength=n_classes) / max(1, len(before))
    return LabelScores(
        labels_as_of=int(str(labels.label_model["as_of"])),
        as_of=to_micros(as_of),
        functions=functions,
        n_voted=spoken.height,
        n_scored=len(y),
        predicted=tuple(p.mean(axis=0).tolist()) if len(y) else (),
        observed=tuple(truth.mean(axis=0).tolist()) if len(y) else (),
        brier=_brier(p, truth),
        brier_prior=_brier(prior, truth) if len(before) else None,
    )


def _brier(predicted: "NDArray[np.float64]", truth: "NDArray[np.float64]") -> float | None:
    """Return the mean squared error [n_rows, n_classes] (Brier 1950), summed over classes, of two that of class 1; None without rows."""
    errors = (predicted - truth) ** 2
    of_row = errors.sum(axis=1) if truth.shape[1] > 2 else errors[:, 1]  # noqa: PLR2004
    return float(of_row.mean()) if len(truth) else None


def _require_votes(votes: Window[Votes]) -> None:
    """Raise where no span of the window has votes."""
    if next(votes.present(), None) is None:
        raise DataError("the window holds no votes", fix="deliver its spans, or move the as-of")


def _outcomes(outcomes: Window[Examples], outcome: CodeRef) -> "dict[str, pl.DataFrame]":
    """Return (row_id, outcome) by span key: int8, null where a row has none."""
    import polars as pl

    positive = cast("Callable[[], pl.Expr]", outcome.load())()
    return {span.key: value.to_polars().select("row_id", positive.cast(pl.Int8).alias("outcome")) for span, value in outcomes.present()}


def _joined(span: str, votes: Votes, known: "pl.DataFrame | None", *, row_by_row: bool = False) -> "pl.DataFrame":
    """Return the rows of one span's votes, in order, with their outcome and whether the span's outcomes, or their own, are known."""
    import polars as pl
    import pyarrow as pa

    ids = pa.Array.from_buffers(pa.binary(ROW_ID_BYTES), len(votes.row_ids), [None, pa.py_buffer(votes.row_ids.tobytes())])
    times = pa.array(votes.event_times, pa.timestamp("us", "UTC"))
    table = pl.from_arrow(pa.table({"row_id": ids, "event_time": times}))
    rows = cast("pl.DataFrame", table).with_columns(span=pl.lit(span), mature=pl.lit(known is not None))
    if known is None:
        return rows.with_columns(outcome=pl.lit(None, pl.Int8))
    told = known.select("row_id", "outcome")
    return with_maturity(rows.join(told, on="row_id", how="left", maintain_order="left"), told, row_by_row=row_by_row)


def _known(part: "pl.DataFrame") -> "NDArray[np.int8]":
    """Return the outcomes [n_rows], -1 where not known."""
    return part["outcome"].fill_null(ABSTAIN).to_numpy()


def _model(votes: Window[Votes], parts: "Sequence[pl.DataFrame]", prior: Sequence[float], learned: LabelDiagnostics | None) -> LabelModel:
    """Return the model that the known outcomes teach, or where they are too few the one learned from votes alone."""
    patterns = [count_patterns(value.votes, _known(part), len(prior)) for part, (_, value) in zip(parts, votes.present(), strict=True)]
    model = fit_label_model(merge_patterns(patterns), prior=prior)
    return VoteModel.of(learned.model) if learned is not None and isinstance(model, MajorityVote) else model


def _n_known(votes: Window[Votes], parts: "Sequence[pl.DataFrame]") -> int:
    """Return how many classes functions vote for or outcomes are of, from 0 to the greatest; at least two."""
    return 1 + max(
        [1, *(one for _, value in votes.present() for one in value.classes), *(int(_known(part).max(initial=1)) for part in parts)]
    )


def _n_classes(learned: LabelDiagnostics | None, rated: RatedItems | None, feedback: Feedback | None) -> tuple[int, int, int]:
    """Return of how many classes each speaks; 0 where it is not there."""
    of_raters = len(rated.rows["rated"][0]) if rated and rated.rows.height else 0
    return len(learned.balance) if learned else 0, of_raters, len(feedback.delay_curves) if feedback else 0


def _told(predicted: "NDArray[np.float64]", votes: "NDArray[np.int8]", n_classes: int | None) -> "pl.Series":
    """Return the probability of class 1, or a list of that of each of ``n_classes``; null where every function abstained."""
    import numpy as np
    import polars as pl

    shares = np.where((votes == ABSTAIN).all(axis=1)[:, None], np.nan, predicted)
    if n_classes is None:
        return pl.Series(shares[:, 1]).fill_nan(None)
    return as_lists(np.pad(shares, ((0, 0), (0, n_classes - shares.shape[1]))))
