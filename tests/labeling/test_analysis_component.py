"""The analysis of a window: figures as counted by hand, and a state for what is not known yet."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.features import Features
from components.artifacts.label_analysis import LabelAnalysis
from components.artifacts.votes import Fault, Votes
from components.labeling.analysis_component import AnalysisConfig, analyze_functions
from components.labeling.component import apply_labeling_functions, resolve_labels
from components.labeling.mistakes import slice_codes
from components.measures.slices import dimensions_of, edges_of_spans, with_edges
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from tests.windows import days, features, outcomes, rows, window_of

SPANS = days(10)
AS_OF = SPANS[-1].end
FUNCTIONS = CodeRef("tests.labeling.test_component:TWO")
OUTCOME = CodeRef("tests.windows:positive")


def votes(span: Span) -> Votes:
    found = apply_labeling_functions(features(span), functions=FUNCTIONS)
    if span != SPANS[-1]:
        return found
    fault = Fault("high_score", "raised", "raised KeyError", 3, (0, 1, 2))
    return Votes(found.functions, found.classes, found.row_ids, found.event_times, found.votes, ("carrier_aa",), (fault,))


def analyzed(absent: list[Span] = SPANS[-2:], said=votes) -> LabelAnalysis:  # type: ignore[no-untyped-def]
    voted, known = window_of(SPANS, said), window_of(SPANS, outcomes, absent)
    labels = resolve_labels(window_of(SPANS, votes), known, AS_OF, outcome=OUTCOME)
    config = AnalysisConfig(slices=("carrier",), shown=("hour", "carrier"), suggested=4)
    return analyze_functions(voted, window_of(SPANS, features), known, labels, AS_OF, functions=FUNCTIONS, outcome=OUTCOME, config=config)


def test_figures_are_those_of_a_count_over_all_rows() -> None:
    found = analyzed()
    every = pl.concat([rows(span) for span in SPANS])
    matrix = np.concatenate([votes(span).votes for span in SPANS])
    assert (found.n_rows, found.n_known) == (200, 8 * 19)
    assert found.n_uncovered == int((matrix == -1).all(axis=1).sum())
    score, carrier = found.functions
    voted = matrix[:, 0] != -1
    assert score.coverage == pytest.approx(voted.mean())
    assert score.polarity == {"0": int((matrix[:, 0] == 0).sum()), "1": int((matrix[:, 0] == 1).sum())}
    truth = every.with_columns(outcome=pl.when(pl.int_range(pl.len()) < 160).then("outcome"))["outcome"]
    scored = voted & truth.is_not_null().to_numpy()
    assert score.accuracy == pytest.approx((matrix[:, 0] == truth.fill_null(-1).to_numpy())[scored].mean())
    assert (carrier.polarity["1"], carrier.is_row_wise, score.n_faults, carrier.n_faults) == (0, True, 3, 0)
    (failure,) = score.failures
    assert (failure.span, failure.message, failure.n_rows) == (SPANS[-1].key, "raised KeyError", 3)
    assert [one.values["hour"] for one in failure.rows] == ["0", "1", "2"]
    assert {one.span for one in failure.rows} == {SPANS[-1].key}
    assert [len(course) for course in score.trend.values()] == [10, 10, 10]
    assert score.trend["accuracy"][-2:] == (None, None)


def test_labels_and_calibration_are_those_of_the_window() -> None:
    found = analyzed()
    assert {name: sum(counts[-2:]) for name, counts in found.labels.items() if sum(counts[-2:])}.keys() == {"label_model", "uncovered"}
    assert sum(sum(counts) for counts in found.labels.values()) == 200
    (bins,) = found.calibration.values()
    assert sum(one.n_rows for one in bins) <= found.n_known
    assert all(one.low <= one.predicted <= one.high for one in bins)
    n_labeled = sum(sum(counts) for source, counts in found.labels.items() if source in ("outcome", "label_model"))
    assert sum(sum(values) for values in found.distribution.values()) == pytest.approx(n_labeled)
    assert len(found.uncovered) == min(4, found.n_uncovered)


def test_before_any_outcome_nothing_is_scored() -> None:
    found = analyzed(absent=SPANS)
    assert (found.n_known, found.calibration, found.doubted) == (0, {}, ())
    assert {function.accuracy for function in found.functions} == {None}


def test_spans_of_other_functions_do_not_count() -> None:
    def renamed(span: Span) -> Votes:
        value = votes(span)
        if span != SPANS[0]:
            return value
        return Votes(("other", "carrier_aa"), value.classes, value.row_ids, value.event_times, value.votes)

    found = analyzed(said=renamed)
    assert found.spans == tuple(span.key for span in SPANS[1:])


def test_a_window_without_votes_is_refused() -> None:
    labels = resolve_labels(window_of(SPANS, votes), window_of(SPANS, outcomes), AS_OF, outcome=OUTCOME)
    nothing = window_of(SPANS, votes, SPANS)
    with pytest.raises(DataError, match="holds no votes"):
        analyze_functions(
            nothing, window_of(SPANS, features), window_of(SPANS, outcomes), labels, AS_OF, functions=FUNCTIONS, outcome=OUTCOME
        )


def test_empty_spans_are_part_of_the_course() -> None:
    empty = Features.from_arrow(features(SPANS[4]).to_arrow().slice(0, 0))

    def some(span: Span) -> Features:
        return empty if span == SPANS[4] else features(span)

    def few(span: Span) -> Votes:
        return apply_labeling_functions(some(span), functions=FUNCTIONS)

    known = window_of(SPANS, outcomes)
    labels = resolve_labels(window_of(SPANS, few), known, AS_OF, outcome=OUTCOME)
    found = analyze_functions(window_of(SPANS, few), window_of(SPANS, some), known, labels, AS_OF, functions=FUNCTIONS, outcome=OUTCOME)
    assert found.functions[0].trend["coverage"][4] is None
    assert found.n_rows == 180


def test_mistakes_are_sliced_by_the_shared_vocabulary() -> None:
    dimensions = with_edges(
        dimensions_of(["late_hours & carrier == 'AA'", "quantiles(score, 2)"], CodeRef("tests.user_slices:FUNCTIONS")),
        edges_of_spans([features(span) for span in SPANS]),
    )
    every = pl.concat([rows(span) for span in SPANS])
    found = slice_codes(every, dimensions)
    assert found["late_hours & carrier == 'AA'"][0] == ["no & no", "no & yes", "yes & (none)", "yes & no", "yes & yes"]
    config = AnalysisConfig(slices=tuple(found), slicing=CodeRef("tests.user_slices:FUNCTIONS"))
    labels = resolve_labels(window_of(SPANS, votes), window_of(SPANS, outcomes), AS_OF, outcome=OUTCOME)
    analysis = analyze_functions(
        window_of(SPANS, votes), window_of(SPANS, features), window_of(SPANS, outcomes), labels, AS_OF, functions=FUNCTIONS, outcome=OUTCOME,
        config=config,
    )  # fmt: skip
    mistakes = [bucket for function in analysis.functions for bucket in function.mistakes]
    assert mistakes
    assert {bucket.dimension for bucket in mistakes} <= set(found)
