import pytest

from components.artifacts.findings import Finding
from components.store.source_findings import SourceFindings
from components.store.store import Store

DENIED = Finding("source-denied", "fail", "a.csv", "access is denied")
MISSING = Finding("source-missing", "warn", "2013-01-02", "no rows", "about 100", "0")


@pytest.fixture
def findings(store: Store) -> SourceFindings:
    return store.source_findings("shop")


def stands(findings: SourceFindings) -> list[tuple[str, str, str]]:
    return [(one.source, one.finding.code, one.span) for one in findings.standing()]


def test_a_finding_stands_until_a_look_does_not_meet_it(findings: SourceFindings) -> None:
    findings.note("sales", [DENIED])
    (first,) = findings.standing()
    findings.note("sales", [DENIED])
    assert findings.standing() == [first]
    findings.note("sales", [])
    assert findings.standing() == []
    findings.note("sales", [DENIED])
    assert len(findings.standing()) == 1


def test_a_look_at_some_spans_says_nothing_of_others_nor_of_the_source(findings: SourceFindings) -> None:
    findings.note("sales", [DENIED])
    findings.note("sales", [MISSING], spans=["2013-01-01", "2013-01-02"])
    findings.note("sales", [], spans=["2013-01-01"])
    assert stands(findings) == [("sales", "source-denied", ""), ("sales", "source-missing", "2013-01-02")]
    findings.note("sales", [])
    findings.note("other", [], spans=["2013-01-02"])
    assert stands(findings) == [("sales", "source-missing", "2013-01-02")]
    findings.note("sales", [], spans=["2013-01-02"])
    assert stands(findings) == []


def test_a_finding_is_kept_as_it_was_told_and_pipelines_stay_apart(store: Store, findings: SourceFindings) -> None:
    findings.note("sales", [MISSING], spans=["2013-01-02"])
    assert [one.finding for one in findings.standing()] == [MISSING]
    assert store.source_findings("other").standing() == []
