from collections.abc import Iterator

import pytest

from components.ingestion.ahead import MAX_THREADS, in_order


def test_results_come_in_order_and_few_items_are_taken_ahead() -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    for place, result in enumerate(in_order(str, items())):
        assert result == str(place)
        assert len(taken) <= place + MAX_THREADS + 1


def test_what_fails_is_raised_in_its_place() -> None:
    found = in_order(lambda item: 1 // item, [1, -1, 0, 1])
    assert [next(found), next(found)] == [1, -1]
    with pytest.raises(ZeroDivisionError):
        next(found)
