"""Rows that stand apart: the same keys whatever the other rows, and no group on both sides."""

import numpy as np
import polars as pl
import pytest

from components.runtime.errors import DefinitionError
from components.splitting.component import HoldOut, SplitConfig, split_by_time
from components.splitting.holdout import hash_share, held_out, purged
from tests.windows import days, features, outcomes, window_of

TAILS = pl.DataFrame({"tail": [f"N{i}" for i in range(4000)]}).with_columns(row_id=pl.int_range(4000).cast(pl.String).cast(pl.Binary))


def test_the_share_of_a_key_depends_on_key_and_salt_alone_and_is_uniform() -> None:
    share = hash_share(TAILS, ["tail"], "2013")
    shuffled = TAILS.sample(fraction=1.0, shuffle=True, seed=1)
    assert dict(zip(TAILS["tail"], share, strict=True)) == dict(zip(shuffled["tail"], hash_share(shuffled, ["tail"], "2013"), strict=True))
    assert not np.array_equal(share, hash_share(TAILS, ["tail"], "2014"))
    assert np.abs(np.histogram(share, bins=10, range=(0, 1))[0] - 400).max() < 100  # five deviations of a binomial
    assert (share.min() >= 0, share.max() < 1) == (True, True)


def test_keys_that_are_held_out_stay_so_when_the_share_grows_or_rows_go() -> None:
    few, more = set(held_out(TAILS, ["tail"], 0.1, "")), set(held_out(TAILS, ["tail"], 0.3, ""))
    assert few < more
    assert set(held_out(TAILS.head(1000), ["tail"], 0.3, "")) == more & set(TAILS.head(1000)["row_id"].bin.encode("hex"))


def test_a_group_of_the_test_part_is_purged_from_training_and_a_null_is_no_group() -> None:
    before = pl.DataFrame({"row_id": [b"1", b"2", b"3"], "tail": ["N1", "N2", None]})
    assert purged(before, pl.DataFrame({"tail": ["N2", None, "N9"]}), "tail") == [b"2".hex()]


def test_a_split_holds_out_rows_before_the_cut_only() -> None:
    spans = days(8)
    windows = window_of(spans, lambda span: features(span, 6)), window_of(spans, lambda span: outcomes(span, 6))
    config = SplitConfig(1, 2, 1, purge="carrier", hold_out=HoldOut(("hour",), 0.5, "x"))
    found = split_by_time(*windows, spans[-1].end, spans[4].end, config=config)
    rows = pl.concat([value.to_polars() for _, value in windows[0].present()])
    chosen = rows.with_columns(share=pl.Series(hash_share(rows, ["hour"], "x"))).filter(
        (pl.col("event_time") < spans[4].end) & (pl.col("carrier").is_not_null() | (pl.col("share") < 0.5))
    )
    assert list(found.held_out) == sorted(chosen["row_id"].bin.encode("hex"))


def test_a_column_that_is_no_feature_is_refused_with_the_nearest() -> None:
    with pytest.raises(DefinitionError, match="Nearest valid name: 'tail'"):
        held_out(TAILS, ["tial"], 0.1, "")
