"""The labeling functions of spam: of all seven kinds, as good and as bad as they are said to be."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from components.features.records import recent_records
from components.labeling.functions import LabelingFunction
from components.labeling.voting import vote_matrix
from pipeline_config.spam import generator, labeling
from pipeline_config.spam.features import CATEGORICAL, FOR_FUNCTIONS, NUMERIC, build_features

DAYS = [date(2026, 10, 1) + timedelta(days=i) for i in range(12)]
NO_RECORDS = recent_records([], known_by=datetime(2026, 1, 1, tzinfo=UTC))
NAMES = [function.name for function in labeling.FUNCTIONS]


def frame(table: object) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))  # type: ignore[arg-type]


def features(day: date) -> pl.DataFrame:
    mails = frame(generator.mail(day)).with_columns(row_id=pl.col("message_id").cast(pl.Binary), event_time=pl.col("received_at"))
    return build_features(mails.sort("event_time"), None, NO_RECORDS)


def tables(day: date) -> dict[str, pl.DataFrame]:
    return {
        "blacklist": frame(generator.blacklist(day - timedelta(days=1))),
        "corpus": frame(generator.corpus(day.replace(day=1))),
        "ratings": frame(generator.ratings(day)),
    }


@pytest.fixture(scope="module")
def voted() -> tuple[np.ndarray, np.ndarray]:
    """Return votes and truth of all days."""
    votes, truth = [], []
    for day in DAYS:
        rows = features(day)
        votes.append(vote_matrix(rows, labeling.FUNCTIONS, tables(day)))
        known = generator._mails(day).select("message_id", "is_spam")
        truth.append(rows.select("message_id").join(known, on="message_id", maintain_order="left")["is_spam"].to_numpy())
    return np.concatenate(votes), np.concatenate(truth).astype(np.int8)


def accuracy(voted: tuple[np.ndarray, np.ndarray], name: str) -> float:
    votes, truth = voted[0][:, NAMES.index(name)], voted[1]
    return float((votes == truth)[votes != -1].mean())


def test_features_hold_what_models_and_functions_read() -> None:
    rows = features(DAYS[0])
    assert rows.columns == ["row_id", "event_time", *CATEGORICAL, *NUMERIC, *FOR_FUNCTIONS]
    assert set(rows.select(NUMERIC).dtypes) == {pl.Float64}


@pytest.mark.slow
def test_every_function_speaks_and_says_what_it_does(voted: tuple[np.ndarray, np.ndarray]) -> None:
    coverage = dict(zip(NAMES, (voted[0] != -1).mean(axis=0), strict=True))
    assert all(0.005 < share < 0.9 for share in coverage.values()), coverage
    assert all(len(function.description) >= 14 for function in labeling.FUNCTIONS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("offers", 0.7, 0.9), ("odd_spelling", 0.9, 1), ("blacklisted", 0.85, 1), ("old_filter", 0.65, 0.85), ("text_model", 0.95, 1),
        ("raters", 0.85, 0.98), ("talks_of_work", 0.2, 0.5), ("large_amount", 0.35, 0.6),
    ],
)  # fmt: skip
def test_good_functions_are_good_and_the_one_that_campaigns_fool_is_worse_than_chance(
    voted: tuple[np.ndarray, np.ndarray], name: str, low: float, high: float
) -> None:
    assert low <= accuracy(voted, name) <= high


@pytest.mark.slow
@pytest.mark.parametrize(("one", "copy"), [("offers", "offers_in_subject"), ("old_filter", "old_rules")])
def test_copies_repeat_what_they_copy(voted: tuple[np.ndarray, np.ndarray], one: str, copy: str) -> None:
    first, second = (voted[0][:, NAMES.index(name)] for name in (one, copy))
    assert (first == second)[second != -1].mean() > 0.9


def test_before_the_first_tables_the_models_and_lists_abstain() -> None:
    rows = features(DAYS[0])
    empty = {name: table.clear() for name, table in tables(DAYS[0]).items()}
    votes = vote_matrix(rows, labeling.FUNCTIONS, empty)
    silent = {name for name, column in zip(NAMES, votes.T, strict=True) if (column == -1).all()}
    assert silent == {"blacklisted", "kin_of_blacklisted", "text_model", "shape_model", "raters"}


def test_the_documented_examples_run_and_the_table_names_each_kind() -> None:
    page = (Path(labeling.__file__).parents[2] / "docs" / "labeling.md").read_text(encoding="utf-8")
    examples = page.split("## Seven kinds")[1].split("```python")[1].split("```")[0]
    shared = {name: value for name, value in vars(labeling).items() if not isinstance(value, LabelingFunction)}
    exec(compile(examples, "docs/labeling.md", "exec"), shared)  # noqa: S102 - a page of this checkout
    written = [value for value in shared.values() if isinstance(value, LabelingFunction)]
    votes = vote_matrix(features(DAYS[0]), written, tables(DAYS[0]))
    assert [one.name for one in written] == ["offers", "presses", "blacklisted", "many_links", "old_filter", "text_model", "raters"]
    assert (votes != -1).any(axis=0).all()
    kinds = re.findall(r"^\| [a-z -]+ \| (`.*`.*) \| (`.*`) \|$", page, re.MULTILINE)
    assert len(kinds) == 7
    assert {name for _, named in kinds for name in re.findall(r"`(\w+)`", named)} <= set(NAMES)
