"""Positions of a mapped step side by side: processes of the local runner, each with a session of the same run."""

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from components.run.session import Session
from components.runtime.graph import Pipeline
from components.store.store import Store

LEAST = 4
"""Positions from which on processes are worth their start, a few seconds of imports each."""


@dataclass(frozen=True)
class Workers:
    """``n`` spawned processes, and what gives each of them the run's pipeline: a function of a module, or a partial of one.

    A position is settled as a mapped task of Airflow settles it: found by its key, or claimed, computed and recorded. What comes of it does
    not depend on which process was first, since whoever reads all positions reads them in order.
    """

    n: int
    pipeline: Callable[[], Pipeline]
    least: int = LEAST

    def settle(self, session: Session, step: str, width: int) -> int:
        """Settle every position of a mapped step and return how many were computed; where one fails the others are stopped."""
        address = session.store.database.url.render_as_string(hide_password=False)
        work = functools.partial(_settle, self.pipeline, address, session.store.folder, session.run.id, session.attempt, step)
        shares = [range(first, width, self.n) for first in range(min(self.n, width))]
        spawn = multiprocessing.get_context("spawn")  # a fork of a process that has used Polars hangs
        with ProcessPoolExecutor(len(shares), mp_context=spawn, initializer=_end_with_parent) as pool:
            try:
                return sum(pool.map(work, shares))
            except BaseException:
                for process in multiprocessing.active_children():
                    os.kill(process.pid or 0, signal.SIGINT)
                raise


def _settle(
    pipeline: Callable[[], Pipeline], address: str, folder: Path, run: str, attempt: int, step: str, positions: Sequence[int]
) -> int:
    """Settle some positions in this process."""
    with Store.open(address, folder) as store:
        session = Session.resume(store, pipeline(), run, attempt=attempt)
        session.look_ahead([step])
        for position in positions:
            session.step(step, position)
        return session.recorder.computed


def _end_with_parent() -> None:
    """Watch the process that started this one: a pool does not notice that it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _end_after(waited: Callable[[], None]) -> None:
    waited()
    os._exit(1)
