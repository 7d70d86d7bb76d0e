"""Evidence: the rows that break a rule counted over all tiles, and a few of them shown with their keys."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.examples import ROW_ID
from components.artifacts.findings import Finding, Severity, row_text
from components.artifacts.tiles import Tile
from components.runtime.resources import Engine
from components.validation.breach import Breach, RowRule, Subject, Verdict

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Outcome:
    """A breach, the rule about rows behind it (None: it is not about rows), how many rows break it, and examples."""

    breach: Breach
    severity: Severity
    rule: RowRule | None = None
    count: int | None = None
    examples: tuple[str, ...] = ()

    def finding(self) -> Finding:
        """Return what the report says of it."""
        one = self.breach
        return Finding(one.code, self.severity, one.where, one.message, one.expected, one.got, one.fix, self.count, self.examples)


@dataclass(frozen=True)
class _Seen:
    """How many rows of a part break a rule, and the first of them."""

    count: int
    examples: tuple[str, ...]


def outcomes(subject: Subject, verdicts: Sequence[Verdict], engine: Engine, example_rows: int) -> list[Outcome]:
    """Return the breaches among the verdicts; rules about rows are counted in one pass over the tiles, or over whole columns."""
    rules = [verdict for verdict in verdicts if isinstance(verdict, RowRule)]
    by_tile, whole = [rule for rule in rules if not rule.whole], [rule for rule in rules if rule.whole]
    seen = dict(zip(map(id, by_tile), _over_tiles(subject, by_tile, engine, example_rows), strict=True))
    seen |= {id(rule): _over_rows(subject, rule, example_rows) for rule in whole}
    found = []
    for verdict in verdicts:
        rule = verdict if isinstance(verdict, RowRule) else None
        evidence = seen[id(rule)] if rule else _Seen(0, ())
        breach = rule.judge(evidence.count) if rule else verdict
        if isinstance(breach, Breach):
            severity = breach.severity or subject.schema.severity_of(breach.code, breach.about)
            found.append(Outcome(breach, severity, rule, evidence.count if rule else None, evidence.examples))
    return found


def broken_rows(frame: pl.DataFrame, rules: Sequence[RowRule]) -> pl.DataFrame:
    """Return one column of true and false per rule, called by its place; a rule that is null for a row is not broken by it."""
    return frame.select(rule.broken.fill_null(value=False).alias(str(at)) for at, rule in enumerate(rules))


def _over_tiles(subject: Subject, rules: Sequence[RowRule], engine: Engine, example_rows: int) -> list[_Seen]:
    if not rules:
        return []
    look = functools.partial(_over_tile, key=_key(subject), rules=rules, example_rows=example_rows)
    parts = list(zip(*engine.map(look, subject.examples.tiles()), strict=True)) or [()] * len(rules)
    return [_Seen(sum(one.count for one in part), tuple(row for one in part for row in one.examples)[:example_rows]) for part in parts]


def _over_tile(tile: Tile, key: Sequence[str], rules: Sequence[RowRule], example_rows: int) -> list[_Seen]:
    import polars as pl

    frame = pl.DataFrame(tile.read(list(dict.fromkeys([*key, *(name for rule in rules for name in rule.columns)]))))
    return _seen(frame, key, rules, example_rows)


def _over_rows(subject: Subject, rule: RowRule, example_rows: int) -> _Seen:
    """Count a rule that judges rows beside each other; rows are fetched again with their keys only where it is broken."""
    count = int(broken_rows(subject.examples.to_polars(list(rule.columns)), [rule]).to_series().sum())
    if not count:
        return _Seen(0, ())
    key = _key(subject)
    return _seen(subject.examples.to_polars(list(dict.fromkeys([*key, *rule.columns]))), key, [rule], example_rows)[0]


def _seen(frame: pl.DataFrame, key: Sequence[str], rules: Sequence[RowRule], example_rows: int) -> list[_Seen]:
    masks = broken_rows(frame, rules)
    found = []
    for mask, rule in zip(masks, rules, strict=True):
        count = int(mask.sum())
        shown = frame.select(list(dict.fromkeys([*key, *rule.columns]))).filter(mask).head(example_rows) if count else None
        found.append(_Seen(count, tuple(row_text(row) for row in shown.iter_rows(named=True)) if shown is not None else ()))
    return found


def _key(subject: Subject) -> list[str]:
    present = subject.examples.schema.names
    return [name for name in subject.schema.key if name in present] or [ROW_ID]
