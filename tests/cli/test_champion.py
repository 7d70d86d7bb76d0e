"""`almanac promote`, `rollback` and `unpin`: decisions of a person, and what stands after each."""

import pytest

from components.runtime.errors import StoreError
from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_production_goes_back_and_forth_by_one_command_each(shop: Shop, almanac: Almanac) -> None:
    for day in ("2013-03-14", "2013-03-15"):
        almanac("run", "shop", "--as-of", day, "--lane", "production")
    with Store.open() as store:
        newer, older = [run.id for run in store.runs.recent(limit=2, graph="training")]
    output = almanac("rollback", "shop", "--who", "Ada", "--why", "it drifts").output
    assert f"rolled back to the model of run {older}" in output
    assert f"champion the model of run {older}" in output
    assert f"champion the model of run {newer}" in almanac("unpin", "shop", "--who", "Ada").output
    with pytest.raises(StoreError, match="almanac rollback"):
        almanac("promote", "shop", older)
    with Store.open() as store:
        (entry,) = store.ledger("shop").entries("rollback")
    assert (entry.who, entry.why) == ("Ada", "it drifts")


def test_a_blessed_experiment_is_promoted(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--as-of", "2013-03-14")
    assert "promoted the model of run" in almanac("promote", "shop", "latest", "--who", "Ada").output
