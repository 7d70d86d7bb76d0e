"""Server processes: each launched in a session of its own, recognised later by pid and birth, ended with all that it forked."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
KILLED_WITHIN = 5.0  # seconds; a killed process stays while it sits in an uninterruptible system call
_children: dict[int, "subprocess.Popen[bytes]"] = {}  # our own children, kept so that a dead one is reaped, not left as a zombie


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A launched server: the leader of its own session.

    Attributes
    ----------
    name : str
        Name of the service, such as `scheduler`.
    pid : int
        Process id, session id and process group id at once.
    birth : str
        `birth_of(pid)` at launch. A reused pid has another birth, so a stranger is never signalled.
    log : str
        File that takes its output.
    """

    name: str
    pid: int
    birth: str
    log: str


def boot() -> str:
    """Return what identifies this boot of the machine: the kernel's boot id, elsewhere the boot time in whole seconds."""
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else str(int(psutil.boot_time()))


def birth_of(pid: int) -> str | None:
    """Return when a process began, in a form that clock changes do not move, or None where no such process lives.

    On Linux it is the boot id and field 22 of `/proc/<pid>/stat` (clock ticks since boot, see proc(5)); elsewhere the creation time.
    A zombie counts as gone.
    """
    if pid in _children:
        _children[pid].poll()
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        stat = Path(f"/proc/{pid}/stat")
        began = stat.read_text().rpartition(")")[2].split()[19] if stat.exists() else f"{process.create_time():.2f}"
    except (psutil.Error, OSError):
        return None
    return f"{boot()}:{began}"


def launch(name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path, folder: Path) -> ServerProcess:
    """Start a command in its own session, so that neither Ctrl-C nor the end of this process reaches it.

    Its output is appended to `log`; it reads nothing and works in `folder`.
    """
    with log.open("ab") as sink:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    _children[child.pid] = child
    return ServerProcess(name, child.pid, birth_of(child.pid) or "", str(log))


def is_alive(server: ServerProcess) -> bool:
    """Return whether the very process that was launched still runs."""
    return birth_of(server.pid) == server.birth


def is_running(process: psutil.Process) -> bool:
    """Return whether a process still runs; a zombie, which only waits for its parent to look, does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def family(servers: Sequence[ServerProcess]) -> list[psutil.Process]:
    """Return every live process of these servers: their sessions, orphans included, and all descendants of those.

    A session outlives its leader, and the kernel gives its id to nobody else while it does; a server of another boot, or whose pid now
    belongs to a stranger, has no family.
    """
    here = boot()
    ours = {s.pid for s in servers if s.birth.startswith(f"{here}:") and birth_of(s.pid) in {None, s.birth}}
    found: dict[int, psutil.Process] = {}
    parents: dict[int, int] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            parents[process.pid] = process.ppid()
            if os.getsid(process.pid) in ours:
                found[process.pid] = process
    grown = True
    while grown:
        heirs = {pid for pid, parent in parents.items() if parent in found and pid not in found}
        for pid in heirs:
            parents.pop(pid)
            with contextlib.suppress(psutil.Error):
                found[pid] = psutil.Process(pid)
        grown = bool(heirs)
    return [process for process in found.values() if is_running(process)]


def end(servers: Sequence[ServerProcess], *, grace: float) -> list[psutil.Process]:
    """Ask the leaders to stop, wait `grace` seconds, kill what is left of their families, and return what survived even that.

    An empty list is the promise that no process is left behind.
    """
    members = {process.pid: process for process in family(servers)}
    for server in servers:
        if is_alive(server):
            with contextlib.suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and any(is_alive(server) for server in servers):
        time.sleep(0.1)
    members |= {process.pid: process for process in family(servers)}
    for process in members.values():
        with contextlib.suppress(psutil.Error):
            process.kill()  # psutil compares the birth first: a reused pid is refused
    deadline = time.monotonic() + KILLED_WITHIN
    while (left := [process for process in members.values() if is_running(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in [_children[server.pid] for server in servers if server.pid in _children]:
        child.poll()  # only now: a process is not dead in the instant in which it is killed
    return left
