from datetime import UTC, datetime, timedelta

import pytest

from components.run.basis import Basis
from components.run.opening import take_snapshot
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.instants import to_micros
from components.runtime.spans import Calendar, Grain
from components.runtime.window import Absent
from components.store.resolver import BEGINNING, NEVER, Resolver
from tests.pipelines import Shop
from tests.store.conftest import new_artifact
from tests.store.test_roots import delivery

DAYS = Calendar(Grain.DAY, "UTC")


def at(day, hour=0):
    return datetime(2013, 1, day, hour, tzinfo=UTC)


def part(day, digest, known_at):
    return new_artifact(digest * 64, kind="delivery", span=f"2013-01-{day:02}", known_at=to_micros(known_at))


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def shop(tmp_path):
    shop = Pipeline("shop", grain="day", zone="UTC", start="2013-01-02")
    shop.source("sales", Shop(tmp_path / "x.csv").source)
    shop.schema()
    return shop


@pytest.fixture
def ask(store, shop):
    """Return what is read of a day, as of an instant, by a run of an as-of: digests, or the reason of absence."""

    basis = Basis(store, shop)  # reads at the first question

    def answer(day, as_of, run_as_of=None):
        resolver = Resolver(shop, basis.roots, take_snapshot(basis, run_as_of or as_of, "experiment"))
        return resolver.deliveries(shop.roots["sales"], DAYS.span(f"2013-01-{day:02}"), as_of)

    def found(*arguments):
        said = answer(*arguments).found
        return said.reason if isinstance(said, Absent) else [one.digest[0] for one in said]

    found.answer = answer
    return found


@pytest.fixture
def first_load(store):
    """The days 2, 3 and 5, each known at its end; the 4th is empty."""
    parts = [part(day, digest, at(day + 1)) for day, digest in ((2, "a"), (3, "b"), (5, "c"))]
    store.roots("shop").record(delivery("first", parts, first_span="2013-01-02", last_span="2013-01-05"))


@pytest.fixture
def correction(store, first_load):
    """Seen on the 8th at noon: day 3 corrected, the rows of day 4 come late, and day 6 is new."""
    parts = [part(day, digest, at(8, 12)) for day, digest in ((3, "x"), (4, "y"), (6, "z"))]
    new = delivery("second", parts, known_rule="observed", first_span="2013-01-02", last_span="2013-01-07")
    store.roots("shop").record(new)


def test_without_a_delivery_a_span_is_absent(ask):
    assert ask(2, at(9)) == "no-delivery"


@pytest.mark.usefixtures("first_load")
def test_a_span_is_read_as_of_its_end_and_not_before(ask):
    assert ask(2, at(3)) == ["a"]
    assert ask(2, at(3) - timedelta(microseconds=1)) == "no-delivery"


@pytest.mark.usefixtures("first_load")
def test_a_span_between_delivered_ones_is_empty_once_it_is_over(ask):
    assert ask(4, at(5)) == "empty"
    assert ask(4, at(4, 23)) == "no-delivery"


@pytest.mark.usefixtures("first_load")
def test_a_span_beyond_what_was_delivered_is_not_empty(ask):
    assert ask(6, at(9)) == "no-delivery"


@pytest.mark.usefixtures("first_load")
def test_a_span_before_the_history_says_so(ask):
    assert ask(1, at(9)) == "before-history"


@pytest.mark.usefixtures("correction")
def test_a_correction_is_read_after_what_it_corrects_once_it_is_known(ask):
    assert ask(3, at(9)) == ["b", "x"]
    assert ask(3, at(8, 12)) == ["b", "x"]
    assert ask(3, at(8, 11)) == ["b"]


@pytest.mark.usefixtures("correction")
def test_late_rows_fill_a_span_that_was_empty(ask):
    assert ask(4, at(9)) == ["y"]
    assert ask(4, at(8)) == "empty"


@pytest.mark.usefixtures("correction")
def test_an_observed_delivery_reaches_over_its_spans_once_it_is_known(ask):
    assert ask(7, at(9)) == "empty"
    assert ask(7, at(8)) == "no-delivery"


@pytest.mark.usefixtures("correction")
@pytest.mark.parametrize("day", range(1, 9))
@pytest.mark.parametrize("as_of", [at(3), at(5), at(8), at(8, 12), at(9)])
def test_an_earlier_as_of_within_a_run_sees_what_a_run_of_that_as_of_sees(ask, day, as_of):
    assert ask(day, as_of, at(20)) == ask(day, as_of)


@pytest.mark.usefixtures("first_load")
def test_a_later_as_of_than_the_snapshots_never_widens_it(ask):
    assert ask(5, at(9), at(4)) == "no-delivery"


@pytest.mark.usefixtures("correction")
@pytest.mark.parametrize("day", range(1, 9))
def test_an_answer_holds_exactly_over_the_as_ofs_that_it_names(ask, day):
    hours = [at(1) + timedelta(hours=n) for n in range(0, 24 * 9, 12)]
    for one in hours:
        answer = ask.answer(day, one)
        assert answer.since <= to_micros(one) < answer.until
        for other in hours:
            if answer.since <= to_micros(other) < answer.until:
                assert ask.answer(day, other) == answer
            else:
                assert ask.answer(day, other).found != answer.found


def test_a_snapshot_that_lacks_a_delivery_does_not_see_it(store, shop, first_load):
    root, day = shop.roots["sales"], DAYS.span("2013-01-03")
    snapshot = take_snapshot(Basis(store, shop), at(20), "experiment")
    store.roots("shop").record(delivery("late", [part(3, "l", at(4))]))
    found = Resolver(shop, store.known_roots("shop"), snapshot).deliveries(root, day, at(20)).found
    assert [one.digest[0] for one in found] == ["b"]


def approve(store, digest, effective_from, known_at):
    facts = {"lane": "", "effective_from": to_micros(effective_from), "known_at": to_micros(known_at), "who": "ann", "why": ""}
    return store.ledger("shop").append("schema", "schema", {"digest": digest}, **facts)


@pytest.fixture
def schema(store, shop):
    def found(day, as_of):
        snapshot = take_snapshot(Basis(store, shop), as_of, "experiment")
        resolver = Resolver(shop, store.known_roots("shop"), snapshot)
        answer = resolver.schema(shop.roots["schema"], DAYS.span(f"2013-01-{day:02}"), as_of)
        assert answer.since <= to_micros(as_of) < answer.until
        return answer.found.value["digest"]

    return found


def test_a_schema_holds_from_its_date_on_and_once_it_is_known(store, schema):
    approve(store, "old", at(1), at(1))
    approve(store, "new", at(5), at(7))
    assert schema(5, at(7)) == "new"
    assert schema(5, at(6)) == "old"
    assert schema(4, at(9)) == "old"


def test_of_two_schemas_of_one_date_the_later_known_one_holds(store, schema):
    approve(store, "first", at(1), at(1))
    approve(store, "second", at(1), at(2))
    assert schema(3, at(9)) == "second"


def test_without_a_schema_in_force_the_run_is_refused(store, schema):
    approve(store, "new", at(5), at(5))
    with pytest.raises(DataError, match=r"no approved schema 'schema' is in force on 2013-01-03.*almanac schema approve shop"):
        schema(3, at(9))


def test_all_time_lies_between_the_first_and_the_last_as_of():
    assert BEGINNING < to_micros(datetime(1900, 1, 1, tzinfo=UTC)) < NEVER
