"""Functions that may hang: Python called row by row, and column-wise functions with a time limit, in processes of their own."""

import io
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from components.artifacts.votes import ABSTAIN, Fault, FaultKind
from components.labeling.functions import ROW_SECONDS, LabelingFunction, Rows, takes_rows
from components.labeling.voting import SHOWN, Said, as_votes, failed, raised
from components.runtime.errors import DefinitionError
from components.runtime.keys import CodeRef

if TYPE_CHECKING:
    from multiprocessing.pool import Pool
    from types import FrameType

    import polars as pl

FEW_ROWS = 1_000
"""Up to so many rows are voted on here: starting a process takes about a second, more than they do."""
CHUNK_ROWS = 10_000
START_SECONDS = 60.0
"""What a process may take to start and to import the functions, beside the time of its rows."""

SOON = 0.001
"""Seconds to an alarm that should have rung meanwhile."""

Failure = tuple[int, FaultKind, str]
"""Row, kind and message."""


class _TooLongError(BaseException):
    """Raised by the alarm; not an `Exception`, so that a function which catches those does not swallow it."""


def vote_by_row(function: LabelingFunction, rows: Rows) -> Said:
    """Return what a row-wise function says: in this process where the rows are few, else in a pool of fresh ones (never forked).

    A row that raises, takes longer than the function's timeout or gets no class abstains, and is counted in a fault. A row that hangs
    outside the reach of Python ends the pool after the time that all rows of its chunk may take.
    """
    frame = rows.frame.select(function.columns or ())
    seconds = function.timeout or ROW_SECONDS
    if frame.height <= FEW_ROWS and threading.current_thread() is threading.main_thread():
        found = _rows_said(function.function, frame, 0, seconds)  # type: ignore[arg-type]
        return _gathered(function, [found], frame.height)
    chunks = [frame.slice(first, CHUNK_ROWS) for first in range(0, frame.height, CHUNK_ROWS)]
    with _pool(min(len(chunks), os.cpu_count() or 1)) as pool:
        waiting = [
            pool.apply_async(_vote_chunk, (_address(function), _packed(chunk), index * CHUNK_ROWS, seconds))
            for index, chunk in enumerate(chunks)
        ]
        try:
            return _gathered(function, [one.get(START_SECONDS + seconds * CHUNK_ROWS) for one in waiting], frame.height)
        except multiprocessing.TimeoutError:
            return failed(function, frame.height, "timed-out", "hangs in code that Python cannot interrupt")
        except DefinitionError:
            raise
        except Exception as error:  # noqa: BLE001 - what a process could not do, such as import the function
            return failed(function, frame.height, "raised", raised(error))


def vote_with_timeout(function: LabelingFunction, rows: Rows) -> Said:
    """Return what a column-wise function says in a process of its own, which is ended when the function's time is over."""
    seconds = cast("float", function.timeout)
    tables = {name: _packed(rows.table(name)) for name in function.lookups}
    with _pool(1) as pool:
        pool.apply_async(_start, (_address(function),)).get(START_SECONDS)
        try:
            found = pool.apply_async(_vote_whole, (_address(function), _packed(rows.frame), tables)).get(seconds)
        except multiprocessing.TimeoutError:
            return failed(function, rows.frame.height, "timed-out", f"took longer than {seconds:g} s")
        except DefinitionError:
            raise
        except Exception as error:  # noqa: BLE001 - a user's function may raise anything
            return failed(function, rows.frame.height, "raised", raised(error))
    return as_votes(function, _unpacked(found)["vote"], rows.frame.height)


def _pool(n_processes: int) -> "Pool":
    """Return a pool of fresh processes: one that forks would hang where Polars was used before."""
    return multiprocessing.get_context("spawn").Pool(n_processes)


def _address(function: LabelingFunction) -> str:
    """Return the module and the variable under which another process finds the function."""
    plain = function.function
    if plain.__module__ == "__main__" or not plain.__qualname__.isidentifier():
        raise DefinitionError(
            f"labeling function '{function.name}' cannot be found by another process",
            expected="a function at the top level of a module",
            fix="Move it to a module, such as the pipeline's labeling.py.",
        )
    return f"{plain.__module__}:{plain.__qualname__}"


