"""How well the flights pipeline predicts: ROC AUC on nine weeks of 2013, each trained as of the day before on the 91 days before.

The weeks begin on 2013-07-01 and every 21 days after it. Each is one training run of the pipeline as it stands, as of the day on which the
week's outcomes are known: the rehearsal sees 91 days up to the cut (a gap of one day before the week), with the outcomes known at the cut and
the labeling functions' labels for the days that have none yet. ``--quick`` runs the first, the fifth and the ninth week.
"""

import argparse
import json
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

FIRST, EVERY, WEEKS = date(2013, 7, 1), 21, 9
LAG_DAYS, TEST_DAYS = 2, 7
OVERRIDES = {"training.window": "91 spans", "outcome_lag": f"{LAG_DAYS} days", "evaluation.resamples": 200}


def measure(weeks: list[date], folder: Path) -> dict[str, object]:
    """Run one training for each week and return the areas under the curve."""
    from components.engines.local import Threads
    from components.run.catalog import load_pipeline
    from components.run.opening import Request, deliver
    from components.run.session import run_graph
    from components.run.setup import approve_first_schemas
    from components.runtime.instants import parse_instant
    from components.store.store import Store

    pipeline = load_pipeline("flights", OVERRIDES)
    found: dict[str, float] = {}
    seconds: list[float] = []
    with Store.open(url=f"sqlite:///{folder / 'metadata.db'}", folder=folder) as store:
        approve_first_schemas(store, pipeline)
        deliver(store, pipeline)
        for week in weeks:
            began = time.monotonic()
            as_of = parse_instant((week + timedelta(days=TEST_DAYS + LAG_DAYS)).isoformat(), pipeline.calendar.zone)
            run = run_graph(store, pipeline, Request("training", None, as_of, parameters=OVERRIDES), engine=Threads())
            artifacts = store.run(run.id).artifacts
            split = artifacts["split"].summary
            last = (week + timedelta(days=TEST_DAYS - 1)).isoformat()
            if split["test"] != f"{week}/{last}":
                raise AssertionError(f"the test part is {split['test']}, expected the week of {week}")
            found[week.isoformat()] = float(artifacts["evaluate.evaluation"].summary["roc_auc"])
            seconds.append(round(time.monotonic() - began, 1))
    return {"mean_auc": round(statistics.mean(found.values()), 4), "auc_by_week": found, "training_s": seconds}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three of the nine weeks")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    weeks = [FIRST + timedelta(days=EVERY * n) for n in range(WEEKS)]
    with tempfile.TemporaryDirectory(prefix="almanac-bench-") as folder:
        result = measure(weeks[::4] if arguments.quick else weeks, Path(folder))
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:12} {value}")


if __name__ == "__main__":
    main()
