import os
import signal
import sys
import time
from dataclasses import replace

import psutil
import pytest

from components.cli.services import processes

# A leader that ignores polite requests, with a child in its session and a grandchild in a session of its own.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""
PATIENT = "import time; print('ready', flush=True); time.sleep(600)"


@pytest.fixture
def launch(tmp_path):
    started = []

    def run(code):
        log = tmp_path / f"{len(started)}.log"
        server = processes.launch("one", [sys.executable, "-c", code], environment=os.environ, log=log, folder=tmp_path)
        started.append(server)
        deadline = time.monotonic() + 20
        while "ready" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.02)
        return server

    yield run
    assert processes.end(started, grace=0) == []


def test_a_server_leads_its_own_session_and_is_recognised(launch):
    server = launch(PATIENT)
    assert os.getsid(server.pid) == server.pid != os.getsid(0)
    assert processes.is_alive(server)


def test_a_willing_server_ends_within_its_grace(launch):
    server = launch(PATIENT)
    began = time.monotonic()
    assert processes.end([server], grace=20) == []
    assert time.monotonic() - began < 10
    assert not processes.is_alive(server)


def test_a_stubborn_server_and_all_its_descendants_are_killed(launch):
    server = launch(STUBBORN)
    members = processes.family([server])
    assert len(members) == 3
    assert processes.end([server], grace=0.2) == []
    assert not any(processes.is_running(member) for member in members)
    assert not psutil.pid_exists(server.pid)  # nor is it a zombie


def test_orphans_of_a_killed_leader_are_found_by_their_session(launch):
    server = launch(STUBBORN)
    outside = [child for child in psutil.Process(server.pid).children() if os.getsid(child.pid) != server.pid]
    os.kill(server.pid, signal.SIGKILL)
    while processes.is_alive(server):
        time.sleep(0.02)
    assert len(processes.family([server])) == 1
    assert processes.end([server], grace=0) == []
    for child in outside:  # it left the session, and its leader is gone: nothing tells any more whose it was
        child.kill()


def test_a_stranger_with_a_reused_pid_is_left_alone(launch):
    server = launch(PATIENT)
    for stranger in (replace(server, birth=server.birth + "0"), replace(server, birth="another boot:1")):
        assert not processes.is_alive(stranger)
        assert processes.family([stranger]) == []
        assert processes.end([stranger], grace=0) == []
    assert processes.is_alive(server)


def test_nobody_was_born_under_an_unused_pid():
    assert processes.birth_of(2**22 + 1) is None
