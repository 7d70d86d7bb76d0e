"""The champion's tab: what it shows, what it may change, and what it refuses."""

from types import SimpleNamespace

import pytest
from fastapi import HTTPException

from components.adapters.airflow import champion
from components.adapters.airflow.champion import decide, pipeline_of_dag, same_origin, show_champion
from components.adapters.mlflow.promotion import promote_checked
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.store.champions import champion_entry
from components.store.store import Store

ADA = SimpleNamespace(get_name=lambda: "ada")


@pytest.fixture
def trained(sales, monkeypatch):
    """Train three models in production of a shop that the page finds; the newest one is not blessed."""
    monkeypatch.setattr(champion, "pipeline_names", lambda: ["shop"])
    monkeypatch.setattr(champion, "load_pipeline", lambda _: sales.build())
    runs = []
    with Store.open() as store:
        for day, bless in (("2013-03-14", True), ("2013-03-15", True), ("2013-03-16", False)):
            sales.bless = bless
            shop = sales.build()
            deliver(store, shop)
            runs.append(run_graph(store, shop, Request("training", None, shop.calendar.span(day).start, lane="production")).id)
            promote_checked(store, "shop", runs[-1])
    return runs


def serving():
    with Store.open() as store:
        entry = champion_entry(store.ledger("shop"))
        return entry.value["run"], entry.who, entry.why


def page():
    return show_champion("shop_training").body.decode()


def test_the_page_tells_who_serves_and_what_may_be_decided(trained):
    text = page()
    assert f"The model of run {trained[1]}" in text
    assert text.count('name="action" value="approve"') == 1
    assert text.count('name="action" value="promote"') == 1
    assert "form-action &#39;self&#39;" in text


def test_a_person_rolls_back_and_unpins_by_name_and_with_a_reason(trained):
    answer = decide("shop_training", ADA, "rollback", "it drifts")
    assert (answer.status_code, answer.headers["location"]) == (303, "?said=rolled%20back")
    assert serving() == (trained[0], "ada", "it drifts")
    assert "A rollback pins this model." in page()
    decide("shop_training", ADA, "unpin", "mended")
    assert serving()[0] == trained[1]


def test_a_person_overrules_the_gate(trained):
    decide("shop_training", ADA, "approve", "the gate was too strict", trained[2])
    assert serving() == (trained[2], "ada", "the gate was too strict")
    with Store.open() as store:
        (approval,) = store.ledger("shop").entries("approval")
    assert (approval.who, approval.value["gate"]) == ("ada", "reject")


def test_what_the_ledger_forbids_is_said_on_the_page(trained):
    answer = decide("shop_training", ADA, "promote", "I like it better", trained[0])
    assert answer.status_code == 409
    assert "almanac rollback" in answer.body.decode()
    assert serving()[0] == trained[1]


@pytest.mark.parametrize(("action", "why"), [("rollback", "  "), ("delete", "because")])
def test_no_reason_and_no_such_action_are_refused(trained, action, why):
    with pytest.raises(HTTPException) as refused:
        decide("shop_training", ADA, action, why)
    assert refused.value.status_code == 400


def test_a_dag_of_somebody_else_has_no_champion(trained):
    assert pipeline_of_dag("shop_data") == "shop"
    with pytest.raises(HTTPException) as refused:
        pipeline_of_dag("example_dag")
    assert refused.value.status_code == 404


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"host": "127.0.0.1:8080"}, True),
        ({"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}, True),
        ({"host": "127.0.0.1:8080", "origin": "http://evil.example"}, False),
        ({"host": "127.0.0.1:8080", "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_a_form_of_another_site_is_refused(headers, passes):
    request = SimpleNamespace(headers=headers)
    if passes:
        same_origin(request)
    else:
        with pytest.raises(HTTPException):
            same_origin(request)
