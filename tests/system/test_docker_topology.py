"""The containers of docker/compose.yaml: the same commands and settings as the native servers, and a start of them without containers."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2
import pytest
import yaml

from components.cli.services import airflow_servers, environment, mlflow_server, ports, postgres, processes
from components.cli.services.environment import Addresses
from components.cli.services.health import OPENER
from components.cli.services.stack import SERVICES

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
KEYS = {"fernet_key": "F", "jwt_secret": "J", "api_secret_key": "A"}
SECRETS = {"POSTGRES_PASSWORD": "P", "AIRFLOW_FERNET_KEY": "F", "AIRFLOW_JWT_SECRET": "J", "AIRFLOW_API_SECRET_KEY": "A"}
HOME, PROJECT = Path("/var/lib/almanac"), Path("/opt/almanac")
DATABASE = "postgresql+psycopg2://almanac@postgres/{}"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - within a container; the port is published on loopback
SERVERS = [name for name in SERVICES if name != "postgres"]

DIFFERENT = {
    "AIRFLOW__API__HOST": EVERYWHERE,
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "http://api-server:8080/execution/",
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
    "NO_PROXY": "127.0.0.1,localhost,postgres,mlflow,api-server",
    "no_proxy": "127.0.0.1,localhost,postgres,mlflow,api-server",
    "PGPASSWORD": "P",
}
"""What containers need otherwise: they reach one another by name, and nobody is an admin for the asking."""


def compose(text=None, **chosen):
    """Return the composition with its variables filled in."""
    values = SECRETS | chosen
    found = (text or (DOCKER / "compose.yaml").read_text()).replace("$$", "$")
    return yaml.safe_load(re.sub(r"\$\{(\w+):([-?])([^}]*)\}", lambda m: values.get(m[1]) or (m[3] if m[2] == "-" else ""), found))


def native_environment(monkeypatch):
    """Return what the native servers would be given in the containers' folders."""
    monkeypatch.setattr(os, "environ", {})
    databases = {f"{name}_database": DATABASE.format(name) for name in postgres.DATABASES}
    common = environment.common(HOME, Addresses(airflow="http://127.0.0.1:8080", mlflow="http://mlflow:5000", **databases))
    airflow = airflow_servers.environment(
        HOME, project=PROJECT, dags=PROJECT / "dags", port=8080, database=DATABASE.format("airflow"), keys=KEYS
    )
    settings = common | airflow | mlflow_server.environment() | DIFFERENT
    del settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"]
    return settings


def test_it_has_the_native_servers_and_no_others():
    assert set(compose()["services"]) == {*SERVICES, "airflow-init"}


@pytest.mark.parametrize("name", airflow_servers.COMMANDS)
def test_airflow_has_the_native_commands_and_settings(name, monkeypatch):
    service = compose()["services"][name]
    assert service["command"] == ["python", *airflow_servers.command(*airflow_servers.COMMANDS[name])[1:]]
    monkeypatch.setattr(airflow_servers, "PRELOAD", PROJECT / airflow_servers.PRELOAD.relative_to(ROOT))
    assert service["environment"] == airflow_servers.server_environment(name, native_environment(monkeypatch))


