"""What the servers need of the machine, each question answered by one record: what was looked at, whether it is well, what to do."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from components.cli.services.errors import ServiceError

OLDEST_PYTHON = (3, 11)
SHOWN = 3  # distributions named where the environment differs from the lock
FREE_DISK = 2 * 10**9  # bytes: PostgreSQL's first cluster takes 0.1 GB, a year of flights with its models below 1 GB
FREE_MEMORY = 1_500 * 10**6  # bytes: Airflow's four servers with their workers take 0.92 GB, MLflow 0.46 GB


@dataclass(frozen=True, slots=True)
class Check:
    """One answer; `action` says what to do and is empty where all is well."""

    name: str
    ok: bool
    detail: str
    action: str = ""


def answer(name: str, ok: bool, detail: str, action: str) -> Check:
    """Return a check that names its action only where it is needed.

    >>> answer("disk", True, "5 GB free", "free some").action
    ''
    """
    return Check(name, ok, detail, "" if ok else action)


def require(*checks: Check) -> None:
    """Return when all checks are well.

    Raises
    ------
    ServiceError
        The first that is not, with what to do.
    """
    for check in checks:
        if not check.ok:
            raise ServiceError(f"The {check.name} is not ready for the servers ({check.detail}): {check.action}.")


def python_version() -> Check:
    """Return whether this interpreter is new enough."""
    needed = ".".join(map(str, OLDEST_PYTHON))
    return answer(
        "python", sys.version_info >= OLDEST_PYTHON, sys.version.split()[0], f"install Python {needed} or newer and run `make up`"
    )


def lock_in_sync(project: Path) -> Check:
    """Return whether the installed distributions are those of `requirements.lock`; the first few that differ are named."""
    path = project / "requirements.lock"
    if not path.exists():
        return Check("environment", ok=False, detail=f"{path} is missing", action="restore it with `git checkout requirements.lock`")
    wrong = [f"{name} {found or 'missing'} instead of {wanted}" for name, wanted, found in _pins(path) if found != wanted]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    detail = f"as locked ({digest})" if not wrong else ", ".join(wrong[:SHOWN]) + (" and more" if len(wrong) > SHOWN else "")
    return answer("environment", not wrong, detail, "run `make up`, which installs what the lock names")


def disk(home: Path) -> Check:
    """Return whether the state folder's disk has room."""
    folder = _existing(home)
    free = shutil.disk_usage(folder).free
    return answer(
        "disk",
        free >= FREE_DISK,
        f"{free / 1e9:.1f} GB free at {folder}",
        f"free {FREE_DISK / 1e9:.0f} GB, or set ALMANAC_HOME to another disk",
    )


def memory(*, started: bool) -> Check:
    """Return whether the servers, unless they are running already, fit into the free memory."""
    free = psutil.virtual_memory().available
    action = f"close other programs: the servers need {FREE_MEMORY / 1e9:.1f} GB"
    return answer("memory", started or free >= FREE_MEMORY, f"{free / 1e9:.1f} GB free", action)


def state_folder(home: Path) -> Check:
    """Return whether the state folder, or the nearest folder above it that exists, can be written."""
    folder = _existing(home)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check(
            "state folder", ok=False, detail=f"{folder}: {error.strerror}", action="set ALMANAC_HOME to a folder that you may write"
        )
    return Check("state folder", ok=True, detail=str(home))


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _pins(path: Path) -> Iterator[tuple[str, str, str | None]]:
    """Yield name, locked version and installed version (None: not installed) of each line of the lock that this platform needs."""
    from packaging.requirements import Requirement

    for line in path.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            pin = Requirement(line.rstrip("\\ "))
            if pin.marker is None or pin.marker.evaluate():
                yield pin.name, next(iter(pin.specifier)).version, _installed(pin.name)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
