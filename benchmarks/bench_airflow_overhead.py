"""What a day of the flights pipeline costs in Airflow beside a DAG of empty tasks, of the same shape, on the same servers.

- ``airflow_ratio``: wall time of a run of ``flights_data`` over that of the empty DAG, with the preload in the scheduler (bar: 1.5)
- ``airflow_ratio_without_preload``: the same where each task imports what it needs

Both are ratios of medians over interleaved pairs of runs. Each run of flights is a day that was not computed before, after days that were,
as a daily schedule meets it: sources looked at, steps computed, report written, MLflow told. Real servers are started in a folder of
their own for it; ``--quick`` times fewer pairs, and only with the preload.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.cli.services import airflow_servers, ports, postgres, processes, state
from components.cli.services import stack as services
from components.cli.services.airflow_api import AirflowApi
from components.cli.services.stack import Stack
from components.engines.local import Threads
from components.run.backfilling import backfill
from components.run.catalog import load_pipeline
from components.store.store import Store

FIRST_DAY = "2013-05-01"
PAIRS, QUICK_PAIRS = 8, 2
EMPTY = """
import datetime
from airflow.sdk import DAG, BaseOperator

class Nothing(BaseOperator):
    def execute(self, context):
        pass

with DAG("empty", schedule=None, start_date=datetime.datetime(2013, 1, 1), catchup=False):
    tasks = {{name: Nothing(task_id=name) for name in {shape!r}}}
    for name, after in {shape!r}.items():
        tasks[name].set_downstream([tasks[other] for other in after])
    tasks["report_run"].as_teardown(setups=tasks["open_run"])
"""

SHAPE = """
import json
from components.adapters.airflow.dags import to_dags
print(json.dumps({task.task_id: sorted(task.downstream_task_ids) for task in to_dags("flights")["flights_data"].tasks}))
"""


@dataclass
class Bench:
    """Servers with two DAGs, and the next day that was not computed yet."""

    stack: Stack
    api: AirflowApi
    days: list[str]

    def pairs(self, n: int) -> tuple[float, float]:
        """Return the median seconds of a day of flights and of the empty DAG, over n interleaved pairs after one that is not timed."""
        self.run("empty"), self.run("flights_data", self.days.pop(0))
        timed = [(self.run("flights_data", self.days.pop(0)), self.run("empty")) for _ in range(n)]
        return statistics.median(one for one, _ in timed), statistics.median(other for _, other in timed)

    def run(self, dag: str, day: str = "") -> float:
        """Return the seconds between start and end of one DAG run."""
        run = self.api.wait_for_run(dag, self.api.trigger(dag, {"span": day} if day else {}))
        if run["state"] != "success":
            raise SystemExit(f"{dag} {day}: {run['state']}; its logs are in {self.stack.home / 'logs'}")
        begun, ended = (datetime.fromisoformat(str(run[name])) for name in ("start_date", "end_date"))
        return (ended - begun).total_seconds()

    def restart_scheduler(self, preload: Path) -> None:
        """Start the scheduler anew with another folder for its settings."""
        scheduler = state.read(self.stack.home / "services.json").process("scheduler")
        if scheduler is not None:
            processes.end([scheduler], grace=5.0)
        airflow_servers.PRELOAD = preload  # type: ignore[misc]
        self.stack.start(tell)


def shape_of_flights() -> dict[str, list[str]]:
    """Return the tasks of the data DAG and what follows each; Airflow is only a library for that, in a process of its own."""
    environ = {**os.environ, "_AIRFLOW__AS_LIBRARY": "1"}
    told = subprocess.run([sys.executable, "-c", SHAPE], env=environ, check=True, capture_output=True, text=True).stdout
    shape: dict[str, list[str]] = json.loads(told.splitlines()[-1])
    return shape


def start(folder: Path, stack: Stack) -> Bench:
    """Start the servers and, while they do, compute the day before the first one here."""
    dags = folder / "dags"
    dags.mkdir()
    starting = ThreadPoolExecutor(1).submit(stack.start, tell)
    (dags / "flights.py").write_text((Path(__file__).parents[1] / "dags" / "flights.py").read_text(encoding="utf-8"), encoding="utf-8")
    (dags / "empty.py").write_text(EMPTY.format(shape=shape_of_flights()), encoding="utf-8")
    pipeline = load_pipeline("flights")
    days = [span.key for span in pipeline.calendar.between(FIRST_DAY, "2013-05-31")]
    with waited_for(lambda: open_store(stack), starting) as store:
        backfill(store, pipeline, [pipeline.calendar.previous(pipeline.calendar.span(FIRST_DAY))], engine=Threads())
    tell("the day before is computed")
    starting.result()
    api = AirflowApi(stack.addresses.airflow)
    for dag in ("empty", "flights_data"):
        api.wait_for_dag(dag)
        api.unpause(dag)
    return Bench(stack, api, days)


def free_ports() -> dict[str, str]:
    """Return a free port for each web server, as the variables that choose it."""
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind((ports.LOOPBACK, 0))
        chosen = [str(probe.getsockname()[1]) for probe in (one, other)]
    return dict(zip(map(ports.variable, ports.DEFAULTS), chosen, strict=True))


def open_store(stack: Stack) -> Store | None:
    """Return the store of the servers, or None while its database is not there yet."""
    cluster = stack.home / "postgres"
    if not (cluster / "PG_VERSION").exists() or not postgres.answers(cluster):
        return None
    return Store.open(stack.addresses.almanac_database, stack.home)


def waited_for(found: Callable[[], Store | None], starting: Future[object]) -> Store:
    """Return what is found while the servers start."""
    while (store := found()) is None:
        if starting.done():
            raise SystemExit(f"the servers did not start: {starting.exception()}")
        time.sleep(0.2)
    return store


def tell(text: str) -> None:
    """Say on standard error what happens."""
    print(f"{time.perf_counter():7.1f} s  {text}", file=sys.stderr)


def measure(*, quick: bool) -> dict[str, object]:
    """Return the figures."""
    pairs = QUICK_PAIRS if quick else PAIRS
    with tempfile.TemporaryDirectory(prefix="almanac-", dir="/tmp") as folder:
        (Path(folder) / "none").mkdir()
        stack = Stack.open(Path(folder) / "state", dags=Path(folder) / "dags", environ=free_ports())
        try:
            bench = start(Path(folder), stack)
            day, empty = bench.pairs(pairs)
            found: dict[str, object] = {"airflow_ratio": round(day / empty, 2), "day_s": day, "empty_s": empty, "pairs": pairs}
            if not quick:
                bench.restart_scheduler(Path(folder) / "none")
                day, empty = bench.pairs(pairs)
                found |= {"airflow_ratio_without_preload": round(day / empty, 2), "day_without_preload_s": day}
        finally:
            services.GRACE = 0.5  # nobody will miss what these servers could still write
            stack.stop()
    return found


def main() -> None:
    """Print the figures, as a table or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    found = measure(quick=arguments.quick)
    if arguments.json:
        print(json.dumps(found, sort_keys=True))
        return
    for name, value in found.items():
        print(f"{name:<32} {value}")


if __name__ == "__main__":
    main()
