"""`almanac mlflow-sync` without a server, and with one that is down."""

import pytest

from components.cli.mlflow_sync import sync_quietly
from components.run.mirror import MirrorUnavailable
from components.run.outbox import pending
from components.runtime.errors import ConfigError
from components.store.connections import Connections
from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_without_a_server_the_command_says_how_to_get_one(almanac: Almanac) -> None:
    with pytest.raises(ConfigError, match=r"no MLflow server is set up.*make up"):
        almanac("mlflow-sync")


def test_a_server_that_is_down_fails_the_command_and_no_run(shop: Shop, almanac: Almanac) -> None:
    almanac("run", "shop", "--span", "2013-03-12")
    with Store.open() as store:
        Connections(mlflow="http://127.0.0.1:9").save(store.folder)
        assert "`almanac mlflow-sync` catches up" in sync_quietly(store)
    assert "catches up" in almanac("run", "shop", "--span", "2013-03-13").output
    with pytest.raises(MirrorUnavailable, match="nothing is lost"):
        almanac("mlflow-sync")
    with Store.open() as store:
        assert len(pending(store)) == 2
