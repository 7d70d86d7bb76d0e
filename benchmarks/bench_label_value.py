"""What labels of days that are not known yet are worth: the flights model trained with them and without, on the same test weeks.

Each week is two training runs of the pipeline as it stands, as in `bench_flights.py`, that differ in one thing: labels of the label model weigh
1 or nothing. Figures are means over test days; their differences (with less without) have 95 % intervals from resampled days. A negative
difference of log loss or Brier score, or a positive one of the area under the curve, speaks for the labels. ``--quick`` takes the first week.
"""

import argparse
import json
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np

FIRST, EVERY, WEEKS = date(2013, 7, 1), 21, 9
LAG_DAYS, TEST_DAYS = 2, 7
OVERRIDES = {"training.window": "56 spans", "outcome_lag": f"{LAG_DAYS} days", "evaluation.resamples": 200}
FIGURES = ("log_loss", "brier", "roc_auc")


def measure(weeks: list[date], lag: int, folder: Path) -> dict[str, object]:
    """Return the mean figures with and without, and the differences with intervals."""
    from components.engines.local import Threads
    from components.measures.intervals import Blocks, interval
    from components.run.catalog import load_pipeline
    from components.run.opening import Request, deliver
    from components.run.session import run_graph
    from components.run.setup import approve_first_schemas
    from components.runtime.instants import parse_instant
    from components.store.store import Store

    days: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
    n_voted = 0
    with Store.open(url=f"sqlite:///{folder / 'metadata.db'}", folder=folder) as store:
        for name, weight in (("with", 1.0), ("without", 0.0)):
            overrides = OVERRIDES | {"outcome_lag": f"{lag} days", "training.voted_weight": weight}
            pipeline = load_pipeline("flights", overrides)
            approve_first_schemas(store, pipeline)
            deliver(store, pipeline)
            for week in weeks:
                as_of = parse_instant((week + timedelta(days=TEST_DAYS + lag)).isoformat(), pipeline.calendar.zone)
                run = run_graph(store, pipeline, Request("training", None, as_of, parameters=overrides), engine=Threads())
                found = store.run(run.id)
                n_voted += int(found["labels_then"].summary()["n_label_model"]) if weight else 0
                days[name] += _by_day(found["evaluate.predictions"].rows)
    result: dict[str, object] = {"test_days": len(days["with"]), "voted_rows": n_voted, "outcome_lag_days": lag}
    blocks = Blocks.of(len(days["with"]))
    shares = blocks.weights / blocks.weights.sum(axis=1, keepdims=True)
    for figure in FIGURES:
        both = {name: np.array([day[figure] for day in some]) for name, some in days.items()}
        more = both["with"] - both["without"]
        found_interval = interval(float(more.mean()), shares @ more, 0.95, len(more))
        result[figure] = {
            "with": round(float(both["with"].mean()), 5),
            "without": round(float(both["without"].mean()), 5),
            "difference": round(found_interval.value, 5),
            "low": round(found_interval.low, 5),
            "high": round(found_interval.high, 5),
        }
    return result


def _by_day(rows: object) -> list[dict[str, float]]:
    """Return the figures of each day."""
    from components.measures.metrics import METRICS

    found = []
    for _, day in rows.sort("span").group_by("span", maintain_order=True):  # type: ignore[attr-defined]
        outcome, predicted = day["outcome"].to_numpy().astype(np.float64), day["probability"].to_numpy()
        ones = np.ones((1, len(outcome)))
        found.append({figure: float(METRICS[figure](outcome, predicted, ones)[0]) for figure in FIGURES})
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the first of the nine weeks")
    parser.add_argument("--lag", type=int, default=LAG_DAYS, help="days after which an outcome is known")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    weeks = [FIRST + timedelta(days=EVERY * n) for n in range(WEEKS)]
    with tempfile.TemporaryDirectory(prefix="almanac-bench-") as folder:
        result = measure(weeks[:1] if arguments.quick else weeks, arguments.lag, Path(folder))
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:18} {value}")


if __name__ == "__main__":
    main()