def _start(target: str) -> None:
    """Import the module of a function, so that its time does not count."""
    CodeRef(target).load()


def _plain(target: str) -> "Callable[..., Any]":
    found = CodeRef(target).load()
    return cast("Callable[..., Any]", found.function if isinstance(found, LabelingFunction) else found)


def _vote_chunk(target: str, packed: bytes, first: int, seconds: float) -> tuple[list[int], list[Failure]]:
    """Vote on the rows of a chunk, in a process of the pool."""
    return _rows_said(_plain(target), _unpacked(packed), first, seconds)


def _vote_whole(target: str, packed: bytes, tables: Mapping[str, bytes]) -> bytes:
    """Vote on all rows, in a process of its own."""
    import polars as pl

    frame, function = _unpacked(packed), _plain(target)
    rows = Rows(frame, {name: _unpacked(one) for name, one in tables.items()})
    found = function(rows) if takes_rows(function) else function()
    votes = frame.select(vote=found) if isinstance(found, pl.Expr) else pl.DataFrame({"vote": pl.Series(found)})
    return _packed(votes)


def _rows_said(
    vote: "Callable[[Mapping[str, object]], int | None]", frame: "pl.DataFrame", first: int, seconds: float
) -> tuple[list[int], list[Failure]]:
    """Return the vote of each row, an alarm set before each, and what went wrong."""
    votes, failures = [], []

    def ring(_number: int, _frame: "FrameType | None") -> None:
        raise _TooLongError

    before, left, began = signal.signal(signal.SIGALRM, ring), signal.getitimer(signal.ITIMER_REAL)[0], time.monotonic()
    try:
        for position, row in enumerate(frame.iter_rows(named=True), first):
            found, failure = _row_said(vote, row, seconds)
            votes.append(found)
            if failure is not None:
                failures.append((position, *failure))
    finally:
        signal.signal(signal.SIGALRM, before)
        if left:  # somebody else's alarm, such as a scheduler's limit for the task, goes on
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), SOON))
    return votes, failures


def _row_said(
    vote: "Callable[[Mapping[str, object]], int | None]", row: Mapping[str, object], seconds: float
) -> tuple[int, tuple[FaultKind, str] | None]:
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            found = vote(row)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TooLongError:
        return ABSTAIN, ("timed-out", f"took longer than {seconds:g} s")
    except Exception as error:  # noqa: BLE001 - a user's function may raise anything, and its row is told with it
        return ABSTAIN, ("raised", raised(error))
    if found is not None and not (isinstance(found, int) and abs(found) < 1 << 31):
        return ABSTAIN, ("bad-vote", f"voted {found!r}; votes are whole numbers, and None abstains")
    return ABSTAIN if found is None else int(found), None


def _gathered(function: LabelingFunction, parts: "list[tuple[list[int], list[Failure]]]", n_rows: int) -> Said:
    """Return the votes of all chunks in order, and a fault for each kind of failure with the first of its messages."""
    import polars as pl

    said = as_votes(function, pl.Series([vote for votes, _ in parts for vote in votes], dtype=pl.Int64), n_rows)
    kinds: dict[FaultKind, list[Failure]] = {}
    for failure in (one for _, failures in parts for one in failures):
        kinds.setdefault(failure[1], []).append(failure)
    faults = [
        Fault(function.name, kind, found[0][2], len(found), tuple(row for row, *_ in found[:SHOWN]))
        for kind, found in sorted(kinds.items())
    ]
    return Said(said.votes, (*said.faults, *faults))


def _packed(frame: "pl.DataFrame") -> bytes:
    return frame.write_ipc(None).getvalue()


def _unpacked(content: bytes) -> "pl.DataFrame":
    import polars as pl

    return pl.read_ipc(io.BytesIO(content))
