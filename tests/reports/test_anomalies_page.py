"""The page of anomalies as text."""

import re
from pathlib import Path

import pytest

from components.artifacts.findings import Finding, Findings
from components.reports.anomalies_page import render_anomalies, sentence_of, since_words, verdict_of, write_anomalies_page
from components.reports.anomalies_view import AlarmView, AnomaliesView, SetAside, gathered, unjudged
from components.reports.run_view import Checked

SPANS = tuple(f"2013-03-{day:02}" for day in range(1, 15))
HOSTILE = "<script>alert(1)</script>"


def a_view(severity: str | None = "fail", state: str = "checked", first: int = 3) -> AnomaliesView:
    finding = (
        Finding("too-many-missing", severity, f"tail {HOSTILE}", HOSTILE, "90 %", "75 %", "look", 12, (HOSTILE,)) if severity else None
    )  # type: ignore[arg-type]
    checks = [
        Checked("schema", span, Findings.of([finding] if finding and span >= SPANS[first] else [], checked=5, state=state))
        for span in SPANS
    ]
    aside = SetAside("flights", "delivery 1", 150, {"not-a-number": 150}, ("file", "raw"), ((HOSTILE, "1,2"),) * 100, "set-aside/a.csv")
    alarms = (AlarmView(SPANS[4], "distance", 3.6, HOSTILE),)
    return AnomaliesView("flights", "2013-03-15", SPANS, 14, 70, gathered(checks), unjudged(checks), (aside,), alarms)


def test_nothing_from_the_data_becomes_markup_and_nothing_is_fetched(tmp_path: Path) -> None:
    text = write_anomalies_page(a_view(), tmp_path).read_text(encoding="utf-8")
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    assert (tmp_path / "anomalies.json").is_file()


def test_rows_that_were_set_aside_are_shown_and_lead_to_their_file() -> None:
    text = render_anomalies(a_view())
    assert 'href="set-aside/a.csv" download' in text
    assert "The first 100 of 150." in text


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (a_view("fail"), ("bad", "Spans failed")),
        (a_view("quarantine"), ("warn", "Rows set aside")),
        (a_view("warn"), ("warn", "Warnings")),
        (a_view("info"), ("good", "Nothing broke")),
        (a_view(None), ("good", "Nothing broke")),
        (a_view(None, "no-baseline"), ("warn", "Not fully checked")),
    ],
)
def test_the_verdict_is_the_worst_and_what_was_not_judged_never_passes(view: AnomaliesView, expected: tuple[str, str]) -> None:
    assert verdict_of(view) == expected


def test_the_sentence_says_how_many_and_what_was_not_judged() -> None:
    assert sentence_of(a_view("warn")) == "1 warning on 11 of 14 spans."
    assert sentence_of(a_view(None, "no-baseline")) == "No anomaly on 14 spans. Not all was judged: no baseline."


def test_since_is_said_of_what_still_lasts() -> None:
    lasting = a_view("warn").anomalies[0]
    assert since_words(lasting, SPANS) == "since 2013-03-04, 11 spans"
    assert since_words(lasting, (*SPANS, "2013-03-15")) == "2013-03-04 to 2013-03-14, 11 spans"
