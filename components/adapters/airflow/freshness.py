"""Airflow's servers fork to read DAGs and to run tasks; a fork runs the code that lies in the checkout now, not the server's."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

PACKAGES = ("components", "pipeline_config")
SUFFIXES = frozenset({".py", ".yaml", ".json"})

Stamps = Mapping[Path, tuple[int, int]]


@cache
def watch_forks() -> Stamps:
    """Let every process forked from now on forget the project where it changed; return the stamps of its files as they are now.

    A server holds the project's modules from its start on: those of the plugin, and in the scheduler nearly all of them.
    """
    known = stamps()
    os.register_at_fork(after_in_child=lambda: forget_changed(known))
    return known


def stamps() -> Stamps:
    """Return size and modification time of each file of the project."""
    folders = [Path(folder) for package in PACKAGES for folder in import_module(package).__path__]
    return {path: _stamp(path) for folder in folders for path in folder.rglob("*") if path.suffix in SUFFIXES}


def forget_changed(known: Stamps) -> None:
    """Forget the project's modules, to import them anew, if one of its files is not what it was."""
    if any(_stamp(path) != stamp for path, stamp in known.items()):
        for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
            del sys.modules[name]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (-1, -1)
    return found.st_size, found.st_mtime_ns
