"""Made runs of every kind that a page must show: realistic figures, seeded, none of them measured."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from components.artifacts.findings import Finding, Findings
from components.artifacts.signals import Lift, Repeat, Signal, Signals
from components.reports.run_view import (
    Ancestor,
    Checked,
    Comparison,
    Decision,
    Estimate,
    LabelingFunction,
    Labels,
    Link,
    Metric,
    Output,
    Reason,
    RowFlow,
    RunView,
    Step,
)

NEW_YORK = "America/New_York"
CARRIERS = ["UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E", "WN", "VX", "FL", "AS", "F9", "YV", "HA", "OO"]


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def estimate(rng: random.Random, n: int, around: float = 0.67) -> Estimate:
    if n < 200:
        return Estimate(n=n, absent="too-few-rows")
    half = 1.1 / n**0.5
    value = min(0.95, rng.gauss(around, 0.012 + half / 2))
    return Estimate(value, value - half, value + half, n)


def step(name: str, component: str, span: str, state: str, why: str, seconds: float | None = None, error: str = "") -> Step:
    done = state in {"COMPLETE", "CACHED"}
    outputs = (Output(name, component, digest(f"{name} {span}")),) if done else ()
    return Step(
        name=name,
        component=f"components.{component}",
        span=span,
        state=state,  # type: ignore[arg-type]
        why=why,
        seconds=seconds,
        cpu_seconds=None if seconds is None else 0.86 * seconds,
        peak_mb=None if seconds is None else 180 + 40 * seconds,
        outputs=outputs,
        error=error,
    )


FINDINGS = Findings.of(
    [
        Finding(
            "column-range",
            "warn",
            "air_time",
            "2 values lie above the range of the approved schema",
            "20 to 700 minutes",
            "up to 742",
            "Widen the range in schema.yaml if long flights are new, else look at the source.",
            2,
            ("742", "731"),
        ),
        Finding(
            "value-not-in-domain",
            "warn",
            "tailnum",
            "14 values are not in the domain that the schema lists",
            count=14,
            examples=("N0EGMQ", "N347NW", "N3760C", "N24212", "N925DL"),
        ),
        Finding("column-nulls", "info", "dep_time", "2.9 % of the rows have no value, within the 5 % that the schema allows", count=27),
    ],
    checked=46,
)


def data_run() -> RunView:
    span = "2013-05-31"
    start = datetime(2026, 3, 2, 9, 14, tzinfo=UTC)
    return RunView(
        pipeline="flights", run_id="data-2013-05-31-7f3a", graph="data", as_of=datetime(2013, 6, 2, 4, tzinfo=UTC), lane="production",
        reason="schedule", state="COMPLETE", started=start, ended=start + timedelta(seconds=3.8), code="4c1f9e2", span=span, zone=NEW_YORK,
        steps=(
            step("examples", "examples", span, "COMPLETE", "computed because the delivery is new", 0.41),
            step("statistics", "statistics", span, "COMPLETE", "computed because examples differ", 0.62),
            step("validation", "findings", span, "COMPLETE", "computed because statistics differ", 1.92),
            step("votes", "votes", span, "CACHED", "reused from execution 1182: equal key"),
        ),
        rows=(RowFlow(span, "flights.csv.gz", 921, 919, 4, 1, 0, 914), RowFlow(span, "weather.csv.gz", 72, 72, 0, 0, 0, 72)),
        checks=(Checked("validation", span, FINDINGS), Checked("drift", span, Findings((), 0, "no-baseline"))),
        links=(Link("Airflow run", "http://127.0.0.1:8080/dags/flights_data"), Link("MLflow run", "http://127.0.0.1:5000/#/experiments/1")),
        lineage=(
            Ancestor("read", "delivery", "flights.csv.gz", "2013", digest("delivery")),
            Ancestor("read", "schema", "schema version 3", "", digest("schema")),
            Ancestor("written", "examples", "examples", span, digest("examples")),
        ),
    )  # fmt: skip


def training_steps(rng: random.Random) -> tuple[Step, ...]:
    days = [date(2013, 4, 6) + timedelta(days=index) for index in range(56)]
    reused = [
        step(name, name, str(day), "CACHED", f"reused from execution {1000 + index}")
        for index, day in enumerate(days) for name in ("examples", "statistics", "votes")
    ]  # fmt: skip
    window = "2013-04-06 to 2013-05-31"
    fresh = [
        step("labels", "labels", window, "COMPLETE", "computed because the votes of 2013-05-31 differ", 2.1),
        step("features", "features", window, "COMPLETE", "computed because labels differ", 3.4),
        step("split", "split", window, "COMPLETE", "computed because features differ", 0.2),
        step("train", "model", window, "COMPLETE", "computed because the split differs", 12.6 + rng.random()),
        step("evaluate", "evaluation", window, "COMPLETE", "computed because the model differs", 4.2),
        step("gate", "decision", window, "COMPLETE", "computed because the evaluation differs", 0.1),
    ]
    return tuple(reused + fresh)


def functions(rng: random.Random) -> tuple[LabelingFunction, ...]:
    names = ("snow_or_fog", "thunderstorm", "evening_bank", "first_wave", "carrier_runs_late", "route_runs_late", "short_turn", "holiday_eve",
             "strong_crosswind", "early_tuesday")  # fmt: skip
    found = []
    for index, name in enumerate(names):
        coverage = rng.uniform(0.03, 0.45)
        known = estimate(rng, 4200, 0.72) if index != 7 else Estimate(absent="labels-not-mature")
        found.append(LabelingFunction(name, coverage, 0.7 * coverage, 0.22 * coverage, known))
    return tuple(found)


def signals(*, leak: bool = False) -> Signals:
    rng = random.Random(3)  # noqa: S311 - made figures
    found = []
    for name, explained in (("arr_time", 0.81 if leak else 0.061), ("hour_record", 0.052), ("carrier", 0.013), ("visib", 0.0)):
        course = tuple(None if index == 17 else max(0.0, rng.gauss(explained, 0.02)) for index in range(56))
        lifts = (Lift("20", "1", 1.51, 2_362), Lift("21", "1", 1.5, 1_513))
        found.append(Signal(name, explained, explained * 0.83, None if name == "carrier" else 0.21, explained > 0.5, course, lifts))
    spans = tuple(str(date(2013, 4, 6) + timedelta(days=index)) for index in range(56))
    return Signals(spans, 48_865, tuple(found), (Repeat("hour", "departure_minute", 0.9994),))


def metrics(rng: random.Random) -> tuple[Metric, ...]:
    whole = [
        Metric("roc_auc", Estimate(0.6714, 0.6522, 0.6904, 6104), threshold=0.62),
        Metric("average_precision", Estimate(0.4127, 0.3871, 0.4390, 6104)),
        Metric("log_loss", Estimate(0.5291, 0.5140, 0.5441, 6104), higher_is_better=False, threshold=0.6),
        Metric("brier", Estimate(0.1744, 0.1690, 0.1801, 6104), higher_is_better=False),
    ]
    sliced = []
    for name, around in (("roc_auc", 0.67), ("log_loss", 0.53)):
        for origin, n in (("EWR", 2190), ("JFK", 2040), ("LGA", 1874)):
            sliced.append(Metric(name, estimate(rng, n, around), "origin", origin))
        sliced += [Metric(name, estimate(rng, 1100 // (index + 1), around), "carrier", carrier) for index, carrier in enumerate(CARRIERS)]
        sliced += [Metric(name, estimate(rng, 380 if 6 <= hour <= 20 else 60, around), "hour", f"{hour:02d}") for hour in range(5, 24)]
    return tuple(whole + sliced)


def blessed_run() -> RunView:
    rng = random.Random(7)  # noqa: S311 - made figures
    start = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)
    days = [date(2013, 4, 6) + timedelta(days=index) for index in range(56)]
    return RunView(
        pipeline="flights", run_id="training-2013-06-01-c21d", graph="training", as_of=datetime(2013, 6, 1, 4, tzinfo=UTC), lane="production",
        reason="schedule", state="COMPLETE", started=start, ended=start + timedelta(seconds=31.4), code="4c1f9e2", zone=NEW_YORK,
        span="2013-04-06 to 2013-05-31",
        steps=training_steps(rng),
        rows=tuple(
            RowFlow(str(day), "flights.csv.gz", n := 760 + rng.randrange(220) - 140 * (day.weekday() == 5), n, q := rng.randrange(3) ** 3,
                    0, 0, n - q) if index != 17 else RowFlow(str(day), "flights.csv.gz", absent="no-delivery")
            for index, day in enumerate(days)
        ),
        checks=(Checked("validation", "2013-05-31", FINDINGS),),
        labels=Labels(49_201, 0.924, 0.051, functions(rng)),
        signals=signals(),
        metrics=metrics(rng),
        comparisons=(
            Comparison("roc_auc", Estimate(0.6581), Estimate(0.6714), Estimate(0.0133, 0.0021, 0.0244, 6104)),
            Comparison("average_precision", Estimate(0.4098), Estimate(0.4127), Estimate(0.0029, -0.0091, 0.0150, 6104)),
            Comparison("log_loss", Estimate(0.5266), Estimate(0.5291), Estimate(0.0025, 0.0004, 0.0049, 6104), higher_is_better=False),
        ),
        decision=Decision("blessed", (
            Reason("roc_auc is at least 0.620: 0.671 (0.652 to 0.690).", "met"),
            Reason("log_loss is at most 0.600: 0.529 (0.514 to 0.544).", "met"),
            Reason("roc_auc is not worse than the champion's by more than 0.010: the difference is 0.013 (0.002 to 0.024).", "met"),
            Reason("No carrier with 200 rows or more lies below 0.550.", "met"),
            Reason("Fairness by carrier FL: too few rows to judge.", "unknown"),
        ), "flights, version 4, alias champion"),
        links=(Link("Airflow run", "http://127.0.0.1:8080/dags/flights_training"), Link("MLflow run", "http://127.0.0.1:5000/#/experiments/1"),
               Link("Newest data run", "../data-2013-05-31-7f3a/index.html")),
        lineage=(
            Ancestor("read", "delivery", "flights.csv.gz", "2013", digest("delivery")),
            Ancestor("read", "ledger", "blessing of flights, version 3", "", digest("ledger")),
            Ancestor("written", "model", "model", "2013-04-06 to 2013-05-31", digest("model")),
            Ancestor("written", "evaluation", "evaluation", "2013-05-04 to 2013-05-31", digest("evaluation")),
        ),
        facts={"Airflow run": "scheduled__2013-06-01", "Seed": "0"},
    )  # fmt: skip


def rejected_run() -> RunView:
    blessed = blessed_run()
    return replace(
        blessed,
        run_id="training-2013-06-08-09aa",
        lane="experiment",
        reason="manual: try deeper trees",
        comparisons="no-champion",
        superseded="A delivery of 2013-06-03 that arrived later belongs to what this run read.",
        decision=Decision(
            "rejected",
            (
                Reason("roc_auc is at least 0.700: 0.671 (0.652 to 0.690).", "missed"),
                Reason("Compared with the champion: there is none in this lane.", "unknown"),
            ),
        ),
    )


def failed_run() -> RunView:
    run = data_run()
    error = "DataError: examples: 3 columns of the schema are missing: dep_delay, arr_delay, air_time (rename them in the source or approve a draft)"
    steps = (
        run.steps[0],
        step("statistics", "statistics", run.span, "FAILED", "computed because examples differ", 0.22, error),
        step("validation", "findings", run.span, "BLOCKED", "waits for statistics"),
        step("votes", "votes", run.span, "BLOCKED", "waits for validation"),
    )
    return replace(run, run_id="data-2013-05-31-fa11", state="FAILED", steps=steps, checks="not-run")


def empty_run() -> RunView:
    run = data_run()
    absent = RowFlow("2013-06-01", "flights.csv.gz", absent="no-delivery")
    steps = (step("examples", "examples", "2013-06-01", "ABSENT", "no delivery holds a row of this span"),)
    return replace(run, run_id="data-2013-06-01-0000", span="2013-06-01", steps=steps, rows=(absent,), checks="not-run", lineage=())


def immature_run() -> RunView:
    return replace(
        rejected_run(), run_id="training-2013-01-20-1234", superseded="", metrics="labels-not-mature", decision="labels-not-mature",
        labels="labels-not-mature", rows=(),
    )  # fmt: skip


def hostile_run() -> RunView:
    """A run whose every text comes from an enemy: markup, attributes, templates, right-to-left marks, and one very long word."""
    evil = "<script>window.pwned=1</script>\"><img src=x onerror=window.pwned=1>'{{7*7}}</style></title>\u202eabc\u0000 𝒳é" + "w" * 400
    run = blessed_run()
    found = Finding(evil, "fail", evil, evil, evil, evil, evil, 3, (evil, evil))
    return replace(
        run, pipeline=evil, run_id=evil, lane=evil, reason=evil, code=evil, span=evil, superseded=evil,
        steps=(replace(run.steps[0], name=evil, component=evil, span=evil, why=evil, error=evil, outputs=(Output(evil, evil, evil),)),),
        rows=tuple(RowFlow(f"{evil}{index}", evil, 3, 3, 0, 1, 0, 2) for index in range(5)),
        checks=(Checked(evil, evil, Findings((found,), 4)), Checked(evil, evil, Findings((), 0, evil))),
        labels=Labels(5, 0.5, 0.2, (LabelingFunction(evil, 0.5, 0.2, 0.1),)),
        metrics=(Metric(evil, Estimate(0.5, 0.4, 0.6, 4)), Metric(evil, Estimate(float("nan")), evil, evil), Metric(evil, Estimate(0.3), evil, "b")),
        comparisons=(Comparison(evil, Estimate(0.5), Estimate(0.6), Estimate(0.1)),),
        decision=Decision("rejected", (Reason(evil, "missed"),), evil),
        signals=Signals((evil,), 5, (Signal(evil, 0.9, 0.5, 0.1, suspected=True, course=(0.5,), lifts=(Lift(evil, evil, 2.0, 3),)),), (Repeat(evil, evil, 1.0),)),
        links=(Link(evil, "javascript:window.pwned=1"), Link(evil, evil), Link("data", "data:text/html,<script>alert(1)</script>")),
        lineage=(Ancestor("read", evil, evil, evil, evil),),
        facts={evil: evil},
    )  # fmt: skip


MADE: dict[str, Callable[[], RunView]] = {
    "data": data_run,
    "blessed": blessed_run,
    "rejected": rejected_run,
    "failed": failed_run,
    "empty": empty_run,
    "immature": immature_run,
    "hostile": hostile_run,
}


@pytest.fixture(scope="session")
def made() -> dict[str, RunView]:
    return {name: make() for name, make in MADE.items()}
