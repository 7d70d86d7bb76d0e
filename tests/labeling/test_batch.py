"""Batches: rows that nobody knows, for a reason each, no vote pattern twice before every other once."""

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from components.artifacts.features import Features
from components.artifacts.label_batch import LabelBatch
from components.artifacts.labels import SHARES, Labels
from components.artifacts.votes import Votes
from components.labeling.batch import BatchConfig, pick_batch
from components.runtime.errors import ConfigError
from components.runtime.instants import to_micros
from components.runtime.spans import Span
from tests.windows import days, window_of

SPAN = days(1)[0]
VOTED = [
    ("known", (1, 1), 0.9, "outcome"), ("sure", (1, 1), 0.95, "label_model"), ("open-a", (1, 0), 0.5, "label_model"),
    ("open-b", (1, 0), 0.5, "label_model"), ("lone", (0, -1), 0.4, "label_model"), ("silent", (-1, -1), None, "uncovered"),
    ("gone", (1, 0), 0.5, "no-outcome"),
]  # fmt: skip


def identity(name: str) -> bytes:
    return name.encode().ljust(16, b".")


def time(position: int) -> datetime:
    return SPAN.start.replace(second=position)


THREE = [[0.0, 0.0, 1.0], [0.01, 0.01, 0.98], [0.5, 0.49, 0.01], [0.4, 0.3, 0.3], [0.34, 0.33, 0.33], None, [0.5, 0.5, 0.0]]
"""Probabilities of three classes for the same rows: two lead, all are alike, and those between."""


def picked(budget: int, *reasons: str, show: tuple[str, ...] = (), shares: list[list[float] | None] | None = None) -> LabelBatch:
    names = [identity(name) for name, *_ in VOTED]
    at = [time(position) for position in range(len(VOTED))]
    rows = {"row_id": names, "event_time": at, "span": SPAN.key, "voted": [one[2] for one in VOTED], "source": [one[3] for one in VOTED]}
    many = {} if shares is None else {"voted": shares, SHARES: shares}
    labels = Labels(pl.DataFrame(rows | many), {"n_classes": 3})
    micros = np.array([to_micros(one) for one in at])
    votes = Votes(("a", "b"), (0, 1), np.array(names, dtype="V16"), micros, np.array([one[1] for one in VOTED], np.int8))
    votes = votes if shares is None else replace(votes, classes=(0, 1, 2))

    def seen(_: Span) -> Features:
        return Features.from_arrow(
            pl.DataFrame({"row_id": names, "event_time": at, "subject": [f"s{i}" for i in range(len(names))]}).to_arrow()
        )

    config = BatchConfig(budget, reasons, show)  # type: ignore[arg-type]
    return pick_batch(labels, window_of([SPAN], lambda _: votes), window_of([SPAN], seen), config=config)


def names_of(batch: LabelBatch) -> list[str]:
    return [one.decode().rstrip(".") for one in batch.rows["row_id"]]


def test_the_most_uncertain_come_first_and_other_patterns_before_a_second_of_one() -> None:
    assert names_of(picked(3, "uncertainty")) == ["open-a", "lone", "sure"]
    assert names_of(picked(4, "margin"))[-1] == "open-b"


def test_of_three_classes_entropy_asks_where_all_are_alike_and_margin_where_two_lead() -> None:
    entropy, margin = picked(2, "uncertainty", shares=THREE), picked(4, "margin", shares=THREE)
    assert names_of(entropy) == ["lone", "open-b"]
    by_hand = -sum(p * math.log(p, 3) for p in THREE[4] or ())
    assert entropy.rows["score"][0] == pytest.approx(by_hand)
    assert entropy.rows["probability"][0].to_list() == THREE[4]
    assert dict(zip(names_of(margin), margin.rows["score"], strict=True)) == pytest.approx(
        {"lone": 0.99, "open-a": 0.99, "open-b": 0.9, "sure": 0.03}
    )
    conflict = picked(2, "conflict", shares=THREE).rows["score"].to_list()
    assert conflict == pytest.approx([0.75, 0.75]), "half of the votes, of two thirds that three classes could come to"


def test_rows_that_are_known_or_will_never_be_are_not_asked_for() -> None:
    assert {"known", "gone"} & set(names_of(picked(100, "uncertainty", "conflict", "uncovered"))) == set()


def test_reasons_share_the_budget_and_leave_the_rest_to_the_next() -> None:
    batch = picked(4, "uncovered", "conflict", "uncertainty")
    assert dict(zip(names_of(batch), batch.rows["why"], strict=True)) == {
        "silent": "uncovered", "open-a": "conflict", "open-b": "conflict", "lone": "uncertainty",
    }  # fmt: skip
    assert batch.summary() == {"n_rows": 4, "n_conflict": 2, "n_uncertainty": 1, "n_uncovered": 1}


def test_what_the_last_reason_has_no_rows_for_goes_to_the_others() -> None:
    assert picked(4, "uncertainty", "conflict", "uncovered").summary() == {
        "n_rows": 4, "n_conflict": 1, "n_uncertainty": 2, "n_uncovered": 1,
    }  # fmt: skip
    assert names_of(picked(5, "conflict", "uncertainty", "uncovered")) == ["open-a", "open-b", "lone", "sure", "silent"]
    assert names_of(picked(4, "uncovered", "margin")) == ["silent", "open-a", "lone", "sure"]


def test_people_are_shown_the_columns_that_were_asked_for(tmp_path: Path) -> None:
    batch = picked(1, "conflict", show=("subject",))
    batch.save(tmp_path)
    assert LabelBatch.load(tmp_path).rows["subject"].to_list() == ["s2"]


def test_a_budget_of_nothing_is_an_empty_batch_and_a_reason_given_twice_is_refused() -> None:
    assert picked(0, "conflict").rows.height == 0
    with pytest.raises(ConfigError, match="each once"):
        picked(1, "conflict", "conflict")
