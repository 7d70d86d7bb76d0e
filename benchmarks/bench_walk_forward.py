"""How a flights model ages over 2013, week by week, and what a shuffled split would have promised.

Every week a model is trained on the eight weeks whose outcomes are known by then, and later weeks are predicted by models of several ages:
each age on the same flights, so that the differences are the ages'. Beside them a model of as many rows drawn at random from the whole
year, those flights themselves left out: what a shuffled split tests. Intervals are over test weeks. Features and outcomes come from the
store (``$ALMANAC_HOME``), which computes what it lacks; the page goes into its ``reports/flights``. ``--quick`` looks at the ages up to
eight weeks in the first half of the year, and trains on every fourth row in a third of the rounds.
"""

import argparse
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

FIRST, LAST, QUICK_LAST = "2013-01-01", "2013-12-31", "2013-06-30"
WINDOW_WEEKS, LAG_DAYS = 8, 2
AGES, QUICK_AGES = (0, 1, 2, 4, 8, 13, 26), (0, 1, 2, 4, 8)
"""Weeks between the end of a training and the week that is predicted: two days, which outcomes take, and so many weeks."""
EXCLUDED = ("row_id", "event_time", "hour", "outcome", "week", "label", "weight", "span", "source")


def rows_until(last: str, thin: int) -> pl.DataFrame:
    """Return the features of every flight with an outcome from the year's beginning to a day, and its week (complete ones only)."""
    from components.run.basis import Basis
    from components.run.catalog import load_pipeline
    from components.run.opening import Request, deliver
    from components.run.session import Session
    from components.run.setup import approve_first_schemas
    from components.store.store import Store
    from pipeline_config.flights.features import late

    built = load_pipeline("flights")
    frames = []
    with Store.open() as store:
        approve_first_schemas(store, built)
        deliver(store, built)
        basis = Basis(store, built)
        for number, span in enumerate(built.calendar.between(FIRST, last)):
            known = built.span_as_of(span) + timedelta(days=LAG_DAYS + 1)  # when its outcomes are
            request = Request("data", span, known, "backfill", "backfill", "walk-forward")
            session = Session.open(store, built, request, basis=basis)
            made = [next(iter(session.step(name).values())) for name in ("features", "outcomes")]
            session.close()
            features, outcomes = (store.load(one[0]).to_polars() for one in made)
            late_or_not = outcomes.select("row_id", outcome=late().cast(pl.Int8)).drop_nulls()
            frames.append(features.join(late_or_not, on="row_id").with_columns(week=pl.lit(number // 7), span=pl.lit(span.key)))
    rows = pl.concat(frames).filter(pl.col("week") < len(frames) // 7)
    return rows.filter(pl.int_range(pl.len()) % thin == 0) if thin > 1 else rows


def fitted(rows: pl.DataFrame, rounds: int) -> object:
    """Return the pipeline's boosting, fitted."""
    from components.artifacts.choice import Candidate
    from components.training.fitting import Fitting

    candidate = Candidate("boosting", parameters={"learning_rate": 0.03, "max_iter": rounds, "max_leaf_nodes": 7, "l2_regularization": 1.0})
    weighted = rows.with_columns(label=pl.col("outcome").cast(pl.Float64), weight=pl.lit(1.0), source=pl.lit("outcome"))
    return Fitting(("hour", "week")).fit(weighted, candidate).estimator


def scores(estimator: object, rows: pl.DataFrame) -> np.ndarray:
    inputs = rows.drop(name for name in EXCLUDED if name in rows.columns)
    texts = [name for name, dtype in inputs.schema.items() if dtype == pl.String]
    return estimator.predict_proba(inputs.select(*texts, *(n for n in inputs.columns if n not in texts)))[:, 1]


def walked(rows: pl.DataFrame, rounds: int, ages: tuple[int, ...]) -> tuple[pl.DataFrame, dict[int, np.ndarray], np.ndarray]:
    """Return the test rows, the scores of models of each age on them, and those of models on shuffled rows."""
    n_weeks = int(rows["week"].max()) + 1
    tested = range(WINDOW_WEEKS + max(ages) + 1, n_weeks)
    models = {}
    for week in range(WINDOW_WEEKS, n_weeks):
        last_day = rows.filter(pl.col("week") == week - 1)["event_time"].max()
        before = (pl.col("week") >= week - WINDOW_WEEKS) & (pl.col("week") < week)
        models[week] = fitted(rows.filter(before & (pl.col("event_time") < last_day - pl.duration(days=LAG_DAYS))), rounds)
    n_train = rows.filter(pl.col("week") < WINDOW_WEEKS).height
    by_age: dict[int, list[np.ndarray]] = {age: [] for age in ages}
    shuffled = []
    for week in tested:
        part = rows.filter(pl.col("week") == week)
        for age in ages:
            by_age[age].append(scores(models[week - age], part))
    test = rows.filter(pl.col("week").is_in(list(tested)))
    half = np.random.default_rng(0).permutation(test.height) % 2 == 0
    shuffled = np.empty(test.height)
    for side in (half, ~half):  # each half is predicted by a model that saw none of its flights
        others = pl.concat([rows.filter(~pl.col("week").is_in(list(tested))), test.filter(~side)])
        shuffled[side] = scores(fitted(others.sample(min(n_train, others.height), seed=0), rounds), test.filter(pl.Series(side)))
    return test, {age: np.concatenate(found) for age, found in by_age.items()}, shuffled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from components.reports.ageing_page import ageing_curve, write_ageing_page
    from components.store.store import Store

    began = time.perf_counter()
    rows = rows_until(QUICK_LAST if options.quick else LAST, 4 if options.quick else 1)
    test, by_age, shuffled = walked(rows, 50 if options.quick else 160, QUICK_AGES if options.quick else AGES)
    weeks = test["week"].to_numpy() - int(test["week"].min())
    days = {f"{age} weeks": (7.0 * age + LAG_DAYS, found) for age, found in by_age.items()}
    curve = ageing_curve(test, weeks, days, shuffled, metric="roc_auc", slices=("origin", "carrier"), tolerance=0.01)
    with Store.open() as store:
        page = write_ageing_page(curve, "flights", store.folder / "reports" / "flights")
    overall = curve.curve.of_slice()
    result = {
        "seconds": round(time.perf_counter() - began, 1),
        "n_rows": test.height,
        "roc_auc": {point.name: round(point.figure.value, 4) for point in overall},
        "half_life_days": curve.curve.half_life[""],
        "cadence_days": curve.curve.cadence[""],
        "shuffled_roc_auc": round(curve.shuffled.value, 4),
        "illusion": [round(x, 4) for x in (curve.illusion.value, curve.illusion.low, curve.illusion.high)],
        "page": str(page),
    }
    print(json.dumps(result) if options.json else "\n".join(f"{name:<20} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
