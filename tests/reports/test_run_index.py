"""The list of runs."""

from datetime import timedelta
from pathlib import Path

from components.reports.run_index import record_of, render_index, write_index
from components.reports.run_view import RunView


def test_runs_are_listed_newest_first_with_their_verdicts(made: dict[str, RunView]) -> None:
    page = render_index(record_of(made[name], f"{name}/index.html") for name in ("data", "blessed"))
    assert page.index("training-2013-06-01-c21d") < page.index("data-2013-05-31-7f3a")
    assert 'href="blessed/index.html"' in page
    assert ">Blessed<" in page


def test_a_record_counts_what_ran_and_what_was_reused(made: dict[str, RunView]) -> None:
    record = record_of(made["blessed"], "x")
    assert (record.computed, record.reused, record.anomalies) == (6, 168, 3)
    assert record.seconds == timedelta(seconds=31.4).total_seconds()
    assert record_of(made["failed"], "x").anomalies is None


def test_an_empty_list_says_so(tmp_path: Path) -> None:
    assert "No run yet." in write_index([], tmp_path / "runs").read_text(encoding="utf-8")


def test_a_hostile_run_stays_text_in_the_list(made: dict[str, RunView]) -> None:
    page = render_index([record_of(made["hostile"], "javascript:alert(1)")])
    assert page.count("<script") == 1
    assert "<img" not in page
    assert 'href="javascript' not in page
