"""`almanac explain`: why a step ran or was reused."""

import pytest

from components.runtime.errors import StoreError
from tests.cli.conftest import Almanac
from tests.pipelines import Shop

DAY = "2013-03-12"


def test_a_first_a_reused_and_a_changed_step_are_explained(shop: Shop, almanac: Almanac) -> None:
    shop.times = (3, 2)
    almanac("run", "shop", "--span", DAY)
    assert "it had never been computed for this span" in almanac("explain", "latest", "total").output
    shop.times = (5, 2)
    almanac("run", "shop", "--span", DAY)
    assert "reuses execution" in almanac("explain", "latest", "total").output
    changed = almanac("explain", "latest", "scaled").output
    assert "in: config: times" in changed
    assert "scaled[1]" in changed


def test_an_absent_step_says_why(shop: Shop, almanac: Almanac) -> None:
    shop.limit = 1
    almanac("run", "shop", "--span", DAY)
    assert "failed-validation" in almanac("explain", "latest", "total").output


def test_an_unknown_step_names_the_nearest(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--span", DAY)
    with pytest.raises(StoreError, match="Nearest valid name: 'total'"):
        almanac("explain", "latest", "totl")
