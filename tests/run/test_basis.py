import pytest

from components.run.basis import Basis
from components.run.opening import deliver


@pytest.fixture
def backend():
    return "sqlite"


def test_the_roots_are_those_of_the_first_look(store, sales, shop):
    deliver(store, shop)
    basis = Basis(store, shop)
    assert len(basis.roots.deliveries["sales"]) == 1
    deliver(store, sales.write({"2013-03-10": [5]}).build())
    assert len(basis.roots.deliveries["sales"]) == 1
    assert len(Basis(store, shop).roots.deliveries["sales"]) == 2


def test_a_graphs_digest_follows_configuration_and_wiring(store, sales):
    before = Basis(store, sales.build()).digests
    assert Basis(store, sales.build()).digests == before
    sales.minimum = 2
    assert Basis(store, sales.build()).digests["data"] != before["data"]
    sales.minimum, sales.bless = 0, False
    after = Basis(store, sales.build()).digests
    assert (after["data"] == before["data"], after["training"] == before["training"]) == (True, False)


def test_a_graphs_digest_does_not_follow_the_place_of_its_source(store, sales, tmp_path):
    before = Basis(store, sales.build()).digests
    sales.path = tmp_path / "elsewhere.csv"
    assert Basis(store, sales.build()).digests == before


def test_a_training_stands_on_the_data_steps(store, sales):
    before = Basis(store, sales.build()).digests
    sales.times = (1, 3)
    assert Basis(store, sales.build()).digests["training"] != before["training"]
