"""Feature skew: the same rows as training computed them and as serving did, joined by key, feature by feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.feature_skew import FeatureMismatch, FeatureSkew
from components.artifacts.features import Features
from components.artifacts.findings import MAX_EXAMPLES, Finding, Findings
from components.monitoring.transforms import numeric_transform, text_transform
from components.runtime.component import component
from components.runtime.errors import ConfigError, nearest

if TYPE_CHECKING:
    import polars as pl

TOLD_PAIRS = 10_000
"""Pairs that differ, the first of a feature, from which its transform is told."""


@dataclass(frozen=True)
class SkewConfig:
    """How rows meet and what counts as different.

    Attributes
    ----------
    key : columns that identify a row on both sides; the row's own identity by default.
    tolerance : relative difference of two numbers (absolute below 1) up to which they are equal: 32-bit floats keep seven digits.
    rate : the share of pairs from which a mismatch is a finding.
    """

    key: tuple[str, ...] = (ROW_ID,)
    tolerance: float = 1e-6
    rate: float = 0.001


class ComparedFeatures(NamedTuple):
    """Every feature's mismatches, and findings of those that matter."""

    skew: FeatureSkew
    findings: Findings


@component
def compare_features(training: Features, serving: Examples, *, config: SkewConfig = SkewConfig()) -> ComparedFeatures:
    """Return how often each feature that both sides have differs on the rows that both have, and what was probably done to it.

    Two nulls (or NaN) are equal, a null and a value are not. Without a common row the state is "no-baseline", which is no pass.

    Raises
    ------
    ConfigError
        If a side lacks a column of the key.
    """
    import polars as pl

    ours, theirs = training.to_polars(), serving.to_polars()
    for side in (ours, theirs):
        for name in config.key:
            if name not in side.columns:
                raise ConfigError("a side has no such column", key="key", got=repr(name), nearest=nearest(name, side.columns))
    key = list(config.key)
    once = [side.filter(pl.struct(key).is_unique()) for side in (ours, theirs)]
    names = [name for name in ours.columns if name in theirs.columns and name not in {*key, ROW_ID, EVENT_TIME}]
    joined = once[0].join(once[1].select(*key, *names), on=key, how="inner", suffix=" served", maintain_order="left")
    lone = [once[side].join(once[1 - side], on=key, how="anti").height for side in (0, 1)]
    ambiguous = sum(side.height - single.height for side, single in zip((ours, theirs), once, strict=True))
    mismatches = tuple(_mismatch(name, joined[name], joined[f"{name} served"], config) for name in names)
    skew = FeatureSkew(mismatches, joined.height, lone[0], lone[1], ambiguous)
    found = [_finding(one) for one in mismatches if one.rate > config.rate]
    return ComparedFeatures(skew, Findings.of(found, checked=len(names), state="checked" if joined.height else "no-baseline"))


def _mismatch(name: str, ours: pl.Series, theirs: pl.Series, config: SkewConfig) -> FeatureMismatch:
    """Return the mismatches of one feature; columns of two types that are not both numbers are compared as texts."""
    import polars as pl

    if ours.dtype.is_numeric() and theirs.dtype.is_numeric():
        ours, theirs = (side.cast(pl.Float64).fill_nan(None) for side in (ours, theirs))
        scale = pl.DataFrame({"a": ours.abs(), "b": theirs.abs()}).max_horizontal().clip(lower_bound=1.0)
        unequal = ((ours - theirs).abs() > config.tolerance * scale).fill_null(value=False)
    else:
        ours, theirs = (side.cast(pl.String) for side in (ours, theirs))
        unequal = (ours != theirs).fill_null(value=False)
    half = ours.is_null() != theirs.is_null()
    changed = pl.DataFrame({"a": ours.filter(unequal), "b": theirs.filter(unequal)}).head(TOLD_PAIRS)
    either = pl.DataFrame({"a": ours.filter(unequal | half), "b": theirs.filter(unequal | half)}).head(MAX_EXAMPLES)
    told = (
        numeric_transform(changed["a"].to_numpy(), changed["b"].to_numpy())
        if ours.dtype.is_numeric()
        else text_transform(changed["a"].to_list(), changed["b"].to_list())
    )
    return FeatureMismatch(
        name, len(ours), int((unequal | half).sum()), int((half & ours.is_null()).sum()), int((half & theirs.is_null()).sum()), told,
        tuple(f"{a} in training, {b} in serving" for a, b in either.rows()),
    )  # fmt: skip


def _finding(one: FeatureMismatch) -> Finding:
    nulls = _nulls(one)
    suspected = f"; suspected: {one.transform}" if one.transform else ""
    return Finding(
        "skew-feature",
        "warn",
        one.feature,
        f"serving has other values than training for the same rows{suspected}{nulls}",
        "equal values",
        f"{one.rate:.1%} of {one.n_compared} rows differ",
        "compute the feature by one code in training and in serving",
        one.n_different,
        one.examples,
    )


def _nulls(one: FeatureMismatch) -> str:
    sides: Sequence[tuple[int, str]] = ((one.n_null_in_training, "training"), (one.n_null_in_serving, "serving"))
    return "".join(f"; {number} missing in {side} only" for number, side in sides if number)
