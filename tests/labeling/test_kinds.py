"""Each kind of labeling function, with its builder, on text, numbers, categories and times, in two classes and in three."""

from datetime import UTC, datetime

import polars as pl
import pytest

from components.labeling.functions import Rows, labeling_function, prepared
from components.labeling.kinds import called, crowd, decided, keywords, listed, pattern, query, scored, vote_if
from components.labeling.search import search
from components.labeling.voting import vote_matrix
from components.runtime.errors import DataError, DefinitionError

HAM, SPAM, UNSURE = 0, 1, 2
ROWS = pl.DataFrame(
    {
        "id": ["m1", "m2", "m3", "m4"],
        "text": ["Win FREE money", "lunch at 12?", "nowhere $100", None],
        "links": [9, 0, 2, None],
        "domain": ["bad.com", "work.org", "new.net", None],
        "filter": ["junk", "ok", "maybe", None],
        "at": [datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (3, 12, 23, 4)],
    }
)
TABLES = {
    "blacklist": pl.DataFrame({"domain": ["bad.com", "new.net"], "hits": [9, 1]}),
    "said": pl.DataFrame({"id": ["m1", "m1", "m1", "m2", "m2", "m3"], "worker": list("xyzxyx"), "label": [1, 1, 0, 0, 1, -1]}),
}
THREE = (HAM, SPAM, UNSURE)


@labeling_function
def free_money() -> pl.Expr:
    return keywords(SPAM, ["free", "prize"], ["text"])


@labeling_function
def inside_words() -> pl.Expr:
    return keywords(HAM, ["NOW", "lunch"], ["text"], whole=False)


@labeling_function
def dollars() -> pl.Expr:
    return pattern(SPAM, r"\$\d+", "text")


@labeling_function
def searched() -> pl.Expr:
    return vote_if(SPAM, search("free AND (money OR prize) NOT lunch", ["text"]))


@labeling_function
def at_night() -> pl.Expr:
    return vote_if(SPAM, pl.col("at").dt.hour().is_between(0, 5), otherwise=HAM)


@labeling_function(tables=("blacklist",))
def blacklisted(rows: Rows) -> pl.Expr:
    return listed(rows, SPAM, "domain", "blacklist", "domain")


@labeling_function(tables=("blacklist",), columns=("domain",))
def blacklisted_often(rows: Rows) -> pl.Series:
    return query(rows, "SELECT row, 1 AS vote FROM features JOIN blacklist USING (domain) WHERE hits > 5")


@labeling_function(classes=THREE)
def old_filter() -> pl.Expr:
    return decided("filter", {"junk": SPAM, "ok": HAM, "maybe": UNSURE})


def too_many(links: list[int | None]) -> list[int | None]:
    return [None if one is None else SPAM if one > 5 else HAM for one in links]


@labeling_function(columns=("links",))
def old_callable(rows: Rows) -> pl.Series:
    return called(rows, too_many, "links")


@prepared(columns=("text",))
def shouting(rows: Rows) -> pl.Series:
    return pl.Series([None if text is None else sum(map(str.isupper, text)) / len(text) for text in rows.frame["text"]])


@labeling_function(uses=(shouting,))
def shouts() -> pl.Expr:
    return scored("shouting", SPAM, 0.3, below=0.0, otherwise=HAM)


@labeling_function(tables=("said",), columns=("id",))
def workers(rows: Rows) -> pl.Series:
    return crowd(rows, "said", "id", "label", minimum=2)


@labeling_function(tables=("said",), columns=("id",))
def worker_x(rows: Rows) -> pl.Series:
    return crowd(rows, "said", "id", "label", only=["x"])


@pytest.mark.parametrize(
    ("function", "votes"),
    [
        (free_money, [1, -1, -1, -1]),
        (inside_words, [-1, 0, 0, -1]),
        (dollars, [-1, -1, 1, -1]),
        (searched, [1, -1, -1, -1]),
        (at_night, [1, 0, 0, 1]),
        (blacklisted, [1, -1, 1, -1]),
        (blacklisted_often, [1, -1, -1, -1]),
        (old_filter, [1, 0, 2, -1]),
        (old_callable, [1, 0, 0, -1]),
        (shouts, [1, 0, 0, -1]),
        (workers, [1, -1, -1, -1]),
        (worker_x, [1, 0, -1, -1]),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_each_kind_votes(function, votes: list[int]) -> None:
    assert function.vote(ROWS, TABLES).tolist() == votes


def test_all_kinds_vote_side_by_side() -> None:
    every = (free_money, blacklisted, old_filter, shouts, workers, old_callable)
    assert vote_matrix(ROWS, every, TABLES)[:, 1].tolist() == blacklisted.vote(ROWS, TABLES).tolist()


def test_no_rows_give_no_votes() -> None:
    every = (free_money, inside_words, searched, blacklisted, blacklisted_often, old_filter, old_callable, workers)
    assert vote_matrix(ROWS.clear(), every, TABLES).shape == (0, len(every))


def test_a_lookup_table_that_is_not_there_is_named() -> None:
    with pytest.raises(DefinitionError, match=r"no lookup table 'blacklist'.*Nearest valid name: 'blacklists'"):
        blacklisted.vote(ROWS, {"blacklists": TABLES["blacklist"]})


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT row, hits FROM features JOIN blacklist USING (domain)", "this one gives row, hits"),
        ("SELECT row, 1 AS vote FROM features CROSS JOIN blacklist", "gives a row twice"),
    ],
)
def test_a_query_gives_one_vote_a_row(sql: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        query(Rows(ROWS, TABLES), sql)
