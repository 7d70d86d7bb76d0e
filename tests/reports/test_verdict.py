"""No run is called better than it is."""

from dataclasses import replace

import pytest

from components.artifacts.findings import Finding, Findings
from components.reports.run_view import Checked, Decision, Estimate, Metric, Reason, RowFlow, RunView, Step
from components.reports.verdict import verdict_of
from tests.reports.conftest import signals

CLEAN = (Checked("validation", "2013-05-31", Findings((), 12)),)


def test_a_checked_run_without_anomaly_is_complete(made: dict[str, RunView]) -> None:
    verdict = verdict_of(replace(made["data"], checks=CLEAN))
    assert (verdict.tone, verdict.words) == ("good", "Complete")
    assert verdict.sentence == "986 of 991 rows written; no anomaly found."


@pytest.mark.parametrize(
    "change",
    [
        {"state": "RUNNING"},
        {"state": "CANCELED"},
        {"state": "FAILED"},
        {"superseded": "A later delivery came."},
        {"checks": None},
        {"checks": ()},
        {"checks": "not-run"},
        {"checks": (Checked("validation", "s", Findings((), 0)),)},
        {"checks": (*CLEAN, Checked("drift", "s", Findings((), 0, "no-baseline")))},
        {"checks": (Checked("validation", "s", Findings((Finding("c", "warn", "w", "m"),), 3)),)},
        {"checks": (Checked("validation", "s", Findings((Finding("c", "fail", "w", "m"),), 3)),)},
        {"rows": ()},
        {"rows": (RowFlow("s", "f", absent="no-delivery"),)},
        {"rows": (RowFlow("s", "f", 5, 5, 0, 0, 0, 4),)},
    ],
    ids=str,
)
def test_a_data_run_that_lacks_anything_is_no_pass(made: dict[str, RunView], change: dict[str, object]) -> None:
    assert verdict_of(replace(made["data"], **{"checks": CLEAN} | change)).tone != "good"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "FAILED"},
        {"decision": None},
        {"decision": "labels-not-mature"},
        {"decision": Decision("rejected")},
        {"decision": Decision("inconclusive", (Reason("too few rows", "unknown"),))},
        {"superseded": "A later delivery came."},
    ],
    ids=str,
)
def test_only_a_blessing_is_a_pass(made: dict[str, RunView], change: dict[str, object]) -> None:
    assert verdict_of(made["blessed"]).tone == "good"
    assert verdict_of(replace(made["blessed"], **change)).tone != "good"  # type: ignore[arg-type]


def test_a_blessing_says_what_was_not_judged(made: dict[str, RunView]) -> None:
    assert verdict_of(made["blessed"]).sentence.endswith("Not judged: Fairness by carrier FL: too few rows to judge.")


def test_a_missing_metric_is_named_as_such(made: dict[str, RunView]) -> None:
    view = replace(made["rejected"], metrics=(Metric("roc_auc", Estimate(absent="too-few-rows")),), superseded="")
    assert verdict_of(view).sentence.startswith("On the test window roc_auc has no value: too few rows.")


def test_a_failure_names_the_step_and_the_first_line_of_its_error(made: dict[str, RunView]) -> None:
    failed = Step("votes", "c", "s", "FAILED", error="DataError: no column\nmore " + "x" * 999)
    verdict = verdict_of(replace(made["data"], state="FAILED", steps=(failed,)))
    assert verdict.sentence == "The step votes failed: DataError: no column. 0 of 1 step finished."


def test_a_superseded_run_says_what_it_was(made: dict[str, RunView]) -> None:
    verdict = verdict_of(made["rejected"])
    assert (verdict.tone, verdict.words) == ("warn", "Superseded")
    assert "not blessed" in verdict.sentence


def test_a_blessed_run_whose_column_may_leak_the_outcome_is_no_good_news(made: dict[str, RunView]) -> None:
    verdict = verdict_of(replace(made["blessed"], signals=signals(leak=True)))
    assert (verdict.tone, verdict.words) == ("warn", "Blessed")
    assert verdict.sentence.endswith("May leak the outcome: arr_time.")
