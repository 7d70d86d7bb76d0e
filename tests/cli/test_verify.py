"""`almanac verify`: the same bytes, or the first artifact that differs and exit status 1."""

from components.store.store import Store
from components.store.tables import artifact
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_a_run_that_repeats_and_one_that_does_not(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--span", "2013-03-12")
    output = almanac("verify", "latest").output
    n_artifacts = len([line for line in output.splitlines() if line.startswith("same")])
    assert f"{n_artifacts} of {n_artifacts} artifacts have the same bytes" in output
    with Store.open() as store, store.database.write() as connection:
        number = store.run("latest").artifacts["total"].id
        connection.execute(artifact.update().where(artifact.c.id == number).values(digest="0" * 64))
    assert "the first that differs: total.total: 000000000000 recorded" in almanac("verify", "latest", status=1).output
