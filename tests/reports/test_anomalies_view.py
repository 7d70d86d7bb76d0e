"""Findings of several spans, gathered by what broke."""

import json

from components.artifacts.findings import Finding, Findings
from components.reports.anomalies_view import AnomaliesView, gathered, unjudged
from components.reports.run_view import Checked

SPANS = ("2013-03-08", "2013-03-09", "2013-03-10")


def checked(step: str, span: str, *found: Finding, state: str = "checked") -> Checked:
    return Checked(step, span, Findings.of(found, checked=3, state=state))


def missing(count: int, severity: str = "warn") -> Finding:
    return Finding("too-many-missing", severity, "tailnum", f"{count} rows have no value", count=count)  # type: ignore[arg-type]


def test_findings_of_one_code_and_place_are_one_anomaly_told_by_its_newest_span() -> None:
    found = gathered([checked("schema", SPANS[1], missing(7)), checked("schema", SPANS[0], missing(4)), checked("schema", SPANS[2])])
    assert [(one.spans, one.counts, one.n_rows, one.newest.count) for one in found] == [(SPANS[:2], (4, 7), 11, 7)]


def test_the_worst_comes_first_and_the_worst_severity_of_any_span_counts() -> None:
    new = Finding("column-new", "warn", "extra", "a new column")
    found = gathered([checked("schema", SPANS[0], missing(4, "fail"), new), checked("schema", SPANS[1], missing(4), new)])
    assert [(one.newest.code, one.severity) for one in found] == [("too-many-missing", "fail"), ("column-new", "warn")]
    assert found[1].n_rows is None


def test_two_checks_are_never_mixed() -> None:
    assert len(gathered([checked("schema", SPANS[0], missing(4)), checked("suite", SPANS[0], missing(4))])) == 2


def test_what_could_not_be_judged_is_named_with_its_spans() -> None:
    checks = [checked("drift", span, state="no-baseline") for span in SPANS[:2]] + [checked("drift", SPANS[2]), checked("schema", SPANS[0])]
    assert unjudged(checks) == {"no-baseline": ("drift, 2013-03-08 to 2013-03-09 (2)",)}


def test_the_json_has_what_the_page_has() -> None:
    view = AnomaliesView("flights", "2013-03-11", SPANS, 3, 9, gathered([checked("schema", SPANS[0], missing(4))]))
    body = json.loads(view.to_json())
    assert body["anomalies"][0]["newest"]["code"] == "too-many-missing"
    assert body["spans"] == list(SPANS)
