"""A person in a real Airflow, in a browser: asked about a doubtful model, and deciding who serves."""

from pathlib import Path

import pytest

from components.adapters.mlflow.promotion import promote_checked
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.store.champions import champion_entry
from tests.chromium import chromium, needs_chromium
from tests.pipelines import Shop
from tests.system.test_airflow import states, wait_until

PATIENCE = 60_000
pytestmark = [pytest.mark.system, pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def page():
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 1400, "height": 1000})
        opened.set_default_timeout(PATIENCE)
        yield opened


def decisions(store, pipeline, kind):
    return [(entry.who, entry.why) for entry in store.ledger(pipeline).entries(kind)]


def test_a_person_is_asked_blesses_with_a_reason_and_the_model_is_promoted(api, almanac, stack, page):
    api.wait_for_dag("doubted_training")
    api.unpause("doubted_training")
    run = api.trigger("doubted_training", {"as_of": "2013-03-14", "lane": "production", "reason": "weekly"})
    wait_until(lambda: states(api, "doubted_training", run).get("ask_person") == "awaiting_input", 240)
    page.goto(f"{stack.addresses.airflow}/dags/doubted_training/runs/{run}/tasks/ask_person/required_actions")
    page.get_by_text("the gate says reject. Bless the model?").wait_for()
    bless = page.get_by_role("button", name="Bless the model")
    assert bless.is_disabled()  # until there is a reason
    assert almanac.ledger("doubted").entries("promotion") == []
    page.locator("#element_why").fill("the floor was too strict")
    bless.click()
    assert api.wait_for_run("doubted_training", run, within=240)["state"] == "success"
    for kind in ("approval", "blessing", "promotion"):
        assert decisions(almanac, "doubted", kind) == [("Anonymous", "the floor was too strict")]  # the name of all on loopback
    assert almanac.ledger("doubted").entries("approval")[0].value["gate"] == "reject"


@pytest.fixture
def trained(almanac, tmp_path: Path):
    """Put three trainings under the name of a pipeline whose DAG is there: two that are blessed, and a newest one that is not."""
    sales, runs = Shop(tmp_path / "sales.csv").write(), []
    for day, bless in (("2013-03-14", True), ("2013-03-15", True), ("2013-03-16", False)):
        sales.bless = bless
        shop = sales.build()
        shop.name = "delays"
        deliver(almanac, shop)
        runs.append(run_graph(almanac, shop, Request("training", None, shop.calendar.span(day).start, "production")).id)
        promote_checked(almanac, "delays", runs[-1])
    return runs


def test_a_person_rolls_back_unpins_and_overrules_on_the_champions_tab(api, almanac, stack, page, trained):
    api.wait_for_dag("delays_training")
    page.goto(f"{stack.addresses.airflow}/dags/delays_training")
    page.get_by_role("link", name="Champion", exact=True).click()
    frame = page.frame_locator("iframe")

    def decide(button: str, why: str, said: str, serves: str) -> None:
        form = frame.locator("form", has_text=button).first
        form.get_by_placeholder("Why").fill(why)
        form.get_by_role("button", name=button, exact=True).click()
        frame.get_by_role("status").get_by_text(said).wait_for()
        frame.locator(".verdict").get_by_text(serves).wait_for()
        entry = champion_entry(almanac.ledger("delays"))
        assert entry is not None
        assert entry.value["run"] == serves

    first, second, third = trained
    frame.locator(".verdict").get_by_text(second).wait_for()
    decide("Roll back to the one before", "it drifts", "rolled back", first)
    assert decisions(almanac, "delays", "rollback") == [("Anonymous", "it drifts")]
    decide("Unpin", "mended", "unpinned", second)
    decide("Approve", "the gate was too strict", "approved", third)
    assert decisions(almanac, "delays", "approval") == [("Anonymous", "the gate was too strict")]
    decide("Roll back to it", "the day before was better", "rolled back", second)
