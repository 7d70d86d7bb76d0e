"""What evaluation costs, and how often the gate errs: intervals of one metric, a large paired evaluation, A/A and A/B comparisons.

Times are wall times. ``interval_s``: 1,000 resamples of one metric on 1,000,000 rows. ``evaluation_s`` and ``peak_mb``: 1,000,000
predictions of champion and challenger, 200 slices, eight metrics, 1,000 resamples, in a process of its own. ``null_bless_rate``: how often
a challenger that is no better than its champion is blessed by a gate that asks for better (at most ``stated_rate``); ``power``: how often
one is that is better by the width of an interval. The days of a comparison differ in level, as days do. ``training_dag_s`` and what
else `bench_training_dag.py` tells are measured on real servers, which takes minutes: null with ``--quick``, unless ``--airflow`` asks for
them. ``--quick`` makes 200 comparisons of each kind once, otherwise five times.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

TRAINING = Path(__file__).with_name("bench_training_dag.py")
N_ROWS, N_DAYS, N_DIMENSIONS, N_VALUES = 1_000_000, 30, 10, 20
METRICS = ("roc_auc", "average_precision", "log_loss", "brier", "accuracy", "precision", "recall", "calibration_error")
COMPARISONS, DAYS, DAY_ROWS, CONFIDENCE = 200, 14, 400, 0.95


def scored_rows(n: int, days: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.random.Generator]:
    """Return outcomes, what drives them, and the day of each row; days differ in how often class 1 comes."""
    random = np.random.default_rng(seed)
    day = np.sort(random.integers(0, days, n))
    signal = random.normal(size=n)
    rate = 1 / (1 + np.exp(-(signal - 1 + 0.5 * random.normal(size=days)[day])))
    return (random.random(n) < rate).astype(np.float64), signal, day, random


def probability(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(1 - logit))


def interval_seconds(name: str = "roc_auc") -> float:
    """Return the time of one metric with its interval on a million rows."""
    from components.evaluation.bench import Bench, Cut
    from components.measures.scored import Scored

    outcomes, signal, day, _ = scored_rows(N_ROWS, N_DAYS, 0)
    began = time.perf_counter()
    bench, cuts = Bench(outcomes, day, N_DAYS, "binary"), [Cut.whole(N_ROWS)]
    list(bench.measurements(cuts, bench.figures(cuts, Scored(outcomes, probability(signal)), (name,))))
    return time.perf_counter() - began


def large_evaluation() -> dict[str, float]:
    """Return time and peak of the large paired evaluation, the cutting of its slices included."""
    from components.evaluation.bench import Bench, Cut, differences
    from components.evaluation.rows import threads
    from components.measures.scored import Scored

    outcomes, signal, day, random = scored_rows(N_ROWS, N_DAYS, 1)
    ours, theirs = probability(signal), probability(signal + 0.3 * random.normal(size=N_ROWS))
    names = [f"d{i}" for i in range(N_DIMENSIONS)]
    rows = pl.DataFrame({name: random.integers(0, N_VALUES, N_ROWS) for name in names}).select(pl.all().cast(pl.String))
    began = time.perf_counter()
    bench = Bench(outcomes, day, N_DAYS, "binary")
    with threads(1):
        cuts = [Cut.by(rows, name) for name in names]
        mine, other = (bench.figures(cuts, Scored(outcomes, scores), METRICS) for scores in (ours, theirs))
        found = [*bench.measurements(cuts, mine), *bench.measurements(cuts, differences(mine, other), "champion")]
    seconds = time.perf_counter() - began
    assert len(found) == 2 * N_DIMENSIONS * N_VALUES * len(METRICS)
    return {"evaluation_s": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def comparison(seed: int, gain: float) -> tuple[str, float]:
    """Return the verdict on a challenger whose log odds follow the truth by ``gain`` more closely, and the width of its interval."""
    from components.artifacts.evaluation import Evaluation
    from components.artifacts.model import Model
    from components.evaluation.bench import Bench, Cut, differences
    from components.evaluation.gate import GateConfig, gate_model
    from components.measures.scored import Scored

    outcomes, signal, day, random = scored_rows(DAYS * DAY_ROWS, DAYS, seed)
    noise = random.normal(size=(2, len(signal)))
    cuts, bench = [Cut.whole(len(signal))], Bench(outcomes, day, DAYS, "binary", confidence=CONFIDENCE, seed=seed)
    scores = (probability(signal + (1 - gain) * noise[0]), probability(signal + noise[1]))
    mine, other = (bench.figures(cuts, Scored(outcomes, one), ("roc_auc",)) for one in scores)
    found = tuple(bench.measurements(cuts, differences(mine, other), "champion"))
    config = GateConfig("model", metric="roc_auc", margin=0.0)
    decision = gate_model(Evaluation(found, (), CONFIDENCE, 1000), Model(b"", (), (), ""), config=config)
    return decision.verdict, (found[0].high or 0.0) - (found[0].low or 0.0)


def gain_of_one_width() -> float:
    """Return the gain whose true difference is one interval's width; of a sample of a million rows, apart from all comparisons."""
    from components.measures.metrics import METRICS as EVERY

    width = statistics.median(comparison(seed, 0.0)[1] for seed in range(20))
    outcomes, signal, _, random = scored_rows(N_ROWS, 2000, 10**6)
    noise = random.normal(size=N_ROWS)
    base = EVERY["roc_auc"](outcomes, probability(signal + noise))[0]
    gains = np.linspace(0.0, 0.6, 13)
    reached = [EVERY["roc_auc"](outcomes, probability(signal + (1 - gain) * noise))[0] - base for gain in gains]
    return float(np.interp(width, reached, gains))


def error_rates(rounds: int) -> dict[str, float]:
    """Return how often no gain and a gain of one width were blessed, over rounds of `COMPARISONS` with seeds of their own."""
    gain = gain_of_one_width()
    seeds = [range(1000 * (1 + one), 1000 * (1 + one) + COMPARISONS) for one in range(rounds)]
    null, power = ([np.mean([comparison(seed, g)[0] == "bless" for seed in one]) for one in seeds] for g in (0.0, gain))
    return {
        "stated_rate": round(1 - CONFIDENCE, 3), "null_bless_rate": float(np.mean(null)), "worst_null_bless_rate": float(max(null)),
        "power": float(np.mean(power)), "worst_power": float(min(power)), "gain": gain,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--airflow", action="store_true", help="the training on real servers, even with --quick")
    parser.add_argument("--large", action="store_true", help="only the large evaluation, in this process")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    if options.large:
        print(json.dumps(large_evaluation()))
        return
    interval_seconds()
    result: dict[str, float | None] = {"interval_s": statistics.median(interval_seconds() for _ in range(1 if options.quick else 5))}
    large = subprocess.run([sys.executable, __file__, "--large"], capture_output=True, text=True, check=True)
    result |= json.loads(large.stdout) | error_rates(1 if options.quick else 5)
    training: dict[str, float | None] = {"training_dag_s": None}
    if options.airflow or not options.quick:
        told = subprocess.run([sys.executable, str(TRAINING), "--json"], stdout=subprocess.PIPE, text=True, check=True)
        training = json.loads(told.stdout)
    rounded = {name: None if value is None else round(value, 4) for name, value in (result | training).items()}
    print(json.dumps(rounded) if options.json else "\n".join(f"{name:<24} {value}" for name, value in rounded.items()))


if __name__ == "__main__":
    main()
