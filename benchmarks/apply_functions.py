"""The apply part of `bench_labeling.py`: ten functions on a million rows, beside Snorkel's applier; one edited function of twenty."""

import functools
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import cast

import polars as pl
import ten_functions
from spam_rows import spam_rows

from components.artifacts.features import Features
from components.artifacts.lookups import Lookups
from components.labeling import memoised
from components.labeling.component import apply_labeling_functions
from components.labeling.functions import LabelingFunction
from components.labeling.voting import vote_matrix
from components.runtime.keys import CodeRef
from components.store.memo import MemoFolder

N_ROWS = 1_000_000
SNORKEL_ROWS = 30_000
"""Snorkel calls each function with each row, so its time grows with the rows: 30,000 of them stand for a million."""
ROUNDS = 5


def apply_figures(seeds: Collection[int], snorkel: Path | None) -> dict[str, float | None]:
    """Return the figures, each the median over seeds; those of Snorkel are None where its environment is not given."""
    found = [_of_seed(seed, snorkel) for seed in seeds]
    columns = {name: [one[name] for one in found] for name in found[0]}
    return {name: None if None in some else round(statistics.median(some), 4) for name, some in columns.items()}


def _of_seed(seed: int, snorkel: Path | None) -> dict[str, float | None]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        ten_functions.write_rows(path, N_ROWS, seed)
        rows = pl.read_parquet(path)
        vote_matrix(rows.head(1000), ten_functions.TEN)
        ours = []
        for _ in range(ROUNDS):
            spent, votes = _timed(functools.partial(vote_matrix, rows, ten_functions.TEN))
            ours.append(spent)
        apply_s = statistics.median(ours)
        theirs = None if snorkel is None else _snorkel(snorkel, path)
        if theirs is not None:
            few = votes[:SNORKEL_ROWS]
            assert theirs["voted"] == (few >= 0).sum(axis=0).tolist(), "both must vote alike"
            assert theirs["spam"] == (few == 1).sum(axis=0).tolist(), "both must vote alike"
        snorkel_s = None if theirs is None else theirs["seconds"] * N_ROWS / SNORKEL_ROWS
        counts = {"partitioned": N_ROWS, "duplicate": 0, "dropped": 0}
        cheap = edited_figures(Features(path=path, counts=counts), Lookups(), "ten_functions:TWENTY")
        spam = edited_figures(*spam_rows(Path(folder) / "spam.parquet"), "pipeline_config.spam.labeling:FUNCTIONS")
        return {
            "apply_s_1m": apply_s,
            "apply_snorkel_s_1m": snorkel_s,
            "apply_ratio_snorkel": None if snorkel_s is None else snorkel_s / apply_s,
            **{f"{name}_1m_twenty": value for name, value in cheap.items()},
            **{f"{name}_spam": value for name, value in spam.items()},
        }


def _snorkel(python: Path, path: Path) -> Mapping[str, float]:
    script = Path(__file__).with_name("snorkel_functions.py")
    done = subprocess.run([python, "-W", "ignore", script, path, str(SNORKEL_ROWS)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


class _Memo(MemoFolder):
    """A memo of one span."""

    def digest_of(self, parameter: str) -> str:
        return parameter


def edited_figures(features: Features, lookups: Lookups, functions: str) -> dict[str, float]:
    """Return what the votes of a span cost in full and with each function edited in turn, and the ratio of the first to the mean of these.

    The cost is that of the whole step but for writing its artifact: rows are read from the disk, votes kept and recalled. An edited
    function is one whose entry is not in the memo.
    """
    step = functools.partial(apply_labeling_functions, features, lookups, functions=CodeRef(functions))
    edited = []
    with tempfile.TemporaryDirectory() as folder:
        memo = _Memo(Path(folder))
        full_s, complete = _timed(functools.partial(step, memo=memo))
        every = cast("tuple[LabelingFunction, ...]", CodeRef(functions).load())
        keys = [memoised._key("votes", one.function, one.lookups, lookups, memo) for one in every]  # noqa: SLF001
        for key in keys:
            next(memo.root.rglob(str(key))).unlink()
            spent, votes = _timed(functools.partial(step, memo=memo))
            edited.append(spent)
            assert (votes.votes == complete.votes).all()
    edited_s = statistics.mean(edited)
    return {"votes_s": full_s, "edited_s": edited_s, "edited_ratio": full_s / edited_s}
