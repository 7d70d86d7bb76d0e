import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.ingestion.component import ingest_examples
from components.run.basis import Basis
from components.run.opening import deliver, open_run, superseded_by, take_snapshot
from components.runtime.errors import DataError, DefinitionError, StoreError
from components.runtime.graph import Pipeline
from components.runtime.instants import from_micros, to_micros
from components.store.roots import Snapshot
from tests.pipelines import FIRST, ZONE, Shop, days
from tests.run.conftest import day_request, training_request

DAY = "2013-03-11"


@pytest.fixture
def backend():
    return "sqlite"


def parts(store, number=-1):
    """Return the spans of a delivery, and when their rows are known."""
    delivery = store.roots("shop").deliveries()[number]
    found = store.roots("shop").parts(delivery.source)
    return {span: from_micros(one.known_at) for span, all_of in found.items() for other, one in all_of if other == delivery.id}


def test_the_first_load_is_assumed_to_be_known_its_lag_after_each_span(store, tmp_path):
    shop = Shop(tmp_path / "sales.csv", lag="2 days").write({"2013-03-09": [1], "2013-03-10": [2]}).build()
    (delivery,) = deliver(store, shop)
    assert (delivery.known_rule, delivery.known_after, delivery.first_span, delivery.last_span) == (
        "assumed",
        "2 days",
        "2013-03-09",
        "2013-03-10",
    )
    assert parts(store) == {"2013-03-09": datetime(2013, 3, 12, 4, tzinfo=UTC), "2013-03-10": datetime(2013, 3, 13, 4, tzinfo=UTC)}
    assert from_micros(delivery.known_from) == datetime(2013, 3, 12, 4, tzinfo=UTC)


def test_an_unchanged_file_is_not_delivered_again(store, shop):
    assert len(deliver(store, shop)) == 1
    assert deliver(store, shop) == []


def test_a_file_that_was_only_touched_is_not_delivered_again(store, sales, shop):
    deliver(store, shop)
    os.utime(sales.path, (1, 1))
    assert deliver(store, shop) == []


def test_a_file_that_moved_is_not_delivered_again(store, sales, shop, tmp_path):
    deliver(store, shop)
    moved = Shop(tmp_path / "moved.csv").write(sales.rows)
    assert deliver(store, moved.build()) == []


def test_a_changed_file_is_a_delivery_of_what_changed_known_since_it_was_seen(store, sales, shop):
    deliver(store, shop)
    before = datetime.now(UTC)
    (delivery,) = deliver(store, sales.write({"2013-03-10": [5], "2013-03-25": [1]}).build())
    assert (delivery.version, delivery.known_rule) == (2, "observed")
    assert set(parts(store)) == {"2013-03-10", "2013-03-25"}
    assert all(before <= known <= datetime.now(UTC) for known in parts(store).values())


def test_rows_that_were_corrected_and_corrected_back_are_delivered_each_time(store, sales):
    original = list(sales.rows["2013-03-10"])
    deliver(store, sales.build())
    deliver(store, sales.write({"2013-03-10": [5]}).build())
    deliver(store, sales.write({"2013-03-10": original}).build())
    assert set(parts(store)) == {"2013-03-10"}


def test_a_changed_file_without_changed_rows_supersedes_no_run(store, sales, shop, run_day):
    run = run_day(shop, DAY)
    lines = sales.path.read_text().splitlines()
    sales.path.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    (delivery,) = deliver(store, shop)
    assert parts(store) == {}
    assert delivery.known_from > to_micros(datetime(2020, 1, 1, tzinfo=UTC))
    assert superseded_by(store, run) == []
    assert run_day(shop, DAY).id == run.id


def test_a_source_declared_otherwise_is_read_again_and_known_since_it_was_known(store, sales, run_day):
    first = run_day(sales.build(), DAY)
    renamed = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    source = replace(sales.source, columns={"id": "string", "price": "integer"}, renames={"amount": "price"})
    renamed.add(ingest_examples, name="examples", deliveries=renamed.source("sales", source))
    second = run_day(renamed, DAY)
    assert parts(store, 0) == parts(store, 1)
    table = store.run(second.id)["examples"].to_arrow()
    assert table.column_names == ["row_id", "event_time", "id", "price"]
    assert table.column("price").to_pylist() == store.run(first.id)["examples"].to_arrow().column("amount").to_pylist()
    assert superseded_by(store, first) == [2]


