"""What a label model learns of a window: from votes alone, or chosen by a sample that was labeled by hand."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.artifacts.votes import Votes
from components.labeling.learning import learn_from_votes
from components.runtime import keys
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from tests.windows import days, window_of

SPANS = days(2)
ROWS = 600
SKILLS = (0.9, 0.6, 0.6, 0.55)
SAID = CodeRef("tests.labeling.test_learning:said")


@pytest.fixture(autouse=True)
def _project_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_code_of", lambda target: target)


def said() -> pl.Expr:
    return pl.col("verdict") == "bad"


def drawn(span: Span) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row ids, classes and votes of a day."""
    random = np.random.default_rng(SPANS.index(span))
    truth = random.integers(0, 2, ROWS)
    right = random.random((ROWS, len(SKILLS))) < SKILLS
    ids = np.array([f"{span.key}{i:06}".encode() for i in range(ROWS)], "V16")
    return ids, truth, np.where(right, truth[:, None], 1 - truth[:, None]).astype(np.int8)


def votes(span: Span) -> Votes:
    ids, _, matrix = drawn(span)
    return Votes(("a", "b", "c", "d"), (0, 1), ids, np.arange(ROWS), np.asfortranarray(matrix))


def sample(span: Span) -> Examples:
    ids, truth, _ = drawn(span)
    return Examples.from_arrow(
        pl.DataFrame({"row_id": [one.tobytes() for one in ids[:100]], "verdict": np.where(truth[:100], "bad", "good")}).to_arrow()
    )


def test_a_sample_labeled_by_hand_is_the_evidence_by_which_a_model_is_chosen() -> None:
    alone = learn_from_votes(window_of(SPANS, votes))
    assert {one.log_loss for one in alone.evidence} == {None}
    told = learn_from_votes(window_of(SPANS, votes), window_of(SPANS, sample), labeled=SAID)
    assert all(one.log_loss is not None for one in told.evidence)
    assert "on 200 labeled rows" in told.reason


def test_rows_outside_the_votes_are_no_evidence() -> None:
    elsewhere = window_of(SPANS, lambda span: sample(SPANS[0]), SPANS[1:])
    told = learn_from_votes(window_of(SPANS, votes, SPANS[:1]), elsewhere, labeled=SAID)
    assert {one.log_loss for one in told.evidence} == {None}


def test_a_sample_without_its_class_is_refused() -> None:
    with pytest.raises(DataError, match="labeled="):
        learn_from_votes(window_of(SPANS, votes), window_of(SPANS, sample))
