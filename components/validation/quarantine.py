"""Which rows of a span are set aside, and why."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.artifacts.findings import Finding
from components.artifacts.tiles import Tile
from components.runtime.resources import Engine
from components.validation.breach import RowRule, Subject
from components.validation.evidence import Outcome, broken_rows

if TYPE_CHECKING:
    import polars as pl


def reasons(subject: Subject, found: Sequence[Outcome], engine: Engine) -> pl.Series | None:
    """Return per row the codes and places of what sets it aside (`value-unseen carrier`), "" where nothing does; None if nothing is."""
    import polars as pl

    aside = [(one.rule, f"{one.breach.code} {one.breach.where}") for one in found if one.rule and one.severity == "quarantine"]
    if not aside:
        return None
    by_tile = [rule for rule, _ in aside if not rule.whole]
    masks: dict[str, pl.Series] = {}
    if by_tile:
        names = list(dict.fromkeys(name for rule in by_tile for name in rule.columns))
        parts = engine.map(functools.partial(_broken, names=names, rules=by_tile), subject.examples.tiles())
        masks |= {str(id(rule)): mask for rule, mask in zip(by_tile, pl.concat(parts), strict=True)}
    for rule, _ in aside:
        if rule.whole:
            masks[str(id(rule))] = broken_rows(subject.examples.to_polars(list(rule.columns)), [rule]).to_series()
    said = [pl.when(pl.col(str(id(rule)))).then(pl.lit(label)) for rule, label in aside]
    return pl.DataFrame(masks).select(reasons=pl.concat_str(said, separator=", ", ignore_nulls=True)).to_series()


def too_many(subject: Subject, found: Sequence[Outcome], engine: Engine) -> Finding | None:
    """Return the finding that more of the span's rows are set aside than the schema allows."""
    said = reasons(subject, found, engine)
    most, n_rows = subject.schema.quarantine.max_share, subject.examples.n_rows
    n_aside = int((said != "").sum()) if said is not None else 0
    if not n_aside or n_aside <= most * n_rows:
        return None
    fix = "So many bad rows are no stray ones: mend the source, or raise quarantine.max_share in schema.yaml."
    severity = subject.schema.severity_of("too-many-quarantined")
    message, got = "too many rows would be set aside", f"{n_aside} of {n_rows} rows"
    return Finding("too-many-quarantined", severity, "rows", message, f"at most {most:.4g} of the rows", got, fix, n_aside)


def _broken(tile: Tile, names: Sequence[str], rules: Sequence[RowRule]) -> pl.DataFrame:
    import polars as pl

    return broken_rows(pl.DataFrame(tile.read(list(names))), rules)
