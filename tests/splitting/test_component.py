"""The split by time: disjoint, complete, ordered, and nothing without an outcome in a part that uses outcomes."""

from datetime import timedelta

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.split import PARTS, Split
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.spans import Span
from components.runtime.window import Window
from components.splitting.component import SplitConfig, split_by_time
from tests.windows import days, features, outcomes, window_of

FEATURES, OUTCOMES = features(days(1)[0], n=3), outcomes(days(1)[0], n=3)


def split(
    spans: list[Span],
    cut: int,
    config: SplitConfig,
    *,
    immature: tuple[int, ...] = (),
    missing: tuple[int, ...] = (),
) -> Split:
    """Return the split of spans of three rows each, cut after the first ``cut`` of them; positions say which lack what."""
    featured: Window[Features] = window_of(spans, lambda _: FEATURES, [spans[i] for i in missing])
    known: Window[Examples] = window_of(spans, lambda _: OUTCOMES, [spans[i] for i in immature])
    as_of = spans[-1].end + timedelta(hours=1)
    return split_by_time(featured, known, as_of, spans[cut - 1].end, config=config)


@settings(max_examples=80)
@given(st.data())
def test_parts_are_disjoint_complete_ordered_and_mature(data: st.DataObject) -> None:
    spans = days(data.draw(st.integers(2, 16)))
    positions = st.lists(st.integers(0, len(spans) - 1), max_size=4, unique=True).map(tuple)
    immature, missing = data.draw(positions), data.draw(positions)
    counts = data.draw(st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3)))
    cut = data.draw(st.integers(1, len(spans)))
    try:
        found = split(spans, cut, SplitConfig(*counts), immature=immature, missing=missing)
    except DataError:
        reject()
    order = {span.key: position for position, span in enumerate(spans)}
    parts = {part: [order[key] for key in getattr(found, part)] for part in PARTS}
    every = [position for part in parts.values() for position in part]
    assert sorted(every) == [i for i in range(len(spans)) if i not in missing]
    for part in ("train", "embargo", "validation", "test", "immature"):
        assert parts[part] == sorted(parts[part])
    assert max(parts["train"]) < min([*parts["embargo"], *parts["validation"], cut])
    assert max([*parts["train"], *parts["embargo"], *parts["validation"]]) < cut
    assert len(parts["embargo"]) == (counts[2] if parts["validation"] else 0)
    assert [key for fold in found.folds for key in fold.validation] == list(found.validation)
    for fold in found.folds:
        usable = [key for key in (*found.train, *found.embargo, *found.validation) if order[key] < order[fold.validation[0]]]
        assert list(fold.train) == usable[: len(usable) - counts[2]]
    assert all(cut <= position < parts["test"][0] for position in parts["gap"])
    assert len(parts["gap"]) >= min(counts[2], 1)
    assert not {*immature} & {*parts["train"], *parts["validation"], *parts["test"]}
    assert found.rows == {part: 3 * len(keys) for part, keys in parts.items()}


def test_the_gap_is_whole_days_across_a_day_of_23_hours() -> None:
    spans = days(8)
    assert (spans[2].end - spans[2].start) == timedelta(hours=23)
    found = split(spans, 4, SplitConfig(1, 2, 1), immature=(7,))
    assert (found.train, found.embargo, found.validation, found.gap, found.test) == (
        ("2013-03-08", "2013-03-09"), ("2013-03-10",), ("2013-03-11",), ("2013-03-12",), ("2013-03-13", "2013-03-14"),
    )  # fmt: skip
    assert found.immature == ("2013-03-15",)
    assert (found.cut, found.as_of) == (to_micros(spans[3].end), to_micros(spans[-1].end + timedelta(hours=1)))


def test_mature_spans_beyond_the_test_lengthen_the_gap() -> None:
    spans = days(8)
    found = split(spans, 3, SplitConfig(1, 2, 1))
    assert found.test == (spans[6].key, spans[7].key)
    assert found.gap == tuple(span.key for span in spans[3:6])


def test_a_short_history_trains_without_validation() -> None:
    found = split(days(5), 2, SplitConfig(2, 2, 1))
    assert (len(found.train), found.validation) == (2, ())


@pytest.mark.parametrize("immature", [(0, 1, 2), (5, 6, 7)])
def test_too_few_spans_say_what_is_missing_and_what_to_do(immature: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=r"too few spans to split: \d to train, \d mature to test \(wanted 3\).*engthen the window"):
        split(days(8), 3, SplitConfig(1, 3, 1), immature=immature)


def test_windows_of_other_spans_are_refused() -> None:
    spans = days(4)
    with pytest.raises(DataError, match="not of the same spans"):
        split_by_time(
            window_of(spans, lambda _: FEATURES),
            window_of(spans[1:], lambda _: OUTCOMES),
            spans[-1].end,
            spans[1].end,
            config=SplitConfig(),
        )
