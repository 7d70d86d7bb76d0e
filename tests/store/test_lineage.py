import pytest

from components.run.backfilling import backfill
from components.store.lineage import lineage
from tests.pipelines import Shop, some_rows


@pytest.fixture
def run(store, tmp_path):
    shop = Shop(tmp_path / "sales.csv").write(some_rows(["2013-03-08", "2013-03-09"])).build()
    backfill(store, shop, shop.calendar.between("2013-03-08", "2013-03-09"))
    return store.run("latest").artifacts


def names(links):
    return [(link.depth, link.step or link.artifact.kind, link.artifact.span) for link in links]


def test_upstream_leads_to_the_deliveries(store, run):
    assert names(lineage(store.database, run["gathered"].id))[-1] == (4, "delivery", "2013-03-09")
    found = names(lineage(store.database, run["earlier"].id))
    assert found == [(0, "earlier", "2013-03-09"), (1, "examples", "2013-03-08"), (2, "delivery", "2013-03-08")]


def test_downstream_leads_to_all_that_is_made_of_it(store, run):
    steps = {link.step for link in lineage(store.database, run["examples"].id, upstream=False)}
    assert steps == {"examples", "statistics", "findings", "total", "split_amounts", "doubled", "gathered", "scaled"}


def test_each_artifact_comes_once_at_its_shortest_distance(store, run):
    found = [link.artifact.id for link in lineage(store.database, run["examples"].id, upstream=False)]
    assert len(found) == len(set(found))


def test_a_reused_artifact_has_the_lineage_of_the_one_who_made_it(store, run):
    made = {name: artifact.id for name, artifact in run.items()}
    assert made["scaled"] == made["total"]  # times=1 is the same component on the same input
    assert names(lineage(store.database, made["scaled"]))[0] == (0, "total", "2013-03-09")


def test_depth_bounds_the_walk(store, run):
    assert {link.depth for link in lineage(store.database, run["gathered"].id, depth=1)} == {0, 1}


def test_a_root_has_nothing_upstream(store, run):
    root = lineage(store.database, run["gathered"].id)[-1].artifact
    assert names(lineage(store.database, root.id)) == [(0, "delivery", "2013-03-09")]
