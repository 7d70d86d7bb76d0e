"""Verification makes a run's steps again and names what differs; the run stays as it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.run.backfilling import backfill
from components.run.verification import Checked, verify_run
from components.runtime.errors import StoreError
from components.store.store import Store
from components.store.tables import artifact, execution, run
from tests.pipelines import Shop, n_rows

DAY = "2013-03-12"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "sales.csv").write()


def run_day(store: Store, shop: Shop, day: str = DAY) -> str:
    pipeline = shop.build()
    backfill(store, pipeline, [pipeline.calendar.span(day)])
    return store.runs.get("latest").id


def outcomes(checked: list[Checked]) -> dict[str, str]:
    return {f"{one.step}.{one.output}": one.outcome for one in checked}


def test_a_run_verifies_as_the_same_and_does_not_change(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    before = [n_rows(store, table) for table in (execution, artifact)], store.runs.get(identity)
    checked = verify_run(store, shop.build(), identity)
    assert set(outcomes(checked).values()) == {"same"}
    assert {one.step for one in checked} == {step.name for step in shop.build().of_graph("data")}
    assert ([n_rows(store, table) for table in (execution, artifact)], store.runs.get(identity)) == before


def test_a_run_reads_its_old_snapshot_when_it_is_verified(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    shop.write({DAY: [1, 2, 3]})
    run_day(store, shop, "2013-03-13")
    assert set(outcomes(verify_run(store, shop.build(), identity)).values()) == {"same"}


def test_a_reused_run_is_verified_against_what_it_reused(store: Store, shop: Shop) -> None:
    first = run_day(store, shop)
    shop.times = (1, 2, 3)
    second = run_day(store, shop)
    assert first != second
    assert set(outcomes(verify_run(store, shop.build(), second)).values()) == {"same"}


def test_bytes_that_differ_are_named(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    forged = replace(store.run(identity).artifacts["total"], digest="0" * 64)
    _forge(store, forged.id)
    checked = verify_run(store, shop.build(), identity)
    assert {name for name, outcome in outcomes(checked).items() if outcome == "differs"} == {"total.total"}


def test_bytes_of_another_machine_are_not_said_to_differ(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    _forge(store, store.run(identity).artifacts["total"].id)
    with store.database.write() as connection:
        connection.execute(run.update().values(platform={"machine": "sparc"}))
    assert outcomes(verify_run(store, shop.build(), identity))["total.total"] == "other-platform"


def test_a_step_of_other_configuration_is_not_compared(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    shop.limit = 999
    found = verify_run(store, shop.build(), identity)
    assert outcomes(found)["findings.findings"] == "other-code"
    assert next(one.note for one in found if one.step == "findings") == "config: config"
    assert outcomes(found)["total.total"] == "same"


def test_steps_that_a_run_did_not_finish_are_left_alone(store: Store, shop: Shop) -> None:
    shop.write({DAY: [-1, 5]})
    identity = run_day(store, shop)
    assert store.runs.get(identity).state == "FAILED"
    before = n_rows(store, execution)
    checked = verify_run(store, shop.build(), identity)
    assert set(outcomes(checked)) == {"examples.examples", "statistics.statistics", "findings.findings"}
    assert n_rows(store, execution) == before


def test_a_run_without_a_finished_step_is_refused(store: Store, shop: Shop) -> None:
    shop.limit, shop.rows = 0, {}
    shop.write({DAY: [], "2013-03-11": [-1], "2013-03-13": [-1]})
    shop.on_absent, shop.minimum = "block", 3
    identity = run_day(store, shop)
    assert store.runs.get(identity).state == "FAILED"
    with pytest.raises(StoreError, match="no finished step to verify"):
        verify_run(store, shop.build(), identity)


def _forge(store: Store, number: int) -> None:
    with store.database.write() as connection:
        connection.execute(artifact.update().where(artifact.c.id == number).values(digest="0" * 64))
