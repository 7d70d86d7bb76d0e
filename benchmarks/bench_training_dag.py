"""What a training of the flights costs in Airflow: four windows, eight candidates, on real servers.

- ``training_dag_s``: seconds between start and end of the DAG run, on days that were computed before (bar: 120)
- ``training_dag_cpu_s``: processor seconds of its steps alone, servers and task processes left out
- ``training_local_s``, ``training_local_cpu_s``: the same training by the local runner, trials in processes of their own

The windows are a week, four weeks, half a year and all of 210 days as of 2013-07-31; each of the 32 trials is a mapped task, and both must
make the same digests. The days are computed first, which takes minutes, so there is no ``--quick``.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bench_airflow_overhead import free_ports, open_store, tell, waited_for

from components.cli.services import stack as services
from components.cli.services.airflow_api import AirflowApi
from components.cli.services.stack import Stack
from components.engines.local import Threads
from components.run.backfilling import backfill
from components.run.catalog import load_pipeline
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.instants import parse_instant
from components.store.store import Store

FIRST, LAST, AS_OF = "2013-01-01", "2013-07-30", "2013-07-31"
CHOICES = [(rate, leaves) for rate in (0.03, 0.05, 0.08, 0.1) for leaves in (7, 15)]
CANDIDATES = [
    {"name": f"rate {rate}, {leaves} leaves", "parameters": {"learning_rate": rate, "max_iter": 160, "max_leaf_nodes": leaves}}
    for rate, leaves in CHOICES
]
WINDOWS = [{"name": "week", "spans": 7}, {"name": "four weeks", "spans": 28}, {"name": "half a year", "spans": 182}, {"name": "all"}]
PARAMETERS = {"training.window": "210 spans", "training.candidates": CANDIDATES, "training.windows": WINDOWS}
FORM = ("training.window", "training.candidates")


@contextmanager
def servers(folder: Path) -> Iterator[Stack]:
    """Start the servers with the DAGs of flights, and stop them in the end."""
    (folder / "dags").mkdir()
    dag = Path(__file__).parents[1] / "dags" / "flights.py"
    (folder / "dags" / "flights.py").write_text(dag.read_text(encoding="utf-8"), encoding="utf-8")
    stack = Stack.open(folder / "state", dags=folder / "dags", environ=free_ports())
    try:
        starting = ThreadPoolExecutor(1).submit(stack.start, tell)
        with waited_for(lambda: open_store(stack), starting) as store:
            pipeline = load_pipeline("flights")
            backfill(store, pipeline, list(pipeline.calendar.between(FIRST, LAST)), engine=Threads())
        tell("the days are computed")
        starting.result()
        yield stack
    finally:
        services.GRACE = 0.5  # nobody will miss what these servers could still write
        stack.stop()


def in_airflow(stack: Stack) -> tuple[float, float, dict[str, str]]:
    """Return the wall seconds of the DAG run, the processor seconds of its steps, and the digests."""
    api = AirflowApi(stack.addresses.airflow, timeout=120.0)
    api.wait_for_dag("flights_training", within=300.0)
    api.unpause("flights_training")
    shown = {key: value for key, value in PARAMETERS.items() if key in FORM}
    others = {key: value for key, value in PARAMETERS.items() if key not in FORM}
    number = api.trigger("flights_training", {"as_of": AS_OF, "lane": "experiment", **shown, "overrides": others})
    run = api.wait_for_run("flights_training", number, within=1800.0)
    if run["state"] != "success":
        raise SystemExit(f"the training {run['state']}; its logs are in {stack.home / 'logs'}")
    begun, ended = (datetime.fromisoformat(str(run[name])) for name in ("start_date", "end_date"))
    named = sorted(
        str(one["rendered_map_index"]) for one in api.task_instances("flights_training", number) if one["task_id"] == "try_candidate"
    )
    assert len(set(named)) == len(CANDIDATES) * len(WINDOWS), named
    with Store.open(stack.addresses.almanac_database, stack.home) as store:
        return (ended - begun).total_seconds(), *measured(store)


def measured(store: Store) -> tuple[float, dict[str, str]]:
    """Return the processor seconds of the newest training and the digests of its artifacts."""
    run = store.runs.recent(graph="training")[0]
    every = store.executions("flights").of_run(run.id)
    return sum(one.cpu_ms or 0 for one in every) / 1000, {name: one.digest for name, one in store.run(run.id).artifacts.items()}


def by_the_local_runner(folder: Path) -> tuple[float, float, dict[str, str]]:
    """Return the same of the local runner, in a store of its own that has the days."""
    pipeline = load_pipeline("flights", PARAMETERS)
    with Store.open(f"sqlite:///{folder}/metadata.db", folder) as store:
        backfill(store, load_pipeline("flights"), list(pipeline.calendar.between(FIRST, LAST)), engine=Threads())
        began, used = time.perf_counter(), processor_seconds()
        run_graph(store, pipeline, Request("training", None, parse_instant(AS_OF, pipeline.calendar.zone), "experiment"), engine=Threads())
        return time.perf_counter() - began, processor_seconds() - used, measured(store)[1]


def processor_seconds() -> float:
    """Return what this process and the processes that it waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure() -> dict[str, float]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(prefix="almanac-", dir="/tmp") as folder:
        with servers(Path(folder)) as stack:
            wall, cpu, digests = in_airflow(stack)
            tell(f"in Airflow {wall:.1f} s")
        local = Path(folder) / "local"
        local.mkdir()
        local_wall, local_cpu, others = by_the_local_runner(local)
    assert digests == others, {name for name in digests if digests[name] != others.get(name)}
    return {"training_dag_s": wall, "training_dag_cpu_s": cpu, "training_local_s": local_wall, "training_local_cpu_s": local_cpu}


def main() -> None:
    """Print the figures, as a table or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    found = {name: round(value, 2) for name, value in measure().items()}
    print(json.dumps(found, sort_keys=True) if arguments.json else "\n".join(f"{name:<32} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
