"""Boolean search: words, phrases, columns and operators, against the same in plain Python."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.labeling.search import search
from components.runtime.errors import DefinitionError

MAILS = pl.DataFrame(
    {
        "subject": ["Free money", "Team lunch", "RE: (urgent) prizes", None, "freedom"],
        "body": ["win NOW", "the lunch is free", "call me", None, "AND so on"],
    }
)
WORDS = ("free", "win", "call")


def found(query: str) -> list[int]:
    kept = MAILS.select(search(query, ["subject", "body"])).to_series()
    return [row for row, hit in enumerate(kept) if hit]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("free", [0, 1]),
        ("subject:free", [0]),
        ("free*", [0, 1, 4]),
        ('"free money"', [0]),
        ("free lunch", [1]),
        ("free AND NOT lunch", [0]),
        ("win OR lunch AND free", [0, 1]),
        ("(win OR lunch) free", [0, 1]),
        ("NOT (win OR lunch)", [2, 3, 4]),
        ("prize*", [2]),
        ('"AND"', [4]),
        ("NOT NOT win", [0]),
    ],
)
def test_a_query_finds_its_rows(query: str, rows: list[int]) -> None:
    assert found(query) == rows


@pytest.mark.parametrize("query", ["", "(free", "free)", "free OR", "AND free", "NOT", '"open', "()"])
def test_a_query_that_cannot_be_read_says_where(query: str) -> None:
    with pytest.raises(DefinitionError):
        search(query, ["body"])


queries = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.one_of(
        inner.map(lambda one: f"NOT ({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) AND ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) OR ({two[1]})"),
    ),
    max_leaves=6,
)


@settings(max_examples=40)
@given(queries)
def test_operators_mean_what_they_mean_in_python(query: str) -> None:
    expected = []
    for row, (subject, body) in enumerate(MAILS.iter_rows()):
        words = {word.strip("(),:").lower() for word in f"{subject or ''} {body or ''}".split()}
        hits = {name: name in words for name in WORDS}
        if eval(query.replace("AND", "and").replace("OR", "or").replace("NOT", "not"), {}, hits):  # noqa: S307 - the query is made here
            expected.append(row)
    assert found(query) == expected
