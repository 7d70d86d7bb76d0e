"""`almanac up`, `down`, `logs` and `doctor` on a state folder where nothing was started."""

import sys
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner

from components.cli import doctor, down, logs, up
from components.cli.services.environment import Addresses
from components.cli.services.errors import ServiceError
from components.cli.services.stack import Stack

ADDRESSES = Addresses("http://127.0.0.1:1", "http://127.0.0.1:2", "a", "m", "s")


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    monkeypatch.setenv("ALMANAC_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    for command in (up.up, down.down, logs.logs, doctor.doctor):
        app.command()(command)
    return lambda *words: CliRunner().invoke(app, words)


def test_down_on_a_machine_where_nothing_runs_says_so(invoke, tmp_path):
    done = invoke("down")
    assert done.exit_code == 0
    assert done.stdout == "Everything is stopped; no process is left.\n"
    assert not (tmp_path / "state").exists()


def test_down_fails_when_a_process_survives(invoke, monkeypatch):
    monkeypatch.setattr(Stack, "stop", lambda _: [7, 9])
    done = invoke("down")
    assert done.exit_code == 1
    assert done.stderr == "These processes could not be ended: 7, 9.\n"


def test_logs_show_state_errors_and_tail(invoke, tmp_path):
    folder = tmp_path / "state" / "logs"
    folder.mkdir(parents=True)
    (folder / "scheduler.log").write_text("OSError: [bold]markup[/bold] is text\none\ntwo\n")
    done = invoke("logs", "-n", "2")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("scheduler  not running"))
    assert lines[at + 1 : at + 4] == ["  ! OSError: [bold]markup[/bold] is text", "    one", "    two"]
    assert "    (no log yet)" in lines
    alone = invoke("logs", "scheduler").stdout
    assert "mlflow" not in alone


def test_logs_of_an_unknown_server_name_the_nearest(invoke):
    done = invoke("logs", "schedular")
    assert isinstance(done.exception, ServiceError)
    assert "Nearest valid name: 'scheduler'" in str(done.exception)


def test_the_doctor_says_what_to_do_and_fails(invoke):
    done = invoke("doctor")
    assert done.exit_code == 1
    assert "scheduler       not running" in done.stdout
    assert "-> start it with `make up`" in done.stdout


def test_up_starts_the_servers_and_then_the_tour(invoke, tmp_path, monkeypatch):
    toured, tour = [], ModuleType("components.cli.tour")
    tour.run_tour = lambda addresses, home, show: toured.append((addresses, home))
    monkeypatch.setitem(sys.modules, "components.cli.tour", tour)
    monkeypatch.setattr(Stack, "start", lambda _, progress: progress("starting") or ADDRESSES)
    assert invoke("up", "--servers-only").exit_code == 0
    assert toured == []
    done = invoke("up")
    assert done.exit_code == 0
    assert toured == [(ADDRESSES, (tmp_path / "state").resolve())]
    assert "Airflow: http://127.0.0.1:1" in done.stdout