def test_a_correction_declared_otherwise_is_known_since_the_correction(store, sales, run_day):
    deliver(store, sales.build())
    deliver(store, sales.write({DAY: [5]}).build())
    other = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    other.source("sales", replace(sales.source, columns={"id": "string"}))
    (delivery,) = deliver(store, other)
    assert delivery.known_rule == "observed"
    assert set(parts(store).values()) == set(parts(store, 1).values())
    assert set(parts(store)) == set(days())


def test_the_rule_by_which_rows_are_known_is_fixed_at_the_first_delivery(store, sales):
    deliver(store, sales.build())
    sales.lag = "2 days"
    with pytest.raises(DefinitionError, match=r"known_after cannot change.*'0 days', got '2 days'"):
        deliver(store, sales.build())


def test_rows_that_cannot_be_read_are_quarantined(store, sales, shop):
    text = sales.path.read_text()
    sales.path.write_text(text.replace(",77\n", ",much\n"))
    with pytest.raises(DataError, match="1 of 30 rows cannot be read"):
        deliver(store, shop)
    lenient = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    lenient.source("sales", replace(sales.source, max_quarantined_share=0.5))
    (delivery,) = deliver(store, lenient)
    assert (delivery.n_read, delivery.n_partitioned, delivery.n_quarantined) == (30, 29, 1)


def test_an_empty_file_is_a_delivery_without_spans(store, tmp_path):
    shop = Shop(tmp_path / "sales.csv").write({}).build()
    (delivery,) = deliver(store, shop)
    assert (delivery.first_span, delivery.last_span, delivery.n_read) == ("", "", 0)


def test_what_is_no_source_is_refused(store):
    shop = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    shop.source("sales", "sales.csv")
    with pytest.raises(DefinitionError, match="source 'sales' is a str"):
        deliver(store, shop)


# --- runs


def test_the_same_request_on_the_same_roots_is_one_run(store, shop):
    deliver(store, shop)
    assert open_run(store, shop, day_request(shop, DAY)).id == open_run(store, shop, day_request(shop, DAY)).id


@pytest.mark.parametrize("changed", [{"lane": "production"}, {"parameters": {"window": 3}}, {"key": "mine"}])
def test_another_request_is_another_run(store, shop, changed):
    deliver(store, shop)
    assert open_run(store, shop, day_request(shop, DAY)).id != open_run(store, shop, day_request(shop, DAY, **changed)).id


@pytest.mark.parametrize("changed", [{"limit": 7}, {"times": (1, 3)}, {"on_absent": "block"}, {"minimum": 1}])
def test_a_changed_configuration_or_wiring_is_another_run(store, sales, changed):
    deliver(store, sales.build())
    before = open_run(store, sales.build(), day_request(sales.build(), DAY))
    for name, value in changed.items():
        setattr(sales, name, value)
    assert open_run(store, sales.build(), day_request(sales.build(), DAY)).id != before.id


def test_where_the_source_lies_does_not_make_another_run(store, sales, tmp_path):
    deliver(store, sales.build())
    moved = Shop(tmp_path / "moved.csv").write(sales.rows).build()
    assert open_run(store, moved, day_request(moved, DAY)).id == open_run(store, sales.build(), day_request(sales.build(), DAY)).id


def test_deliveries_of_the_future_do_not_make_another_run(store, sales):
    deliver(store, sales.build())
    before = open_run(store, sales.build(), day_request(sales.build(), DAY))
    deliver(store, sales.write({"2013-03-10": [5]}).build())
    assert open_run(store, sales.build(), day_request(sales.build(), DAY)).id == before.id


def test_a_run_with_a_key_keeps_its_snapshot(store, sales):
    deliver(store, sales.build())
    late = {"as_of": datetime(2099, 1, 1, tzinfo=UTC), "key": "scheduled"}
    before = open_run(store, sales.build(), day_request(sales.build(), DAY, **late))
    deliver(store, sales.write({"2013-03-10": [5]}).build())
    again = open_run(store, sales.build(), day_request(sales.build(), DAY, **late))
    assert (again.id, again.snapshot) == (before.id, before.snapshot)
    assert superseded_by(store, again) == [2]
    assert open_run(store, sales.build(), day_request(sales.build(), DAY, as_of=late["as_of"])).snapshot["deliveries"] == {"sales": [1, 2]}


