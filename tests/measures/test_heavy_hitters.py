import functools
from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from components.measures import heavy_hitters
from components.measures.heavy_hitters import CAP, LONGEST, ROOM, HeavyHitters

TEXTS = st.lists(st.sampled_from("abcdefghij"))


def hitters(texts: list[str]) -> HeavyHitters:
    counted = pa.array(texts, pa.string()).value_counts()
    return HeavyHitters.of(counted.field("values"), counted.field("counts").to_numpy())


@given(TEXTS, TEXTS)
def test_below_the_cap_counts_are_exact(left: list[str], right: list[str]) -> None:
    added = hitters(left) + hitters(right)
    assert added == hitters(left + right)
    assert (dict(added.counts), added.error) == (dict(Counter(left + right)), 0)


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 40), max_size=60), min_size=1, max_size=6))
def test_beyond_the_cap_the_true_count_lies_within_the_error(parts: list[list[int]]) -> None:
    cap, heavy_hitters.CAP = heavy_hitters.CAP, 8
    try:
        merged = functools.reduce(HeavyHitters.__add__, [hitters([str(n) for n in part]) for part in parts])
    finally:
        heavy_hitters.CAP = cap
    true = Counter(str(n) for part in parts for n in part)
    assert len(merged.counts) <= 8
    assert merged.error <= sum(true.values()) / 9
    for text, count in true.items():
        assert merged.counts.get(text, 0) <= count <= merged.counts.get(text, 0) + merged.error


@given(st.lists(st.lists(st.integers(0, 30), max_size=60), min_size=1, max_size=4))
def test_long_texts_are_fewer_and_the_error_says_so(parts: list[list[int]]) -> None:
    room, heavy_hitters.ROOM = heavy_hitters.ROOM, 60
    try:
        merged = functools.reduce(HeavyHitters.__add__, [hitters(["é" * n for n in part]) for part in parts])
    finally:
        heavy_hitters.ROOM = room
    true = Counter("é" * n for part in parts for n in part)
    assert sum(len(text.encode()) for text in merged.counts) <= 60
    for text, count in true.items():
        assert merged.counts.get(text, 0) <= count <= merged.counts.get(text, 0) + merged.error


def test_a_day_of_free_text_keeps_what_has_room() -> None:
    often, n = "o" * 200, 900
    found = hitters([often] * 5 + [f"{index:0200}" for index in range(n)])
    assert found == HeavyHitters({often: 4}, 1)
    assert 200 * n > ROOM


def test_unique_texts_leave_nothing_and_an_error_of_one() -> None:
    assert hitters([str(n) for n in range(CAP + 1)]) == HeavyHitters({}, 1)
    assert len(hitters([str(n) for n in range(CAP)]).counts) == CAP


def test_texts_come_most_frequent_first_then_by_text() -> None:
    assert list(hitters(["b", "a", "c", "c"]).counts.items()) == [("c", 2), ("a", 1), ("b", 1)]


def test_free_text_is_not_kept_but_stands_in_the_error() -> None:
    assert hitters(["x" * (LONGEST + 1)] * 3 + ["y"]) == HeavyHitters({"y": 1}, 3)