def test_airflow_is_migrated_before_it_starts():
    services = compose()["services"]
    assert services["airflow-init"]["command"] == ["python", *airflow_servers.command("db", "migrate")[1:]]
    assert services["airflow-init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in airflow_servers.COMMANDS:
        assert services[name]["depends_on"]["airflow-init"] == {"condition": "service_completed_successfully"}


def test_mlflow_has_the_native_command_and_settings(monkeypatch):
    service = compose()["services"]["mlflow"]
    native = mlflow_server.command(DATABASE.format("mlflow"), HOME / "mlflow", 5000)[1:]
    native[native.index("--host") + 1] = EVERYWHERE
    assert service["command"] == ["python", *native, "--allowed-hosts", "mlflow:5000,127.0.0.1:*,localhost:*"]
    settings = native_environment(monkeypatch)
    assert service["environment"] == {name: settings[name] for name in service["environment"]}
    assert service["environment"].keys() >= {*mlflow_server.environment(), *environment.THREADS}


def test_postgresql_has_the_native_databases_and_connections():
    service = compose()["services"]["postgres"]
    made = re.findall(r"CREATE DATABASE (\w+);", (DOCKER / "databases.sql").read_text())
    assert {service["environment"]["POSTGRES_DB"], *made} == set(postgres.DATABASES)
    assert f"max_connections={postgres.MAX_CONNECTIONS}" in service["command"]


def test_ports_are_published_on_loopback_only_and_chosen_as_natively():
    services = compose()["services"]
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {
        "api-server": [f"127.0.0.1:{ports.DEFAULTS['airflow']}:8080"],
        "mlflow": [f"127.0.0.1:{ports.DEFAULTS['mlflow']}:5000"],
    }
    chosen = compose(**{ports.variable("airflow"): "8181", ports.variable("mlflow"): "5151"})["services"]
    assert chosen["api-server"]["ports"] == ["127.0.0.1:8181:8080"]
    assert chosen["scheduler"]["environment"]["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8181"
    assert chosen["mlflow"]["ports"] == ["127.0.0.1:5151:5000"]


def test_no_secret_is_committed_and_each_is_required():
    text = (DOCKER / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(SECRETS)
    assert set(re.findall(r"\$\{(\w+):-", text)) == {"ALMANAC_AIRFLOW_PORT", "ALMANAC_MLFLOW_PORT", "ALMANAC_PARALLELISM"}
    example = (DOCKER / ".env.example").read_text()
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == set(SECRETS)
    assert ".env" in (DOCKER / ".gitignore").read_text().split()


def test_the_command_of_the_manual_makes_all_secrets(tmp_path):
    manual = (DOCKER / "README.md").read_text()
    script = re.search(r"```sh\n(umask .*?)```", manual, re.DOTALL)[1]
    (tmp_path / "docker").mkdir()
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    made = dict(line.split("=", 1) for line in (tmp_path / "docker" / ".env").read_text().split())
    assert made.keys() == SECRETS.keys()
    assert all(re.fullmatch(r"[\w-]{43}=", secret) for secret in made.values())
    assert len(set(made.values())) == len(made)
    assert (tmp_path / "docker" / ".env").stat().st_mode & 0o077 == 0


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_special():
    text = (DOCKER / "Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"python:3.11-slim-bookworm"}
    assert "--require-hashes --no-deps --requirement /tmp/requirements.lock" in text
    assert re.findall(r"^USER (.*)", text, re.MULTILINE) == ["10001:10001"]
    copied = set(re.findall(r"^!(\S+)", (DOCKER / "Dockerfile.dockerignore").read_text(), re.MULTILINE))
    assert all((ROOT / name).exists() for name in copied)


@pytest.fixture
def started():
    """Start the composition's own commands with its own environment, its folders and addresses moved to this machine."""
    folder = Path(tempfile.mkdtemp(prefix="almanac-", dir="/tmp"))
    free = {name: _free_port() for name in ("postgres", "mlflow", "airflow")}
    moved = {
        str(HOME): str(folder / "state"),
        str(PROJECT): str(ROOT),
        EVERYWHERE: "127.0.0.1",
        "@postgres/": f"@127.0.0.1:{free['postgres']}/",
        "http://mlflow:5000": f"http://127.0.0.1:{free['mlflow']}",
        "http://127.0.0.1:5000": f"http://127.0.0.1:{free['mlflow']}",
        '"5000"': f'"{free["mlflow"]}"',
        "api-server:8080": f"127.0.0.1:{free['airflow']}",
        "127.0.0.1:8080": f"127.0.0.1:{free['airflow']}",
        '"8080"': f'"{free["airflow"]}"',
        f"{PROJECT}/dags": str(folder / "dags"),
    }
    for name in ("state/airflow", "state/mlflow", "dags"):
        (folder / name).mkdir(parents=True)
    text = (DOCKER / "compose.yaml").read_text()
    for old in sorted(moved, key=len, reverse=True):
        text = text.replace(old, moved[old])
    services = compose(text, AIRFLOW_FERNET_KEY=f"{'x' * 43}=", AIRFLOW_JWT_SECRET="j" * 64)["services"]
    running = []
    try:
        _start_postgresql(folder / "postgres", free["postgres"])
        done = subprocess.run(_command(services["airflow-init"]["command"]), env=_variables(services["airflow-init"]), check=False)
        assert done.returncode == 0
        for name in SERVERS:
            log, variables = folder / f"{name}.log", _variables(services[name])
            running.append(processes.launch(name, _command(services[name]["command"]), environment=variables, log=log, folder=folder))
        yield services, free, folder
    finally:
        left = processes.end(running, grace=5)
        postgres.stop(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
        assert left == []


def _start_postgresql(cluster, port):
    """Start a server that asks for the password of compose.yaml, over TCP as in a container."""
    server = postgres._binaries(cluster)
    server.ensure_pgdata_inited()
    (cluster / "pg_hba.conf").write_text("local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    options = f"-h 127.0.0.1 -p {port} -k {cluster} -c max_connections=200"
    command = [server.bin_path / "pg_ctl", "-w", "-D", cluster, "-l", "/dev/null", "-o", options, "start"]
    subprocess.run(command, user=server.system_user, check=True, cwd="/", stdout=subprocess.DEVNULL)
    connection = psycopg2.connect(dbname="postgres", user="postgres", host=str(cluster), port=port)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE almanac LOGIN CREATEDB PASSWORD 'P'")
        for name in postgres.DATABASES:
            cursor.execute(f"CREATE DATABASE {name} OWNER almanac")
    connection.close()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _command(words):
    return [sys.executable if word == "python" else word for word in words]


def _variables(service):
    """Return a service's environment and nothing of this process's but what a container has too."""
    return {"PATH": os.environ["PATH"], "HOME": service["environment"].get("ALMANAC_HOME", ""), **service["environment"]}


def _status(url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **headers})  # noqa: S310 - on loopback
    try:
        with OPENER.open(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.slow
def test_its_commands_start_healthy_servers_that_ask_for_a_password(started):
    services, free, folder = started
    waiting, deadline = set(SERVERS), time.monotonic() + 180
    while waiting and time.monotonic() < deadline:
        for name in sorted(waiting):
            check = _command(services[name]["healthcheck"]["test"][1:])
            if subprocess.run(check, env={"PATH": os.environ["PATH"]}, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                waiting.discard(name)
        time.sleep(0.5)
    assert not waiting, {name: (folder / f"{name}.log").read_text()[-2000:] for name in waiting}

    airflow, mlflow = (f"http://127.0.0.1:{free[name]}" for name in ("airflow", "mlflow"))
    password = json.loads((folder / "state/airflow/simple_auth_manager_passwords.json.generated").read_text())["admin"]
    assert _status(f"{airflow}/auth/token", {"username": "admin", "password": password}) == 201
    assert _status(f"{airflow}/auth/token", {"username": "admin", "password": "guess"}) == 401
    assert _status(f"{airflow}/auth/token") in (401, 403)
    search = f"{mlflow}/api/2.0/mlflow/experiments/search?max_results=1"
    assert _status(search, Host="mlflow:5000") == 200
    assert _status(search, Host="elsewhere:5000") == 403
