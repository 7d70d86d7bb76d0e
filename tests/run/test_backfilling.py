import random
import shutil
import signal
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.cli.services import postgres
from components.run.backfilling import backfill
from components.runtime.errors import StoreError
from components.store.blobs import Blobs, digest_of
from components.store.store import Store
from components.store.tables import claim, delivery
from tests.pipelines import FIRST, Shop, days, made, n_rows

LAST = days()[-1]
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def backend():
    return "sqlite"


on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"])


@pytest.fixture
def spans(shop):
    return shop.calendar.between(FIRST, LAST)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What an undisturbed backfill in order makes, on SQLite."""
    folder = tmp_path_factory.mktemp("expected")
    shop = Shop(folder / "sales.csv").write().build()
    with Store.open(f"sqlite:///{folder}/metadata.db", folder) as store:
        backfill(store, shop, shop.calendar.between(FIRST, LAST))
        return made(store)


def check_blobs(store):
    """Every blob holds the bytes of its name, and nothing is half done."""
    for kind in store.blobs.root.iterdir():
        if kind.name not in ("staging", "damaged"):
            assert all(digest_of(blob)[0] == blob.name for blob in kind.iterdir())
    assert not (store.blobs.root / "damaged").exists()


def test_a_backfill_computes_every_span_once_and_then_nothing(store, shop, spans):
    first = backfill(store, shop, spans)
    again = backfill(store, shop, spans)
    assert (first.n_spans, first.failures, again.computed) == (12, {}, 0)
    assert again.reused == first.computed + first.reused
    assert again.sentence == f"12 spans: 0 steps computed, {again.reused} reused, 0 spans failed"
    assert n_rows(store, delivery) == 1


def test_progress_is_told_span_by_span(store, shop, spans):
    told = []
    backfill(store, shop, spans[:3], progress=told.append)
    assert told == [span.key for span in spans[:3]]


@pytest.mark.parametrize("order", ["backward", "shuffled", "one by one"])
def test_the_order_does_not_change_a_digest(store, shop, spans, expected, order):
    if order == "one by one":
        for span in spans[::-1]:
            backfill(store, shop, [span])
    else:
        ordered = spans[::-1] if order == "backward" else random.Random(7).sample(spans, len(spans))  # noqa: S311
        backfill(store, shop, ordered)
    assert made(store) == expected


def test_postgresql_makes_the_same_digests(make_store, shop, spans, expected, postgres_cluster, postgres_template):
    with postgres_template.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE alike TEMPLATE migrated"))
    store = make_store(postgres.uri(postgres_cluster, "alike"))
    backfill(store, shop, spans)
    assert made(store) == expected


def test_what_lies_in_the_store_already_does_not_change_a_digest(store, shop, spans, expected, train):
    train(shop, "2013-03-14")
    train(shop, "2013-03-17")
    backfill(store, shop, spans[4:6])
    backfill(store, shop, spans)
    assert {one for one in made(store) if one[0] not in ("fit_level", "judge")} == expected


def test_one_failing_span_stops_only_itself(store, sales, expected):
    shop = sales.write({"2013-03-12": [-1]}).build()
    outcome = backfill(store, shop, shop.calendar.between(FIRST, LAST))
    assert list(outcome.failures) == ["2013-03-12"]
    assert "an amount is not known" in outcome.failures["2013-03-12"]
    assert "1 spans failed" in outcome.sentence
    touched = {"2013-03-12", "2013-03-13", "2013-03-14", "2013-03-15"}  # its window reaches into three more
    assert {one for one in made(store) if one[1] not in touched} == {one for one in expected if one[1] not in touched}


def test_any_error_of_a_component_is_its_spans_failure(store, shop, spans, monkeypatch):
    put = Store.put

    def broken(self, value, span, known_at):
        if span == "2013-03-10" and value.kind == "statistics":
            raise ZeroDivisionError
        return put(self, value, span, known_at)

    monkeypatch.setattr(Store, "put", broken)
    assert backfill(store, shop, spans).failures == {"2013-03-10": "ZeroDivisionError"}


def test_a_broken_store_stops_the_backfill(store, shop, spans, monkeypatch):
    backfill(store, shop, spans[:1])
    monkeypatch.setattr(Blobs, "publish", _refuse)
    with pytest.raises(StoreError, match="disk"):
        backfill(store, shop, spans)


def _refuse(self, value):
    raise StoreError("the disk is full")


def test_parameters_make_runs_of_their_own(store, shop, spans):
    backfill(store, shop, spans[:1])
    backfill(store, shop, spans[:1], {"window": 3})
    assert [run.parameters for run in store.runs_of("shop").recent()] == [{"window": 3}, {}]


BACKFILL = """
import random
spans = shop.calendar.between({first!r}, {last!r})
random.Random({seed}).shuffle(spans)
print("ready", flush=True)
sys.stdin.readline()
print(backfill(store, shop, spans, progress=lambda key: print(key, flush=True)).sentence, flush=True)
"""


def go(process):
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    process.stdin.write("\n")
    process.stdin.flush()


@on_both
@pytest.mark.slow
def test_parallel_processes_make_the_same_digests_and_record_each_once(store, in_process, expected):
    processes = [in_process(BACKFILL.format(first=FIRST, last=LAST, seed=seed)) for seed in range(3)]
    for process in processes:
        go(process)
    said = [process.communicate() for process in processes]
    assert [error for _, error in said] == [""] * 3
    assert all("0 spans failed" in text for text, _ in said)
    assert made(store) == expected
    assert (n_rows(store, claim), n_rows(store, delivery)) == (0, 1)
    check_blobs(store)


@pytest.mark.slow
def test_a_backfill_killed_and_resumed_makes_the_same_digests(store, shop, spans, in_process, expected):
    process = in_process(BACKFILL.format(first=FIRST, last=LAST, seed=1), lease=1.0)
    go(process)
    for _ in range(4):
        process.stdout.readline()
    threading.Event().wait(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    resumed = in_process(BACKFILL.format(first=FIRST, last=LAST, seed=2), lease=1.0)
    go(resumed)
    assert "0 spans failed" in resumed.communicate()[0]
    assert made(store) == expected
    assert n_rows(store, claim) == 0
    check_blobs(store)


@pytest.mark.slow
def test_another_checkout_folder_makes_the_same_digests(store, in_process, expected, tmp_path):
    copy = tmp_path / "a copy"
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("components", "tests", "pipeline_config"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=ignore)
    process = in_process("import components; print(components.__file__)\n" + BACKFILL.format(first=FIRST, last=LAST, seed=1), root=copy)
    assert process.stdout.readline().startswith(str(copy))
    go(process)
    assert "0 spans failed" in process.communicate()[0]
    assert made(store) == expected
