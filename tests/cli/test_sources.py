"""`almanac sources`: deliveries and what is wrong with them."""

import pytest

from components.runtime.errors import DataError
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_deliveries_and_the_findings_that_stand_are_listed(shop: Shop, almanac: Almanac) -> None:
    assert "nothing was delivered yet" in almanac("sources", "shop").output
    almanac("run", "shop", "--span", "2013-03-12")
    told = almanac("sources", "shop").output
    assert "sales: 1 deliveries" in told
    assert "known: assumed" in told
    assert "0 findings stand" in told
    shop.path.unlink()
    with pytest.raises(DataError, match="source-missing"):
        almanac("run", "shop", "--span", "2013-03-12")
    told = almanac("sources", "shop").output
    assert "source-missing sales:" in told
    assert "1 findings stand" in told
    shown = almanac("show", "latest").output
    assert "source-missing" not in shown  # it came after the run
