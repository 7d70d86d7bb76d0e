"""Ctrl-C and SIGTERM in a real process: the execution is CANCELED and nothing stays claimed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.store.store import Store
from components.store.tables import claim, execution, run

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("command", [["run", "sleepy", "--span", "2013-03-09"], ["backfill", "sleepy", "2013-03-08", "2013-03-09"]])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_the_execution_and_leaves_no_claim(sent: signal.Signals, command: list[str], tmp_path: Path) -> None:
    environment = os.environ | {"ALMANAC_HOME": str(tmp_path / "home"), "PYTHONPATH": str(CHECKOUT)}
    arguments = [sys.executable, "-c", "from tests.cli.sleeping import run; run()", *command]
    process = subprocess.Popen(arguments, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "asleep").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(sent)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors.strip() == "almanac: stopped; what was finished is kept"
    with Store.open(folder=tmp_path / "home") as store, store.database.read() as connection:
        assert connection.execute(sa.select(claim)).all() == []
        found = dict(connection.execute(sa.select(execution.c.step, execution.c.state)).all())
        assert found == {"examples": "COMPLETE", "sleep": "CANCELED"}
        assert connection.execute(sa.select(run.c.state)).scalars().all() == ["CANCELED"]
