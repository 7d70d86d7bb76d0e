"""`almanac approve`: a person's word in the ledger."""

from pathlib import Path

import pytest

from components.run.catalog import load_pipeline
from components.runtime.errors import StoreError
from components.runtime.instants import parse_instant, to_micros
from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_a_model_that_the_gate_rejected_is_blessed_by_name(shop: Shop, almanac: Almanac) -> None:
    shop.bless = False
    assert "rejected" in almanac("run", "shop", "--as-of", "2013-03-15", "--lane", "production").output
    with Store.open() as store:
        run = store.runs.get("latest").id
        with pytest.raises(StoreError, match="has no champion"):
            store.champion("shop")
    assert f"blessed the model of {run} in the lane production" in almanac("approve", "shop", run, "--who", "Ada", "--why", "seen").output
    with Store.open() as store:
        assert store.champion("shop") == store.run(run)["fit_level"]
        (approval,) = store.ledger("shop").entries("approval")
        assert (approval.who, approval.why, approval.value["gate"]) == ("Ada", "seen", "reject")


def test_a_run_that_decides_nothing_is_refused(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--span", "2013-03-12")
    with pytest.raises(StoreError, match="decided nothing"):
        almanac("approve", "shop", "latest")


def test_a_schemas_draft_is_approved_from_a_date_on(almanac: Almanac, tmp_path: Path) -> None:
    output = almanac("approve", "flights", "schema", "--effective-from", "2013-02-01", "--who", "Ada").output
    assert output.startswith("approved schema of flights from 2013-02-01 on: ledger entry ")
    zone = load_pipeline("flights").calendar.zone
    with Store.open() as store:
        (entry,) = store.ledger("flights").entries("schema")
    assert (entry.effective_from, entry.who) == (to_micros(parse_instant("2013-02-01", zone)), "Ada")
    assert tmp_path.exists()
