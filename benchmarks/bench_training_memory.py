"""What the training steps take on many rows: peak memory and time of `fit_model` and `try_candidate` on generated rows of 20 columns.

- ``peak_mb``, ``linear_peak_mb``: peak memory of the process that trains histogram boosting, or a logistic regression, with the
  interpreter, its libraries and the labels in memory (bar: 6,000 for 10,000,000 rows); ``trial_peak_mb``, ``trial_linear_peak_mb``: of one
  that tries it, on a fold that trains on 16 of the 20 days and validates on three
- ``fit_s``, ``linear_fit_s``, …: wall seconds of the step; ``fit_cpu_s``, ``linear_fit_cpu_s``, …: processor seconds; ``rows``

Rows lie in Parquet files, one a day, as features of a run do; 18 columns are numbers, two texts. ``--quick`` takes 1,000,000 rows, else
10,000,000 (minutes, and about the memory that is measured). Each estimator trains in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from components.artifacts.choice import Candidate, Choice, Proposal, Trial
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.split import PARTS, Fold, Split
from components.runtime.instants import to_micros
from components.runtime.spans import Calendar, Grain, Span
from components.runtime.window import Window
from components.training.component import TrainingConfig, fit_model, try_candidate

ROWS, QUICK_ROWS, DAYS, NUMBERS, ROUNDS = 10_000_000, 1_000_000, 20, 18, 20
DAY = 86_400_000_000
CANDIDATES = {
    "": Candidate("boosting", parameters={"max_iter": ROUNDS}),
    "linear_": Candidate("linear", "sklearn.linear_model.LogisticRegression"),
}
TRIAL = "trial_"
FOLD = (16, 17)
"""Days that train, and the day from which on days validate."""


def days() -> list[Span]:
    """Return the days."""
    calendar = Calendar(Grain.DAY, "UTC")
    return [calendar.next(calendar.span("2013-01-01"), number) for number in range(DAYS)]


def write_day(folder: Path, span: Span, number: int, n: int) -> None:
    """Write the features and the labels of one day."""
    random = np.random.default_rng(number)
    ids = random.bytes(16 * n)
    numbers = random.normal(size=(NUMBERS, n))
    times = to_micros(span.start) + np.sort(random.integers(0, DAY, n))
    rows = pl.DataFrame(
        {
            "row_id": [ids[16 * place : 16 * place + 16] for place in range(n)],
            "event_time": pl.Series(times).cast(pl.Datetime("us", "UTC")),
            "carrier": random.choice(np.array(["AA", "B6", "DL", "UA"]), n),
            "origin": random.choice(np.array(["EWR", "JFK"]), n),
            **{f"x{place}": column for place, column in enumerate(numbers)},
        }
    )
    late = (random.random(n) < 1 / (1 + np.exp(-numbers[0] - numbers[1]))).astype(np.int8)
    told = {"outcome": pl.Series(late), "label": pl.Series(late).cast(pl.Float64), "source": pl.lit("outcome")}
    silent = {
        "fed_back": pl.lit(None, pl.Int8),
        "rated": pl.lit(None, pl.Float64),
        "n_raters": pl.lit(0, pl.Int64),
        "voted": pl.lit(None, pl.Float64),
    }
    (folder / span.key).mkdir()
    Features.from_arrow(rows.to_arrow(compat_level=pl.CompatLevel.oldest())).save(folder / span.key)
    rows.select("row_id", "event_time", span=pl.lit(span.key)).with_columns(**told, **silent).write_parquet(folder / f"{span.key}.labels")


def train(folder: Path, name: str) -> dict[str, float]:
    """Return the figures of one training in this process."""
    spans = days()
    labels = Labels(pl.concat([pl.read_parquet(folder / f"{span.key}.labels") for span in spans]))
    features = Window(tuple(spans), tuple(Features.load(folder / span.key) for span in spans))
    keys, proposal = tuple(span.key for span in spans), Proposal(CANDIDATES[name.removeprefix(TRIAL)])
    fold = Fold(keys[: FOLD[0]], keys[FOLD[1] :])
    split = Split(0, 0, rows={}, **dict.fromkeys(PARTS, ()), folds=(fold,))
    began, used = time.perf_counter(), time.process_time()
    if name.startswith(TRIAL):
        try_candidate(features, labels, split, proposal, config=TrainingConfig())
    else:
        fit_model(features, labels, Choice((Trial(proposal, {}, 0),), 0, ""), split, spans[-1].end, config=TrainingConfig())
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {f"{name}peak_mb": round(peak), f"{name}fit_s": round(wall, 1), f"{name}fit_cpu_s": round(cpu, 1)}


def main() -> None:
    """Print the figures, as a table or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} rows")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rows", type=int, help="this many rows")
    parser.add_argument("--train", nargs=2, metavar=("FOLDER", "NAME"), help="only train on the rows of a folder, in this process")
    arguments = parser.parse_args()
    if arguments.train:
        print(json.dumps(train(Path(arguments.train[0]), arguments.train[1])))
        return
    n_rows = arguments.rows or (QUICK_ROWS if arguments.quick else ROWS)
    with tempfile.TemporaryDirectory(prefix="almanac-") as folder:
        for number, span in enumerate(days()):
            write_day(Path(folder), span, number, n_rows // DAYS)
        found: dict[str, float] = {"rows": n_rows}
        for name in [*CANDIDATES, *(f"{TRIAL}{one}" for one in CANDIDATES)]:
            alone = subprocess.run([sys.executable, __file__, "--train", folder, name], check=True, stdout=subprocess.PIPE, text=True)
            found |= json.loads(alone.stdout)
    print(json.dumps(found, sort_keys=True) if arguments.json else "\n".join(f"{name:<24} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
