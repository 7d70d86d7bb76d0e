import pytest

from components.run.decisions import bless
from components.run.promotions import promote_run, roll_back, unpin
from components.runtime.errors import StoreError
from components.runtime.instants import from_micros
from components.store.champions import champion_entry, pinned

LATER = 2_000_000_000_000_000  # 2033, after every run


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def trained(train, shop):
    """Three production trainings, oldest first."""
    return [train(shop, day, lane="production") for day in ("2013-03-14", "2013-03-15", "2013-03-16")]


def decide(action, store, *arguments, at=LATER):
    return action(store, "shop", *arguments, known_at=at, who="ann", why="because")


def serving(store, known_by=None):
    return champion_entry(store.ledger("shop"), known_by=known_by).value["run"]


def test_a_rollback_pins_the_model_before_until_it_is_unpinned(store, trained):
    _, second, third = trained
    assert serving(store) == third.id
    entry = decide(roll_back, store)
    assert (entry.kind, entry.who, entry.why, serving(store)) == ("rollback", "ann", "because", second.id)
    assert store.champion("shop") == store.run(second.id)["fit_level"]
    decide(unpin, store)
    assert serving(store) == third.id
    assert pinned(store.ledger("shop")) is None


def test_a_rollback_may_name_its_run_and_go_further_back_each_time(store, trained):
    first, second, _ = trained
    decide(roll_back, store, second.id)
    assert decide(roll_back, store).value["run"] == first.id
    with pytest.raises(StoreError, match="no other model was promoted before"):
        decide(roll_back, store)


def test_a_promotion_while_pinned_waits_for_the_unpin(store, train, shop, trained):
    decide(roll_back, store)
    newest = train(shop, "2013-03-17", lane="production")
    assert serving(store) == trained[1].id
    with pytest.raises(StoreError, match="pins the model"):
        decide(promote_run, store, newest.id)
    decide(unpin, store)
    assert serving(store) == newest.id


def test_what_was_decided_later_was_not_so_before(store, trained):
    decide(roll_back, store)
    assert serving(store, known_by=LATER - 1) == trained[2].id
    assert store.champion("shop", as_of=from_micros(LATER - 1)) == store.run(trained[2].id)["fit_level"]


def test_a_blessed_experiment_can_be_promoted_by_a_person(store, train, shop):
    run = train(shop, "2013-03-14")
    assert champion_entry(store.ledger("shop")) is None
    assert decide(promote_run, store, run.id).lane == "production"
    assert serving(store) == run.id


def test_only_a_blessed_model_can_be_promoted(store, train, sales):
    sales.bless = False
    run = train(sales.build(), "2013-03-14")
    with pytest.raises(StoreError, match="was blessed"):
        decide(promote_run, store, run.id)
    bless(store, "shop", run, store.run(run.id).artifacts["fit_level"], who="ann", why="")
    decide(promote_run, store, run.id)


def test_an_older_model_is_not_promoted_over_a_newer_one(store, trained):
    with pytest.raises(StoreError, match="almanac rollback"):
        decide(promote_run, store, trained[0].id)


def test_nothing_to_go_back_to_or_to_unpin_is_said(store, train, shop):
    with pytest.raises(StoreError, match="no champion"):
        decide(roll_back, store)
    with pytest.raises(StoreError, match="no rollback pins"):
        decide(unpin, store)
    train(shop, "2013-03-14", lane="production")
    with pytest.raises(StoreError, match="no other model"):
        decide(roll_back, store)