def test_a_run_records_why_and_where_it_ran(store, shop):
    run = open_run(store, shop, day_request(shop, DAY, why="drift", reason="sales fell", links={"airflow": "http://127.0.0.1"}))
    assert (run.why, run.reason, run.links, run.span, run.lane) == (
        "drift",
        "sales fell",
        {"airflow": "http://127.0.0.1"},
        DAY,
        "experiment",
    )
    assert {"machine", "python", "system"} <= set(run.platform)


def test_grain_and_zone_are_fixed_at_the_first_run(store, shop):
    open_run(store, shop, day_request(shop, DAY))
    other = Pipeline("shop", grain="hour", zone=ZONE, start="2013-03-08T00")
    with pytest.raises(StoreError, match="grain and zone cannot change"):
        open_run(store, other, training_request(other, "2013-03-11T00"))


# --- snapshots and lanes


def snapshot(store, shop, as_of, lane="experiment"):
    return take_snapshot(Basis(store, shop), as_of, lane)


def test_a_snapshot_lists_what_is_known_by_its_as_of(store, sales, shop):
    deliver(store, shop)
    deliver(store, sales.write({"2013-03-10": [5]}).build())
    assert snapshot(store, shop, datetime(2013, 3, 20, tzinfo=UTC)).deliveries == {"sales": (1,)}
    assert snapshot(store, shop, datetime(2099, 1, 1, tzinfo=UTC)).deliveries == {"sales": (1, 2)}
    assert snapshot(store, shop, datetime(2013, 3, 1, tzinfo=UTC)).deliveries == {}


def champion(store, shop, day, lane):
    number = snapshot(store, shop, shop.calendar.span(day).start, lane).champion
    blessings = {one.id: one for one in store.ledger("shop").entries("blessing")}
    return None if number is None else blessings[number].value["run"]


def test_each_lane_has_the_champion_of_its_own_last_blessing(store, shop, train):
    mine = train(shop, "2013-03-12", lane="experiment")
    theirs = train(shop, "2013-03-13", lane="production")
    assert champion(store, shop, "2013-03-14", "experiment") == mine.id
    assert champion(store, shop, "2013-03-14", "production") == theirs.id


def test_a_champion_was_blessed_before_the_as_of(store, shop, train):
    first = train(shop, "2013-03-12")
    train(shop, "2013-03-14")
    assert champion(store, shop, "2013-03-14", "experiment") == first.id
    assert champion(store, shop, "2013-03-12", "experiment") is None


def test_a_rejected_model_is_no_champion(store, sales, train):
    first = train(sales.build(), "2013-03-12")
    sales.bless = False
    train(sales.build(), "2013-03-13")
    assert champion(store, sales.build(), "2013-03-14", "experiment") == first.id


def test_the_backfill_lane_starts_from_productions_champion_of_its_first_date(store, shop, train):
    first = train(shop, "2013-03-12", lane="production")
    train(shop, "2013-03-15", lane="production")
    assert champion(store, shop, "2013-03-14", "backfill") == first.id
    own = train(shop, "2013-03-14", lane="backfill")
    assert champion(store, shop, "2013-03-18", "backfill") == own.id


def test_a_backfill_lane_that_blessed_nothing_stays_with_the_champion_it_started_from(store, sales, train):
    first = train(sales.build(), "2013-03-12", lane="production")
    sales.bless = False
    train(sales.build(), "2013-03-13", lane="backfill")
    sales.bless = True
    train(sales.build(), "2013-03-15", lane="production")
    assert champion(store, sales.build(), "2013-03-18", "backfill") == first.id


def test_a_pipeline_without_a_champion_has_none_in_its_snapshots(store, shop):
    plain = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    assert snapshot(store, plain, datetime(2013, 3, 20, tzinfo=UTC)) == Snapshot(to_micros(datetime(2013, 3, 20, tzinfo=UTC)), {}, (), None)
