from concurrent.futures import ThreadPoolExecutor

import pytest

FACTS = {"lane": "production", "effective_from": 10, "known_at": 10, "who": "ann", "why": "it is good"}


@pytest.fixture
def ledger(store):
    return store.ledger("shop")


def test_a_decision_is_kept_as_it_was_made(ledger):
    entry = ledger.append("schema", "sales", {"digest": "ab"}, **FACTS)
    assert ledger.entries("schema") == [entry]
    assert (entry.subject, entry.value, entry.lane, entry.who, entry.why) == ("sales", {"digest": "ab"}, "production", "ann", "it is good")
    assert entry.recorded_at > 0


def test_decisions_come_in_the_order_they_became_known(ledger):
    for known_at in (30, 10, 20, 10):
        ledger.append("schema", "sales", {"n": len(ledger.entries("schema"))}, **FACTS | {"known_at": known_at})
    assert [(entry.known_at, entry.value["n"]) for entry in ledger.entries("schema")] == [(10, 1), (10, 3), (20, 2), (30, 0)]


def test_the_same_decision_is_made_once(ledger):
    first = ledger.append("schema", "sales", {"digest": "ab"}, **FACTS)
    again = ledger.append("schema", "sales", {"digest": "ab"}, **FACTS | {"who": "bob", "why": "again"})
    assert again == first
    assert len(ledger.entries("schema")) == 1


@pytest.mark.parametrize("changed", [{"lane": "backfill"}, {"effective_from": 11}, {"known_at": 11}])
def test_another_decision_is_another_entry(ledger, changed):
    ledger.append("schema", "sales", {"digest": "ab"}, **FACTS)
    ledger.append("schema", "sales", {"digest": "ab"}, **FACTS | changed)
    assert len(ledger.entries("schema")) == 2


def test_kinds_and_pipelines_stay_apart(store, ledger):
    ledger.append("schema", "sales", {}, **FACTS)
    assert ledger.entries("blessing") == []
    assert store.ledger("other").entries("schema") == []


def test_two_who_decide_the_same_at_once_decide_it_once(ledger):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ledger.append("schema", "sales", {"digest": "ab"}, **FACTS), range(8)))
    assert len(ledger.entries("schema")) == 1


def test_the_ledger_offers_no_way_to_change_or_remove(ledger):
    assert {name for name in dir(ledger) if not name.startswith("_")} == {"append", "entries", "database", "pipeline"}
