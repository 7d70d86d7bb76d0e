import pytest

from components.adapters.mlflow.promotion import promote_checked
from components.run.backfilling import backfill
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.errors import StoreError
from components.store.connections import Connections
from components.store.store import Store
from tests.pipelines import Level, Shop, Total, some_rows


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path / "sales.csv").write(some_rows(["2013-03-08", "2013-03-09"])).build()


@pytest.fixture
def run(store, shop):
    backfill(store, shop, [shop.calendar.span("2013-03-08")])
    return store.run("latest")


def train(store, shop, day, lane="experiment"):
    deliver(store, shop)
    done = run_graph(store, shop, Request("training", None, shop.calendar.span(day).end, lane))
    promote_checked(store, shop.name, done.id)
    return done


def test_a_run_gives_its_values_by_step(run):
    assert run["total"] == Total(56, ("2013-03-08",))
    assert run["examples"].to_polars().height == 1


def test_values_of_a_mapped_step_are_counted(run):
    assert run["scaled"] == run["scaled.total"] == Total(56, ("2013-03-08",))
    assert run["scaled[1]"] == Total(112, ("2013-03-08",))


def test_a_run_is_a_mapping(run):
    assert "total" in run
    assert "exampels" not in run
    assert run.get("exampels") is None
    assert len(run) == len(list(run)) > 10


def test_an_unknown_name_is_refused_with_the_nearest_one(run):
    with pytest.raises(StoreError, match=r"has no artifact 'exampels'.*Nearest valid name: 'examples'"):
        run["exampels"]


def test_a_run_whose_steps_were_all_reused_gives_the_same_values(store, shop, run):
    again = run_graph(store, shop, Request("data", shop.calendar.span("2013-03-08"), shop.span_as_of(shop.calendar.span("2013-03-08"))))
    assert again.id != run.record.id
    assert {name: one.digest for name, one in store.run(again.id).artifacts.items()} == {n: one.digest for n, one in run.artifacts.items()}


def test_a_missing_blob_is_named(store, run):
    record = run.artifacts["total"]
    store.blobs.path("total", record.digest).rename(store.folder / "gone")
    with pytest.raises(StoreError, match=f"total {record.digest[:12]} is missing"):
        run["total"]


def test_a_value_type_that_became_another_kind_is_refused(store, run, monkeypatch):
    monkeypatch.setattr(Total, "kind", "sum")
    with pytest.raises(StoreError, match="does not load artifacts of kind 'total'"):
        run["total"]


def test_an_artifact_is_found_by_the_beginning_of_its_digest(store, run):
    record = run.artifacts["total"]
    assert store.find_artifact(record.digest[:10]) == record
    assert store.artifact(record.id) == record
    with pytest.raises(StoreError, match="no artifact whose digest begins with '%'"):
        store.find_artifact("%")
    with pytest.raises(StoreError, match="no artifact number"):
        store.artifact(10_000)


def test_there_is_no_champion_before_a_blessing(store, shop):
    with pytest.raises(StoreError, match="no champion in the lane 'production'"):
        store.champion("shop")


def test_the_champion_is_loaded_by_name_and_by_date(store, shop):
    first = train(store, shop, "2013-03-09", "production")
    train(store, shop, "2013-03-10", "production")
    train(store, shop, "2013-03-11")
    assert isinstance(store.champion("shop"), Level)
    assert store.champion("shop").parts[0] == "2013-03-11T04:00:00+00:00"
    early = store.champion("shop", as_of=shop.calendar.span("2013-03-09").end)
    assert early == store.run(first.id)["fit_level"]


def test_the_address_left_in_the_folder_is_used_unless_another_is_given(tmp_path, monkeypatch):
    Connections(database=f"sqlite:///{tmp_path}/left.db").save(tmp_path)
    with Store.open(folder=tmp_path) as store:
        assert store.database.url.database == f"{tmp_path}/left.db"
    monkeypatch.setenv("ALMANAC_DATABASE_URL", f"sqlite:///{tmp_path}/told.db")
    with Store.open(folder=tmp_path) as store:
        assert store.database.url.database == f"{tmp_path}/told.db"
    with Store.open(f"sqlite:///{tmp_path}/given.db", tmp_path) as store:
        assert store.database.url.database == f"{tmp_path}/given.db"
