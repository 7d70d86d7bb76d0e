import pytest

from components.run.decisions import bless
from components.run.opening import deliver
from components.run.promotions import promote, unpromoted
from components.run.session import run_graph
from tests.pipelines import Level
from tests.run.conftest import training_request


@pytest.fixture
def backend():
    return "sqlite"


def entries(store, kind):
    return [(entry.lane, entry.value["run"]) for entry in store.ledger("shop").entries(kind)]


@pytest.mark.parametrize("lane", ["experiment", "backfill"])
def test_other_lanes_bless_and_do_not_promote(store, train, shop, lane):
    run = train(shop, "2013-03-14", lane=lane)
    assert entries(store, "blessing") == [(lane, run.id)]
    assert entries(store, "promotion") == []


def test_production_promotes_what_it_blessed(store, train, shop):
    run = train(shop, "2013-03-14", lane="production")
    (promotion,) = store.ledger("shop").entries("promotion")
    model = store.run(run.id).artifacts["fit_level"]
    assert promotion.value == {"artifact": model.id, "digest": model.digest, "span": model.span, "run": run.id}
    assert (promotion.effective_from, promotion.known_at, promotion.who) == (run.as_of, run.as_of, "gate")
    assert "level: asked anything" in promotion.why


def test_a_run_blesses_and_leaves_the_promotion_to_what_checks_the_model(store, shop):
    deliver(store, shop)
    run = run_graph(store, shop, training_request(shop, "2013-03-14", lane="production"))
    assert entries(store, "blessing") == [("production", run.id)]
    assert entries(store, "promotion") == []
    waiting = unpromoted(store, "shop")
    assert waiting is not None
    assert promote(store, "shop", waiting) == promote(store, "shop", waiting)
    assert entries(store, "promotion") == [("production", run.id)]
    assert unpromoted(store, "shop") is None


def test_a_model_that_failed_its_check_does_not_wait_for_promotion(store, shop):
    deliver(store, shop)
    run_graph(store, shop, training_request(shop, "2013-03-14", lane="production"))
    waiting = unpromoted(store, "shop")
    assert waiting is not None
    value = {"digest": waiting.value["digest"], "passed": False}
    when = {"effective_from": waiting.effective_from, "known_at": waiting.known_at}
    store.ledger("shop").append("serving-check", "champion", value, lane="production", **when, who="infra check", why="it differs")
    assert unpromoted(store, "shop") is None


def test_a_rejected_model_is_neither_blessed_nor_promoted(store, train, sales):
    sales.bless = False
    run = train(sales.build(), "2013-03-14", lane="production")
    assert run.verdict.startswith("rejected")
    assert entries(store, "blessing") == entries(store, "promotion") == []


def test_a_data_run_decides_nothing(store, run_day, shop):
    run_day(shop, "2013-03-11", lane="production")
    assert entries(store, "blessing") == []


def test_a_retried_run_decides_once(store, train, shop):
    for _ in range(2):
        train(shop, "2013-03-14", lane="production")
    assert len(entries(store, "blessing")) == len(entries(store, "promotion")) == 1


def test_an_older_model_never_takes_the_place_of_a_newer_one(store, train, shop):
    newer = train(shop, "2013-03-16", lane="production")
    older = train(shop, "2013-03-14", lane="production")
    assert entries(store, "blessing") == [("production", older.id), ("production", newer.id)]
    assert entries(store, "promotion") == [("production", newer.id)]


def test_a_champion_is_given_to_the_next_run_of_its_lane(store, train, shop):
    first = store.run(train(shop, "2013-03-14", lane="production").id)["fit_level"]
    assert isinstance(first, Level)
    second = train(shop, "2013-03-15", lane="production")
    assert second.verdict.endswith(f"after {first.value}")
    assert train(shop, "2013-03-16", lane="experiment").verdict.endswith("after no champion")


def test_a_person_can_bless_too(store, train, sales):
    sales.bless = False
    run = train(sales.build(), "2013-03-14", lane="production")
    promote(store, "shop", bless(store, "shop", run, store.run(run.id).artifacts["fit_level"], who="ann", why="the gate was too strict"))
    assert store.champion("shop") == store.run(run.id)["fit_level"]
    (entry,) = store.ledger("shop").entries("promotion")
    assert (entry.who, entry.why) == ("ann", "the gate was too strict")
