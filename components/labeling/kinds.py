"""The seven kinds of labeling functions, a short builder each: what a decorated function returns.

Pattern matching is `keywords` and `pattern`, boolean search `search` in `vote_if`, database lookup `listed` and `query`, heuristics
`vote_if`, a legacy system `decided` and `called`, a third-party model `scored`, crowd labels `crowd`. docs/labeling.md shows each.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from components.artifacts.votes import ABSTAIN
from components.labeling.functions import Rows
from components.runtime.errors import DataError

if TYPE_CHECKING:
    import polars as pl


def vote_if(vote: int, condition: "pl.Expr", otherwise: int | None = None) -> "pl.Expr":
    """Return ``vote`` where the condition holds, ``otherwise`` where it does not; a null condition abstains.

    >>> import polars as pl
    >>> pl.DataFrame({"n": [1, 9, None]}).select(vote_if(1, pl.col("n") > 5, otherwise=0)).to_series().to_list()
    [0, 1, None]
    """
    import polars as pl

    votes = pl.when(condition).then(pl.lit(vote, pl.Int8))
    return votes if otherwise is None else votes.when(~condition).then(pl.lit(otherwise, pl.Int8))


def keywords(vote: int, words: Collection[str], columns: Sequence[str], *, whole: bool = True) -> "pl.Expr":
    """Return ``vote`` where a word or phrase stands in one of the text columns, whatever its case; as a part of words too if not ``whole``.

    >>> import polars as pl
    >>> texts = pl.DataFrame({"text": ["Act NOW", "nowhere", None]})
    >>> texts.select(keywords(1, ["now"], ["text"])).to_series().to_list()
    [1, None, None]
    """
    import polars as pl

    any_word = "|".join(re.escape(word) for word in sorted(words))
    found = [
        pl.col(name).str.contains(rf"(?i)\b(?:{any_word})\b") if whole else pl.col(name).str.contains_any(sorted(words), ascii_case_insensitive=True)
        for name in columns
    ]  # fmt: skip
    return vote_if(vote, pl.any_horizontal(found))


def pattern(vote: int, regex: str, column: str) -> "pl.Expr":
    r"""Return ``vote`` where a regular expression (Rust's syntax, linear in the text's length) is found in a text column.

    >>> import polars as pl
    >>> pl.DataFrame({"text": ["win $500", "500 rows"]}).select(pattern(1, r"\$\d+", "text")).to_series().to_list()
    [1, None]
    """
    import polars as pl

    return vote_if(vote, pl.col(column).str.contains(regex))


def listed(rows: Rows, vote: int, column: str, table: str, key: str, otherwise: int | None = None) -> "pl.Expr":
    """Return ``vote`` where a column's value stands in the ``key`` column of a lookup table; null values abstain.

    >>> import polars as pl
    >>> rows = Rows(pl.DataFrame({"domain": ["a.com", "b.org"]}), {"blacklist": pl.DataFrame({"domain": ["a.com"]})})
    >>> rows.frame.select(listed(rows, 1, "domain", "blacklist", "domain")).to_series().to_list()
    [1, None]
    """
    import polars as pl

    return vote_if(vote, pl.col(column).is_in(rows.table(table)[key].drop_nulls().unique().to_list()), otherwise)


def query(rows: Rows, sql: str) -> "pl.Series":
    """Return the votes of a SQL query over ``features``, which has a column ``row``, and the lookup tables by name.

    It returns ``row`` and ``vote``; a row that it does not return abstains.

    Raises
    ------
    DataError
        If it gives a row twice, or other columns.

    Examples
    --------
    >>> import polars as pl
    >>> rows = Rows(pl.DataFrame({"domain": ["a.com", "b.org"]}), {"blacklist": pl.DataFrame({"domain": ["a.com"], "hits": [7]})})
    >>> query(rows, "SELECT row, 1 AS vote FROM features JOIN blacklist USING (domain) WHERE hits > 5").to_list()
    [1, None]

    """
    import polars as pl

    tables = {"features": rows.frame.with_row_index("row"), **rows.tables}
    found = pl.SQLContext(tables, eager=True).execute(sql)
    if sorted(found.columns) != ["row", "vote"]:
        raise DataError(f"a query of votes gives row and vote, this one gives {', '.join(found.columns)}")
    if found["row"].is_duplicated().any():
        raise DataError("a query of votes gives a row twice", fix="aggregate: SELECT row, MAX(vote) AS vote … GROUP BY row")
    indices = pl.DataFrame({"row": range(rows.frame.height)}, schema={"row": found.schema["row"]})
    return indices.join(found, on="row", how="left", maintain_order="left")["vote"]


def decided(column: str, classes: Mapping[str, int]) -> "pl.Expr":
    """Return the classes that an existing system's decisions stand for; other decisions and null abstain.

    >>> import polars as pl
    >>> pl.DataFrame({"old": ["junk", "ok", "maybe"]}).select(decided("old", {"junk": 1, "ok": 0})).to_series().to_list()
    [1, 0, None]
    """
    import polars as pl

    return pl.col(column).replace_strict(dict(classes), default=None, return_dtype=pl.Int8)


def called(rows: Rows, decide: Callable[..., Sequence[int | None]], *columns: str) -> "pl.Series":
    """Return what an existing callable decides of whole columns, given to it as lists: a class, -1 or None a row.

    >>> import polars as pl
    >>> rows = Rows(pl.DataFrame({"size": [10, 900]}))
    >>> called(rows, lambda sizes: [1 if size > 100 else None for size in sizes], "size").to_list()
    [None, 1]
    """
    import polars as pl

    return pl.Series("vote", list(decide(*(rows.frame[name].to_list() for name in columns))), dtype=pl.Int64)


def scored(column: str, vote: int, above: float, *, below: float | None = None, otherwise: int | None = None) -> "pl.Expr":
    """Return ``vote`` where a model's score reaches ``above``, ``otherwise`` where it is at most ``below``; between them it abstains.

    The score is best a prepared column: it is computed once, and another threshold does not compute it again. NaN and null abstain.

    >>> import polars as pl
    >>> scores = pl.DataFrame({"score": [0.9, 0.5, 0.1]})
    >>> scores.select(scored("score", 1, 0.8, below=0.2, otherwise=0)).to_series().to_list()
    [1, None, 0]
    """
    import polars as pl

    score = pl.col(column).fill_nan(None)
    votes = pl.when(score >= above).then(pl.lit(vote, pl.Int8))
    return votes if below is None else votes.when(score <= below).then(pl.lit(otherwise, pl.Int8))


def crowd(
    rows: Rows, table: str, item: str, label: str, *, worker: str = "worker", only: Collection[str] | None = None, minimum: int = 1
) -> "pl.Series":
    """Return the class that most workers gave an item; a tie, or fewer than ``minimum`` workers, abstains.

    Parameters
    ----------
    table
        The lookup table of worker votes: columns ``item``, ``worker`` and ``label`` (class, -1 or null for none).
    item
        The column that names the item, in the table and in the rows.
    only
        The workers to listen to: with one name, that worker is a function of its own.

    Examples
    --------
    >>> import polars as pl
    >>> said = pl.DataFrame({"id": ["a", "a", "a", "b"], "worker": ["x", "y", "z", "x"], "label": [1, 1, 0, 0]})
    >>> crowd(Rows(pl.DataFrame({"id": ["a", "b", "c"]}), {"said": said}), "said", "id", "label", minimum=2).to_list()
    [1, None, None]

    """
    import polars as pl

    said = rows.table(table).filter(pl.col(label).is_not_null() & (pl.col(label) != ABSTAIN))
    if only is not None:
        said = said.filter(pl.col(worker).is_in(sorted(only)))
    counts = said.group_by(item, label).agg(votes=pl.len())
    most = counts.filter(pl.col("votes") == pl.col("votes").max().over(item))
    total = counts.group_by(item).agg(total=pl.col("votes").sum())
    clear = most.filter(pl.len().over(item) == 1).join(total, on=item).filter(pl.col("total") >= minimum)
    return rows.frame.select(item).join(clear, on=item, how="left", maintain_order="left")[label]
