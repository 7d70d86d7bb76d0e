"""Workers: positions of a mapped step in spawned processes, with the digests of one process, whoever was first."""

import functools
import os
from pathlib import Path

import pytest

from components.run.opening import deliver
from components.run.session import run_graph
from components.run.workers import Workers
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline, each
from components.store.store import Store
from tests.pipelines import Shop
from tests.run.conftest import day_request
from tests.run.mapped_steps import refuse, told_by

DAY = "2013-03-11"


@pytest.fixture
def backend() -> str:
    return "sqlite"


def shop_of(path: Path, *, refused: bool = False) -> Pipeline:
    shop = Shop(path).build()
    shop.add(
        refuse if refused else told_by,
        name="numbered",
        examples=shop.steps["statistics"].feeds["examples"],
        number=each((1, 2, 3, 4)),
        marks=str(path.parent),
    )  # type: ignore[call-overload]
    return shop


@pytest.mark.slow
def test_processes_make_what_one_process_makes_and_each_position_once(tmp_path: Path, sales: Shop) -> None:
    found = {}
    for n in (1, 2):
        with Store.open(f"sqlite:///{tmp_path}/{n}.db", tmp_path / str(n)) as store:
            pipeline = shop_of(sales.path)
            deliver(store, pipeline)
            workers = Workers(n, functools.partial(shop_of, sales.path)) if n > 1 else None
            told: dict[str, str] = {}
            run = run_graph(store, pipeline, day_request(pipeline, DAY), workers=workers, progress=told.__setitem__)
            every = [one for one in store.executions("shop").of_run(run.id) if one.step == "numbered"]
            assert [(one.position, one.state, one.attempt) for one in sorted(every, key=lambda one: one.position)] == [
                (position, "COMPLETE", 1) for position in range(4)
            ]
            assert told["numbered"] == "computed"
            found[n] = {name: one.digest for name, one in store.run(run.id).artifacts.items()}
            processes = {mark.read_text() for mark in sales.path.parent.glob("told-*")}
            assert (str(os.getpid()) in processes) == (n == 1)
            assert len(processes) == n
            for mark in sales.path.parent.glob("told-*"):
                mark.unlink()
    assert found[1] == found[2]


@pytest.mark.slow
def test_an_error_of_one_position_is_told_as_in_one_process(store: Store, sales: Shop) -> None:
    pipeline = shop_of(sales.path, refused=True)
    deliver(store, pipeline)
    workers = Workers(2, functools.partial(shop_of, sales.path, refused=True))
    with pytest.raises(DataError, match="numbered 2013-03-11: 2 is refused"):
        run_graph(store, pipeline, day_request(pipeline, DAY), workers=workers)
    assert store.runs.recent(graph="data")[0].state == "FAILED"


def test_few_positions_are_not_worth_a_process(store: Store, sales: Shop) -> None:
    pipeline = shop_of(sales.path)
    deliver(store, pipeline)
    never = functools.partial(pytest.fail, "a process was started")
    run = run_graph(store, pipeline, day_request(pipeline, DAY), workers=Workers(2, never, least=5))
    assert run.state == "COMPLETE"
