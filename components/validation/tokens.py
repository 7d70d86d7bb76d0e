"""Rules about the words of texts and the elements of lists: vocabulary, length, and how often single ones come."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from components.artifacts.schema_codes import Code
from components.artifacts.schema_columns import Column, TokenLimits, Tokens
from components.validation.breach import Breach, RowRule, Subject, Verdict

if TYPE_CHECKING:
    import polars as pl

FIX = "Compare with earlier spans: the language, the tokens or the column have changed; mend `tokens` in schema.yaml if they are right."


def tokens(subject: Subject) -> Iterator[Verdict]:
    """Check limits of tokens by rows (`token-count-out-of-bounds`, `token-share-out-of-bounds`), vocabulary and mean length by totals."""
    for name, column, figures in subject.filled():
        if column.tokens is None:
            continue
        listed = _tokens(name, column)
        for token, limits in sorted(column.tokens.limits.items()):
            yield from _limits(name, token, limits, listed, figures.count)
        if column.tokens.min_coverage or column.tokens.min_mean_length:
            yield from _totals(subject, name, column.tokens, listed)


def _limits(name: str, token: str, limits: TokenLimits, listed: pl.Expr, n_values: int) -> Iterator[RowRule]:
    import polars as pl

    n_token = listed.list.count_matches(token)
    least, most = limits.min_per_row, limits.max_per_row
    if least or most is not None:
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        outside = (n_token < least) | (pl.lit(value=False) if most is None else n_token > most)
        expected = f"{token!r} {bounds} times a row"
        yield RowRule((name,), outside, _more_than(0, n_values, "token-count-out-of-bounds", name, expected, "rows with another number"))
    if limits.max_share < 1:
        expected = f"{token!r} in at most {limits.max_share:.4g} of the rows"
        judge = _more_than(limits.max_share, n_values, "token-share-out-of-bounds", name, expected, "rows with it")
        yield RowRule((name,), n_token > 0, judge)
    if limits.min_share > 0:
        expected = f"{token!r} in at least {limits.min_share:.4g} of the rows"
        judge = _more_than(1 - limits.min_share, n_values, "token-share-out-of-bounds", name, expected, "rows without it")
        yield RowRule((name,), n_token == 0, judge)


def _totals(subject: Subject, name: str, rules: Tokens, listed: pl.Expr) -> Iterator[Breach | None]:
    """Judge the share of tokens in the vocabulary and their mean length, added up tile by tile."""
    import polars as pl

    tokens = listed.explode().drop_nulls()
    known = tokens.is_in(list(rules.vocabulary)).sum() if rules.vocabulary else pl.lit(0)
    wanted = {"n": tokens.len(), "known": known, "characters": tokens.str.len_chars().sum()}
    frames = (pl.DataFrame(tile.read([name])).select(**wanted) for tile in subject.examples.tiles())
    n, n_known, characters = pl.concat(frames).sum().row(0)
    if not n:
        return
    if rules.min_coverage:
        few = Breach(
            "coverage-too-low", name, "too many tokens are not in the vocabulary", f"at least {rules.min_coverage:.4g} of the tokens",
            f"{n_known / n:.4g} ({n_known} of {n})", FIX, about=name,
        )  # fmt: skip
        yield few if n_known / n < rules.min_coverage else None
    if rules.min_mean_length:
        short = Breach(
            "tokens-too-short", name, "tokens are shorter than usual", f"at least {rules.min_mean_length:g} characters on average",
            f"{characters / n:.3g}", FIX, about=name,
        )  # fmt: skip
        yield short if characters / n < rules.min_mean_length else None


def _tokens(name: str, column: Column) -> pl.Expr:
    import polars as pl

    value = pl.col(name)
    return value.str.extract_all(r"\S+") if column.type == "string" else value.cast(pl.List(pl.String))


def _more_than(share: float, n_values: int, code: Code, name: str, expected: str, got: str) -> Callable[[int], Breach | None]:
    """Return the judgement that more than a share of the rows with a value break a rule."""
    return functools.partial(
        _judged, share * n_values, Breach(code, name, "a token comes too often or too seldom", expected, got, FIX, name)
    )


def _judged(most: float, breach: Breach, count: int) -> Breach | None:
    return replace(breach, got=f"{count} {breach.got}") if count > most else None
