"""The whole stack: starts what is missing, stops all of it, and says how each server does."""

import contextlib
import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from components.cli.services import airflow_servers, environment, machine, mlflow_server, ports, postgres, processes, secret_keys, state
from components.cli.services.environment import Addresses
from components.cli.services.errors import ServiceError

Progress = Callable[[str], None]
SERVICES = ("postgres", "mlflow", *airflow_servers.COMMANDS)
WEB = {"mlflow": "mlflow", "api-server": "airflow"}  # the services that listen, and whose port each takes
HEALTHY_WITHIN = 180  # seconds until a start is given up; a cold one takes about 30 on two cores
MIGRATED_WITHIN = 300
GRACE = 5.0  # seconds that Airflow and MLflow get to end by themselves; all but the triggerer need less than four


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How one server does: `pid` is None where no process runs, `port` is None where it listens on none."""

    name: str
    running: bool
    healthy: bool
    port: int | None
    pid: int | None
    log: Path


@dataclass(frozen=True, slots=True)
class Stack:
    """The servers that belong to one state folder.

    Attributes
    ----------
    home : Path
        The state folder. `services.json` keeps ports and processes, `secrets.json` Airflow's keys, `logs/` one log a server.
    project : Path
        The checkout whose code the tasks run.
    dags : Path
        Folder of DAG files for Airflow.
    ports : Ports
        Ports of Airflow and MLflow.
    """

    home: Path
    project: Path
    dags: Path
    ports: ports.Ports

    @classmethod
    def open(
        cls, home: Path, *, project: Path | None = None, dags: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> "Stack":
        """Return the stack of a state folder, started or not; nothing is touched.

        `project` defaults to the checkout of this file, `dags` to its `dags/`, `environ` (which may choose ports) to the process's own.
        """
        home = home.expanduser().resolve()
        project = project or Path(__file__).resolve().parents[3]
        remembered = state.read(home / "services.json").ports
        return cls(home, project, dags or project / "dags", ports.choose(os.environ if environ is None else environ, remembered))

    @property
    def addresses(self) -> Addresses:
        """Return where each server answers once it is started."""
        databases = {f"{name}_database": postgres.uri(self._cluster, name) for name in postgres.DATABASES}
        return Addresses(airflow_servers.url(self.ports.airflow), mlflow_server.url(self.ports.mlflow), **databases)

    def start(self, progress: Progress) -> Addresses:
        """Start what does not run, wait until all of it is healthy, and return the addresses.

        Healthy servers are left alone, so a second call returns at once. A dead server's orphans are ended before it starts anew. A server
        that was given another port or folder of DAGs is started anew.

        Raises
        ------
        ServiceError
            A port is taken, the folder cannot be written, or a server did not become healthy; the message names its log.
        """
        for folder in (self.home, self._logs, self.home / "airflow", self.home / "mlflow"):
            _make_folder(folder)
        with self._lock():
            known = state.read(self._state)
            if known.dags == str(self.dags) and known.ports == self._chosen and all(one.healthy for one in self.status()):
                return self.addresses
            machine.require(machine.disk(self.home), machine.state_folder(self.home), machine.memory(started=bool(known.processes)))
            self._clear_stale(known, progress)
            since = datetime.now(UTC)
            self._start_database(progress)
            self._start_servers(progress)
            self._await_health(progress, since)
        return self.addresses

    def stop(self) -> list[int]:
        """Stop every server and return the ids of processes that would not die: an empty list means that none is left."""
        if not self.home.exists():
            return []
        with self._lock():
            known = state.read(self._state)
            database = postgres.find(self._cluster, self._log("postgres"))
            servers = [process for process in known.processes if process.name != "postgres"]
            survivors = processes.end(servers, grace=GRACE)
            if database is not None:
                backends = processes.family([database])
                postgres.stop(self._cluster)
                survivors += processes.end([database], grace=1.0)
                survivors += [process for process in backends if processes.is_running(process) and process not in survivors]
            if not survivors:
                state.write(self._state, replace(known, processes=()))
        return sorted({process.pid for process in survivors})

    def status(self, *, since: datetime = airflow_servers.LONG_AGO) -> list[ServiceStatus]:
        """Return how each of the six servers does, in starting order; see `airflow_servers.health` for `since`."""
        known = state.read(self._state)
        database = postgres.find(self._cluster, self._log("postgres"))
        alive = {name: process for name in SERVICES if (process := known.process(name)) and processes.is_alive(process)}
        health = (
            airflow_servers.health(self.ports.airflow, since=since)
            if "api-server" in alive
            else dict.fromkeys(airflow_servers.COMMANDS, False)
        )
        health["postgres"] = database is not None and postgres.answers(self._cluster)
        health["mlflow"] = "mlflow" in alive and mlflow_server.is_healthy(self.ports.mlflow)
        if database is not None:
            alive["postgres"] = database
        return [self._status(name, alive.get(name), healthy=health[name]) for name in SERVICES]

    def log_files(self) -> dict[str, Path]:
        """Return the log of each server, and of Airflow's last migration, whether or not it exists yet."""
        return {name: self._log(name) for name in (*SERVICES, "airflow-migrate")}

    @property
    def _cluster(self) -> Path:
        return self.home / "postgres"

    @property
    def _state(self) -> Path:
        return self.home / "services.json"

    @property
    def _logs(self) -> Path:
        return self.home / "logs"

    @property
    def _chosen(self) -> dict[str, int]:
        return {"airflow": self.ports.airflow, "mlflow": self.ports.mlflow}

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _status(self, name: str, process: processes.ServerProcess | None, *, healthy: bool) -> ServiceStatus:
        port = self._chosen[WEB[name]] if name in WEB else None
        return ServiceStatus(
            name, process is not None, process is not None and healthy, port, process.pid if process else None, self._log(name)
        )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one command at a time start or stop servers; a second one waits for the first."""
        with (self.home / "services.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _clear_stale(self, known: state.State, progress: Progress) -> None:
        """End what is left of dead servers, and servers with another port, folder of DAGs or version, then see that the ports are free."""
        updated = known.migrated not in {"", version("apache-airflow")}
        changed = updated or known.dags != str(self.dags) or known.ports != self._chosen
        stale = [one for one in known.processes if one.name != "postgres" and (changed or not processes.is_alive(one))]
        if stale:
            progress(f"ending what is left of {', '.join(one.name for one in stale)}")
            processes.end(stale, grace=GRACE)
        kept = tuple(one for one in known.processes if one not in stale)
        for service, owner in WEB.items():
            if not any(one.name == service for one in kept):
                ports.require_free("Airflow" if owner == "airflow" else "MLflow", self._chosen[owner])
        state.write(self._state, replace(known, processes=kept, ports=self._chosen, dags=str(self.dags)))

    def _start_database(self, progress: Progress) -> None:
        if not (self._cluster / "PG_VERSION").exists():
            progress("PostgreSQL: creating its cluster")
        self._remember(postgres.start(self._cluster, self._log("postgres")))
        postgres.create_databases(self._cluster)
        progress("PostgreSQL: ready")

    def _start_servers(self, progress: Progress) -> None:
        """Start MLflow and Airflow: MLflow prepares its tables while Airflow migrates its own."""
        common = environment.common(self.home, self.addresses)
        airflow = common | self._airflow_settings()
        if self._is_missing("mlflow"):
            command = mlflow_server.command(self.addresses.mlflow_database, self.home / "mlflow", self.ports.mlflow)
            self._launch("mlflow", command, common | mlflow_server.environment(), progress)
        installed = version("apache-airflow")
        if state.read(self._state).migrated != installed:
            progress("Airflow: preparing its database")
            self._migrate(airflow)
            state.write(self._state, replace(state.read(self._state), migrated=installed))
        for name, words in airflow_servers.COMMANDS.items():
            if self._is_missing(name):
                self._launch(name, airflow_servers.command(*words), airflow_servers.server_environment(name, airflow), progress)

    def _await_health(self, progress: Progress, since: datetime) -> None:
        """Return when every server is healthy, reporting each as it gets there."""
        deadline, reported = time.monotonic() + HEALTHY_WITHIN, {"postgres"}
        while True:
            status = self.status(since=since)
            for one in status:
                if one.healthy and one.name not in reported:
                    reported.add(one.name)
                    progress(f"{one.name}: healthy")
            dead = next((one for one in status if not one.running), None)
            if dead is not None:
                raise ServiceError(f"{dead.name} ended while it was starting: `make logs` shows why (its log is {dead.log}).")
            late = [one for one in status if not one.healthy]
            if not late:
                return
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"{late[0].name} was not healthy within {HEALTHY_WITHIN} s: `make logs` shows why (its log is {late[0].log})."
                )
            time.sleep(0.3)

    def _airflow_settings(self) -> dict[str, str]:
        keys = secret_keys.load_or_create(self.home / "secrets.json")
        settings = airflow_servers.environment(
            self.home, project=self.project, dags=self.dags, port=self.ports.airflow, database=self.addresses.airflow_database, keys=keys
        )
        return {**settings, **mlflow_server.environment()}

    def _migrate(self, settings: Mapping[str, str]) -> None:
        log = self._log("airflow-migrate")
        with log.open("wb") as sink:
            command = airflow_servers.command("db", "migrate")
            done = subprocess.run(
                command,
                env=dict(settings),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd=self.home,
                timeout=MIGRATED_WITHIN,
                check=False,
            )
        if done.returncode:
            raise ServiceError(f"Airflow could not prepare its database: `make logs` shows why (its log is {log}).")

    def _is_missing(self, name: str) -> bool:
        process = state.read(self._state).process(name)
        return process is None or not processes.is_alive(process)

    def _launch(self, name: str, command: list[str], variables: Mapping[str, str], progress: Progress) -> None:
        progress(f"{name}: starting")
        self._remember(processes.launch(name, command, environment=variables, log=self._log(name), folder=self.home))

    def _remember(self, process: processes.ServerProcess) -> None:
        state.write(self._state, state.read(self._state).with_process(process))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(
            f"The state folder {folder} cannot be made ({error.strerror}): set ALMANAC_HOME to a folder that you may write."
        ) from error
