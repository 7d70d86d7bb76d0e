import pytest

from components.store.roots import NewDelivery, Snapshot
from tests.store.conftest import new_artifact


def part(span, known_at, digest="ab" * 32):
    return new_artifact(digest, kind="delivery", span=span, known_at=known_at)


def delivery(content, parts, **changed):
    values = {
        "source": "sales", "content_sha256": content, "declaration": "d", "hint": {"size": 1}, "known_rule": "assumed",
        "known_after": "0 days", "known_from": min((one.known_at for one in parts), default=0), "first_span": "2013-01-01",
        "last_span": "2013-01-03", "n_read": 3, "n_partitioned": 3, "n_quarantined": 0, "parts": parts, "quarantine": None,
    }  # fmt: skip
    return NewDelivery(**values | changed)


@pytest.fixture
def roots(store):
    return store.roots("shop")


def test_deliveries_are_numbered_per_source(roots):
    assert roots.record(delivery("a", [part("2013-01-01", 1)])).version == 1
    assert roots.record(delivery("b", [part("2013-01-01", 2)])).version == 2
    assert roots.record(delivery("a", [], source="other")).version == 1
    assert [(one.source, one.version) for one in roots.deliveries()] == [("sales", 1), ("sales", 2), ("other", 1)]
    assert [one.version for one in roots.deliveries("sales")] == [1, 2]


def test_the_same_content_twice_is_one_delivery(roots):
    roots.record(delivery("a", []))
    assert roots.record(delivery("a", [])) is None


def test_the_same_content_declared_otherwise_is_another_delivery(roots):
    roots.record(delivery("a", []))
    assert roots.record(delivery("a", [], declaration="e")).version == 2


def test_content_that_returns_is_another_delivery(roots):
    for content in "aba":
        assert roots.record(delivery(content, [])) is not None


def test_parts_come_by_span_in_the_order_they_became_known(roots):
    first = roots.record(delivery("a", [part("2013-01-01", 9), part("2013-01-02", 9)]))
    second = roots.record(delivery("b", [part("2013-01-01", 5, "cd" * 32)]))
    third = roots.record(delivery("c", [part("2013-01-01", 9, "ef" * 32)]))
    found = roots.parts("sales")
    assert [(number, one.known_at) for number, one in found["2013-01-01"]] == [(second.id, 5), (first.id, 9), (third.id, 9)]
    assert [number for number, _ in found["2013-01-02"]] == [first.id]
    assert roots.parts("other") == {}


def test_pipelines_stay_apart(store, roots):
    roots.record(delivery("a", [part("2013-01-01", 1)]))
    other = store.roots("other")
    assert other.deliveries() == []
    assert other.parts("sales") == {}
    assert other.record(delivery("a", [])).version == 1


def test_a_delivery_that_came_later_and_would_have_been_read_makes_a_run_superseded(roots):
    seen = roots.record(delivery("a", [part("2013-01-01", 1)]))
    snapshot = Snapshot(10, {"sales": (seen.id,)}, (), None)
    assert roots.late_for(snapshot) == []
    late = roots.record(delivery("b", [part("2013-01-01", 10)]))
    roots.record(delivery("c", [part("2013-01-01", 11)]))
    other = roots.record(delivery("a", [part("2013-01-01", 3)], source="other"))
    assert roots.late_for(snapshot) == [late.id, other.id]


def test_a_delivery_without_changed_rows_is_known_since_it_was_seen(roots):
    nothing_new = roots.record(delivery("b", [], known_from=50))
    assert roots.late_for(Snapshot(49, {}, (), None)) == []
    assert roots.late_for(Snapshot(50, {}, (), None)) == [nothing_new.id]


def test_a_snapshot_reads_back_as_it_was_written():
    snapshot = Snapshot(10, {"sales": (1, 2), "other": (3,)}, (4,), None)
    assert Snapshot.from_json(snapshot.to_json()) == snapshot
