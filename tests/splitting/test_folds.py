"""Folds walk forward: ordered, a gap apart, and never more than the history allows."""

from hypothesis import given
from hypothesis import strategies as st

from components.splitting.folds import walk_forward

SMALL = st.integers(0, 6)


@given(n=st.integers(0, 30), folds=st.integers(1, 5), validation=SMALL, gap=SMALL)
def test_each_fold_validates_later_than_it_trains_and_the_gap_is_on_neither_side(n: int, folds: int, validation: int, gap: int) -> None:
    keys = [f"{i:02}" for i in range(n)]
    found = walk_forward(keys, folds=folds, validation=validation, gap=gap)
    assert len(found) <= folds
    for fold in found:
        assert fold.train
        assert len(fold.validation) == validation
        between = keys[keys.index(fold.train[-1]) + 1 : keys.index(fold.validation[0])]
        assert (list(fold.train), len(between)) == (keys[: len(fold.train)], gap)
    validated = [key for fold in found for key in fold.validation]
    assert validated == keys[n - len(validated) :]


def test_a_history_that_is_too_short_has_fewer_folds() -> None:
    assert len(walk_forward("abcde", folds=3, validation=2)) == 2
    assert walk_forward("ab", folds=3, validation=2) == ()
