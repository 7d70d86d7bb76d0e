"""`almanac plan`: what would be reused and what computed."""

from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_a_training_is_planned_step_by_step(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--as-of", "2013-03-15")
    output = almanac("plan", "shop", "--as-of", "2013-03-15").output
    assert "fit_level" in output
    assert "reuse" in output
    assert "recompute" not in output
    shop.limit = 999
    assert "changed: config: config" in almanac("plan", "shop", "--as-of", "2013-03-15").output


def test_a_span_is_planned_in_one_line(shop: Shop, almanac: Almanac) -> None:
    output = almanac("plan", "shop", "--span", "2013-03-12").output
    assert output.startswith("2013-03-12  ")
    assert "absent" in output
