"""Make `.venv` from `requirements.lock`, on nothing but Python; does nothing, quickly, when it is made already.

Run as `python3 bootstrap.py`, or with the word `lock` to resolve the lock anew. An older Python must be able to read this file as far
as the check of its version.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    found, needed = sys.version.split()[0], ".".join(map(str, OLDEST))
    sys.exit(f"Python {needed} or newer is needed, and this is {found}: install one and name it, as in `make up PYTHON=python{needed}`.")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed-from"
NEEDED_DISK = 4 * 10**9  # bytes: the packages with their compiled modules take 1.8 GB, the servers' data and uv's cache the rest
# What uv, pip and the operating system say where the network or the disk is the cause.
NO_NETWORK = re.compile(
    r"dns error|name resolution|failed to resolve|could not resolve|connection (refused|reset|error)|network is unreachable|tcp connect|"
    r"error sending request|failed to establish|failed to fetch|timed out|connecttimeout|proxyerror|newconnectionerror",
    re.IGNORECASE,
)
DISK_FULL = re.compile(r"no space left|disk quota|os error 28|errno 28", re.IGNORECASE)


class BootstrapError(Exception):
    """The environment cannot be made; the message is one sentence for the user."""


def main() -> None:
    """Make the environment if it does not match the lock, the project file and this Python."""
    wanted = fingerprint()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text().strip() == wanted:
        return
    check_machine()
    create_environment()
    install()
    STAMP.write_text(wanted + "\n")


def fingerprint() -> str:
    """Return what the environment was made from: digests of lock and project file, its folder (scripts name it) and the Python."""
    digest = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return f"{digest} {ROOT} {sys.version_info.major}.{sys.version_info.minor}"


def check_machine() -> None:
    """Return when git is there and the disk has room.

    Raises
    ------
    BootstrapError
        One of them is not.
    """
    for tool in ("git", "make"):
        if shutil.which(tool) is None:
            raise BootstrapError(
                f"{tool} is not installed: install it with the system's package manager, for example `apt install {tool}`."
            )
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_DISK:
        raise BootstrapError(f"The disk is too full: {ROOT} has {free / 1e9:.1f} GB free and {NEEDED_DISK / 1e9:.0f} GB are needed.")


def create_environment() -> None:
    """Make `.venv` with this Python; what another Python made, or what was moved here from another folder, is replaced."""
    if is_ours():
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    try:
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    except BootstrapError as error:
        if "ensurepip" in str(error) or "No module named venv" in str(error):
            raise BootstrapError("This Python lacks its venv module: install it, for example with `apt install python3-venv`.") from error
        raise


def is_ours() -> bool:
    """Return whether `.venv` was made here and with this minor version of Python, so that it need only be brought up to date."""
    try:
        words = [str(PYTHON), "-c", "import sys; print(sys.prefix, *sys.version_info[:2])"]
        made = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        script = (VENV / "bin" / "pip").read_text(encoding="utf-8")
    except (OSError, subprocess.CalledProcessError):
        return False
    return made[-2:] == [str(part) for part in sys.version_info[:2]] and str(VENV) in script


def install() -> None:
    """Install uv as pinned in the lock, then with it everything else, each file checked against its hash, then the project itself."""
    say("installing uv")
    pinned = VENV / "uv.txt"
    pinned.write_text(lock_entry("uv"))
    run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r", str(pinned)])
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
    say("installing the packages of requirements.lock (1 GB to fetch, a minute or two)")
    run([*uv, "--require-hashes", "--compile-bytecode", "-r", str(LOCK)])
    say("installing the project")
    run([*uv, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])


def lock() -> None:
    """Resolve `pyproject.toml` anew, for every Python and platform, into `requirements.lock`; the lock names no package index."""
    say("resolving pyproject.toml into requirements.lock")
    words = "pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-emit-find-links"
    command = [str(VENV / "bin" / "uv"), *words.split(), "--output-file", str(LOCK), str(ROOT / "pyproject.toml")]
    run(command, UV_CUSTOM_COMPILE_COMMAND="make lock")


def lock_entry(name: str) -> str:
    """Return the lines of one package in the lock: its pin and its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n[ \t]+--hash=.*)+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise BootstrapError(f"{LOCK.name} does not pin {name}: restore it with `git checkout {LOCK.name}`.")
    return found.group().rstrip("\\ ") + "\n"


def run(command: list[str], **variables: str) -> None:
    """Run a command without showing its output.

    Raises
    ------
    BootstrapError
        It failed: the disk is full, there is no network, or the last lines that it wrote.
    """
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**environment(), **variables}, check=False
    )
    if not done.returncode:
        return
    if DISK_FULL.search(done.stdout):
        raise BootstrapError(f"The disk is full: free {NEEDED_DISK / 1e9:.0f} GB at {ROOT} and run the command again.")
    if NO_NETWORK.search(done.stdout):
        raise BootstrapError(
            "The package index cannot be reached: check the network (or the proxy, or pip's index settings) and run the command again."
        )
    raise BootstrapError(f"`{' '.join(command[:4])} ...` failed: " + "\n  ".join(done.stdout.strip().splitlines()[-8:]))


def environment() -> dict[str, str]:
    """Return the environment for pip and uv: modules may be compiled, and uv asks the mirror that pip is set to ask, if there is one."""
    inherited = {key: text for key, text in os.environ.items() if key not in ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTHONPATH")}
    inherited.setdefault("UV_NATIVE_TLS", "1")  # the certificates that this machine trusts, as pip's own setting may name them
    if not PYTHON.exists():
        return inherited
    for setting in ("global.index-url", "install.index-url", ":env:.index-url"):
        asked = subprocess.run([str(PYTHON), "-m", "pip", "config", "get", setting], capture_output=True, text=True, check=False)
        if not asked.returncode and asked.stdout.strip():
            inherited.setdefault("UV_DEFAULT_INDEX", asked.stdout.strip())
    return inherited


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"bootstrap: {text}", flush=True)  # noqa: T201 - there is no rich yet


if __name__ == "__main__":
    try:
        lock() if sys.argv[1:] == ["lock"] else main()
    except BootstrapError as problem:
        sys.exit(f"bootstrap: {problem}")
    except OSError as problem:
        sys.exit(f"bootstrap: {problem.filename or ROOT}: {problem.strerror}.")
    except KeyboardInterrupt:
        sys.exit("bootstrap: interrupted; run the command again to go on.")
