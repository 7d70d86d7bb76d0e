"""The same rows in training and in serving."""

import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.monitoring.feature_skew import SkewConfig, compare_features
from components.runtime.errors import ConfigError
from tests.windows import _table, days, rows

TRAINING = rows(days(1)[0], 200).drop("outcome")


def compared(serving: pl.DataFrame, config: SkewConfig = SkewConfig(), training: pl.DataFrame = TRAINING):  # noqa: B008 - plain values
    return compare_features(Features.from_arrow(_table(training)), Examples.from_arrow(_table(serving)), config=config)


def test_equal_rows_have_no_skew_whatever_their_order_and_precision() -> None:
    found = compared(TRAINING.reverse().with_columns(pl.col("score").cast(pl.Float32).cast(pl.Float64)))
    assert (found.skew.n_joined, found.skew.n_only_training, found.skew.n_only_serving) == (200, 0, 0)
    assert found.findings.findings == ()
    assert found.findings.state == "checked"


def test_a_changed_unit_is_told_with_its_rate() -> None:
    found = compared(TRAINING.with_columns(score=pl.col("score") * 1000))
    (finding,) = found.findings.findings
    assert (finding.code, finding.where, finding.count) == ("skew-feature", "score", 200)
    assert "suspected: a unit a thousand times smaller" in finding.message
    assert [one.rate for one in found.skew.features] == [0.0, 0.0, 1.0]


def test_nulls_of_one_side_count_and_are_named() -> None:
    found = compared(TRAINING.with_columns(carrier=pl.lit(None, pl.String)))
    (one,) = [one for one in found.skew.features if one.feature == "carrier"]
    assert (one.n_different, one.n_null_in_serving) == (134, 134)
    assert "134 missing in serving only" in found.findings.findings[0].message


def test_rows_of_one_side_and_keys_that_come_twice_are_counted() -> None:
    found = compared(pl.concat([TRAINING.head(150), TRAINING.head(1)])).skew
    assert (found.n_joined, found.n_only_training, found.n_only_serving, found.n_ambiguous) == (149, 51, 0, 2)


def test_without_common_rows_nothing_is_judged() -> None:
    assert compared(rows(days(2)[1], 50).drop("outcome")).findings.state == "no-baseline"


def test_a_key_may_be_columns_and_a_wrong_one_is_named() -> None:
    assert compared(TRAINING, SkewConfig(key=("hour",))).skew.n_joined == 200
    with pytest.raises(ConfigError, match="Nearest valid name: 'hour'"):
        compared(TRAINING, SkewConfig(key=("hours",)))
