import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.findings import SEVERITIES, Finding, Findings
from components.artifacts.schema_codes import CODES, SEVERITY

TEXTS = st.text(max_size=20)
FINDING = st.builds(
    Finding,
    code=st.sampled_from(["a", "b"]),
    severity=st.sampled_from(SEVERITIES),
    where=TEXTS,
    message=TEXTS,
    count=st.none() | st.integers(0, 10),
    examples=st.lists(TEXTS, max_size=8).map(tuple),
)


@given(found=st.lists(FINDING, max_size=6))
def test_findings_come_back_as_they_were_saved(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("findings")
    findings = Findings.of(found, checked=7)
    findings.save(folder)
    assert Findings.load(folder) == findings


@given(st.lists(FINDING, max_size=6, unique=True).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_in_which_findings_are_made_does_not_show(pair):
    one, other = pair
    by_place = [sorted((f.severity, f.code, f.where, f.message) for f in Findings.of(found, checked=1).findings) for found in (one, other)]
    assert by_place[0] == by_place[1]
    ranks = [SEVERITIES.index(f.severity) for f in Findings.of(one, checked=1).findings]
    assert ranks == sorted(ranks)


def test_a_finding_keeps_five_examples():
    kept = Findings.of([Finding("a", "warn", "x", "m", examples=tuple("abcdefgh"))], checked=1)
    assert kept.findings[0].examples == tuple("abcde")


def test_only_a_failing_finding_fails_the_span():
    warning, failure = Finding("a", "warn", "x", "m"), Finding("b", "fail", "x", "m")
    assert not Findings.of([warning], checked=1).failed
    assert Findings.of([warning, failure], checked=2).failed
    assert Findings.of([warning, failure], checked=2).summary() == {
        "failed": True,
        "state": "checked",
        "checked": 2,
        "fail": 1,
        "quarantine": 0,
        "warn": 1,
        "info": 0,
    }


def test_every_code_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
    codes = [*CODES, "expectation-failed", "expectation-not-evaluated", "suite-too-large"]
    assert [code for code in codes if not re.search(rf"^\| [^|]*`{code}`[^|]* \|", text, re.MULTILINE)] == []
    assert set(SEVERITY) <= set(CODES)
