"""Runs and executions without components behind them."""

from collections.abc import Callable

import pytest

from components.store.executions import Executions, Started
from components.store.records import NewArtifact
from components.store.roots import Snapshot
from components.store.runs import NewRun
from components.store.store import Store

MakeStarted = Callable[..., Started]


def new_run(key: str = "a", **changed: object) -> NewRun:
    values: dict[str, object] = {
        "key": key, "graph": "data", "span": "2013-01-01", "as_of": 100, "lane": "experiment", "why": "manual", "reason": "",
        "parameters": {}, "platform": {}, "links": {},
    }  # fmt: skip
    return NewRun(**values | changed)


def new_artifact(digest: str = "ab" * 32, **changed: object) -> NewArtifact:
    values: dict[str, object] = {
        "kind": "total", "digest": digest, "span": "2013-01-01", "known_at": 5, "n_bytes": 3, "value_type": "tests.pipelines:Total",
        "summary": {"value": 1},
    }  # fmt: skip
    return NewArtifact(**values | changed)


SNAPSHOT = Snapshot(100, {}, (), None)


@pytest.fixture
def executions(store: Store) -> Executions:
    return store.executions("shop")


@pytest.fixture
def started(store: Store) -> MakeStarted:
    """Return a maker of executions of one open run."""
    run = store.runs_of("shop").open(new_run(), SNAPSHOT)

    def make(key: str = "k", **changed: object) -> Started:
        values: dict[str, object] = {
            "run": run.id, "attempt": 1, "own": True, "step": "total", "position": 0, "component": "add_up", "span": "2013-01-01",
            "key": key, "key_parts": {"code": "c"}, "libraries": {},
        }  # fmt: skip
        return Started(**values | changed)

    return make
