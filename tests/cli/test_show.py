"""`almanac show`: a run's steps and artifacts, or one artifact."""

import pytest

from components.runtime.errors import StoreError
from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_a_run_shows_steps_and_artifacts_and_an_artifact_its_place(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--span", "2013-03-12")
    output = almanac("show", "latest").output
    assert "COMPLETE  total" in output
    assert "total.total" in output
    with Store.open() as store:
        record = store.run("latest").artifacts["total"]
        place = str(store.blobs.path(record.kind, record.digest))
    shown = almanac("show", record.digest[:12]).output
    assert shown.startswith(f"total {record.digest}")
    assert place in shown
    assert f'"value": {record.summary["value"]}' in shown


def test_neither_a_run_nor_an_artifact_is_refused(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--span", "2013-03-12")
    with pytest.raises(StoreError, match="there is no run 'nothing'"):
        almanac("show", "nothing")
