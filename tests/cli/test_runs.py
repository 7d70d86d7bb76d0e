"""`almanac runs`: newest first, and what came in too late for them."""

from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_runs_are_listed_newest_first_and_by_graph(shop: Shop, almanac: Almanac) -> None:
    assert almanac("runs").output.split() == ["run", "as", "of", "lane", "why", "state", "verdict"]
    almanac("run", "shop", "--span", "2013-03-12")
    almanac("run", "shop", "--as-of", "2013-03-15")
    lines = almanac("runs", "shop").output.splitlines()
    assert [line.split("-")[1] for line in lines[1:3]] == ["training", "data"]
    assert len(almanac("runs", "--graph", "data").output.splitlines()) == 2
    assert len(almanac("runs", "--limit", "1").output.splitlines()) == 2


def test_a_failed_run_is_listed_with_its_error(shop: Shop, almanac: Almanac) -> None:
    shop.write({"2013-03-12": [-1]})
    almanac("backfill", "shop", "2013-03-12", "2013-03-12", status=1)
    (line,) = almanac("runs").output.splitlines()[1:]
    assert "FAILED" in line
    assert "an amount is not known" in line


def test_a_run_that_a_later_delivery_belongs_to_is_superseded(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--as-of", "2099-01-01", "--span", "2013-03-12")
    shop.write({"2013-03-12": [1, 2, 3]})
    almanac("run", "shop", "--span", "2013-03-11")
    assert "(superseded by delivery 2)" in almanac("runs").output.splitlines()[2]
