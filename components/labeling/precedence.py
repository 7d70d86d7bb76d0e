"""Which source of truth a label comes from: outcomes, feedback, raters or the label model, in a declared order; the others stay beside it."""

from typing import TYPE_CHECKING, Literal

from components.artifacts.feedback import Feedback
from components.artifacts.labels import SHARES
from components.artifacts.rated_items import RatedItems
from components.runtime.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

Source = Literal["outcome", "feedback", "raters", "label_model"]

PRECEDENCE: tuple[Source, ...] = ("outcome", "feedback", "raters", "label_model")
"""What was recorded or happened later, then what people say, then what rules say."""

COLUMNS = ("row_id", "event_time", "span", "outcome", "fed_back", "rated", "n_raters", "voted", "label", "source")


def with_feedback(rows: "pl.DataFrame", feedback: Feedback | None) -> "pl.DataFrame":
    """Return the rows with ``fed_back``, the class that later events said, null where they may still come."""
    import polars as pl

    if feedback is None:
        return rows.with_columns(fed_back=pl.lit(None, pl.Int8))
    return rows.join(feedback.rows.select("row_id", fed_back="outcome"), on="row_id", how="left", maintain_order="left")


def with_ratings(rows: "pl.DataFrame", rated: RatedItems | None) -> "pl.DataFrame":
    """Return the rows with ``rated``, null where nobody rated, in the form of ``voted`` (a number of class 1, or a list), and ``n_raters``."""
    import polars as pl

    form = rows.schema["voted"]
    if rated is None:
        return rows.with_columns(rated=pl.lit(None, form), n_raters=pl.lit(0, pl.Int64))
    said = rated.rows.select("row_id", pl.col("rated") if isinstance(form, pl.List) else pl.col("rated").list.get(1), "n_raters")
    return rows.join(said, on="row_id", how="left", maintain_order="left").with_columns(pl.col("n_raters").fill_null(0))


def with_maturity(rows: "pl.DataFrame", known: "pl.DataFrame", *, row_by_row: bool) -> "pl.DataFrame":
    """Return the rows of a span whose outcomes are known, those without one as ``mature``: they never will have it.

    With ``row_by_row`` only a row of which something is known is mature, if only that it has no outcome.
    """
    import polars as pl

    heard = pl.col("row_id").is_in(known["row_id"].implode()) if row_by_row else pl.lit(value=True)
    return rows.with_columns(mature=heard)


def resolve(rows: "pl.DataFrame", precedence: tuple[Source, ...]) -> "pl.DataFrame":
    """Return the rows with ``label`` and ``source``: those of the first source of ``precedence`` that speaks.

    Of probabilities of many classes (lists) the label is the most probable class, and `SHARES` the probabilities.
    The label model is silent in a span whose outcomes are known: what has none by then will never have one. Where no source speaks the label
    is null and ``source`` says why: ``no-outcome`` or ``uncovered``.

    Parameters
    ----------
    rows
        With ``outcome``, ``fed_back``, ``rated`` and ``voted`` (null: says nothing) and ``mature``, whether the span's outcomes are known.

    Raises
    ------
    ConfigError
        If a source stands twice in the precedence, or is none.

    Examples
    --------
    >>> import polars as pl
    >>> said = {"outcome": [1, None, None], "rated": [0.2, 0.9, None], "voted": [0.5, 0.5, 0.5], "mature": [True, False, False]}
    >>> rows = pl.DataFrame({"row_id": [b"a", b"b", b"c"], "event_time": 0, "span": "", "n_raters": 0, "fed_back": None} | said, strict=False)
    >>> resolve(rows, PRECEDENCE).select("label", "source").rows()
    [(1.0, 'outcome'), (0.9, 'raters'), (0.5, 'label_model')]
    >>> resolve(rows, ("raters", "outcome"))["label"].to_list()
    [0.2, 0.9, None]

    """
    import polars as pl

    speaks = {
        "outcome": pl.col("outcome"),
        "feedback": pl.col("fed_back"),
        "raters": _number(rows, "rated"),
        "label_model": pl.when(~pl.col("mature")).then(_number(rows, "voted")),
    }
    if len(set(precedence)) < len(precedence) or not set(precedence) <= set(speaks):
        raise ConfigError("the precedence names each source once", expected=", ".join(speaks), got=", ".join(precedence))
    label = pl.coalesce(pl.lit(None, pl.Float64), *(speaks[one].cast(pl.Float64) for one in precedence))
    names = (pl.when(speaks[one].is_not_null()).then(pl.lit(one)) for one in precedence)
    silent = pl.when("mature").then(pl.lit("no-outcome")).otherwise(pl.lit("uncovered"))
    found = rows.with_columns(label=label, source=pl.coalesce(*names, silent))
    if not isinstance(rows.schema["voted"], pl.List):
        return found.select(COLUMNS)
    shares = pl.when(pl.col("source") == "raters").then("rated").when(pl.col("source") == "label_model").then("voted")
    return found.select(*COLUMNS, shares.alias(SHARES))


def _number(rows: "pl.DataFrame", name: str) -> "pl.Expr":
    """Return the column, of lists of probabilities the most probable class."""
    import polars as pl

    return pl.col(name).list.arg_max() if isinstance(rows.schema[name], pl.List) else pl.col(name)
