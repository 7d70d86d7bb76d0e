"""`almanac run`: a span's data steps or a training, and what is said of them."""

import pytest

from components.runtime.errors import ConfigError, DefinitionError
from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop

DAY = "2013-03-12"


def test_a_span_is_run_reported_and_reused(shop: Shop, almanac: Almanac) -> None:
    first, second = (almanac("run", "shop", "--span", DAY).output for _ in range(2))
    assert "sales" in first
    assert "delivery 1: " in first
    assert first.count("made  ") == 9
    assert second.count("reused ") == 9
    with Store.open() as store:
        run = store.runs.get("latest")
        assert (run.graph, run.span, run.lane, run.state) == ("data", DAY, "experiment", "COMPLETE")
        assert run.id in second
        page = store.folder / "runs" / run.id / "index.html"
        assert str(page) in second
        assert page.exists()
    assert "mlflow  not set up" in second


def test_a_training_takes_its_date_lane_and_reason(shop: Shop, almanac: Almanac) -> None:
    output = almanac("run", "shop", "--as-of", "2013-03-15", "--lane", "production", "--reason", "to see", "--no-sync").output
    assert "mlflow" not in output
    assert "blessed" in output
    with Store.open() as store:
        run = store.runs.get("latest")
        assert (run.graph, run.lane, run.reason, run.state) == ("training", "production", "to see", "COMPLETE")


def test_a_run_that_drift_started_says_so(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--as-of", "2013-03-15", "--because", "drift", "--no-sync")
    with Store.open() as store:
        assert store.runs.get("latest").why == "drift"


def test_overrides_are_recorded(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--span", DAY, "--set", "training.window=91 spans")
    with Store.open() as store:
        assert store.runs.get("latest").parameters == {"training.window": "91 spans"}


def test_an_unknown_lane_and_a_malformed_span_are_refused(shop: Shop, almanac: Almanac) -> None:
    with pytest.raises(ConfigError, match="Nearest valid name: 'production'"):
        almanac("run", "shop", "--lane", "prodution")
    with pytest.raises(DefinitionError, match="2013-3-12"):
        almanac("run", "shop", "--span", "2013-3-12")
