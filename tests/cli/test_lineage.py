"""`almanac lineage`: both ways, and not without end."""

import pytest

from components.runtime.errors import StoreError
from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_lineage_goes_up_to_the_delivery_and_down_to_what_was_made(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--as-of", "2013-03-15")
    with Store.open() as store:
        model = store.run("latest").artifacts["fit_level"].digest
    up = almanac("lineage", model[:12]).output.splitlines()
    assert up[0] == f"model 2013-03-09/2013-03-13 {model[:12]}  by fit_level"
    deliveries = [line for line in up if line.strip().startswith("delivery")]
    assert len(deliveries) == 5
    assert all(line.endswith("a root") for line in deliveries)
    delivery = deliveries[0].split()[2]
    down = almanac("lineage", delivery, "--downstream").output
    assert f"model 2013-03-09/2013-03-13 {model[:12]}  by fit_level" in down
    assert "(--limit)" in almanac("lineage", model[:12], "--limit", "2").output


def test_an_unknown_digest_is_refused(shop: Shop, almanac: Almanac) -> None:
    with pytest.raises(StoreError, match="no artifact whose digest begins with 'ffff'"):
        almanac("lineage", "ffff")
