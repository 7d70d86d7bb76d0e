import pytest

from components.ingestion.volume import judged_spans, volume_findings
from components.runtime.spans import Calendar, Grain

DAYS = Calendar(Grain.DAY, "Europe/Berlin")
KEYS = [span.key for span in DAYS.between("2013-01-07", "2013-03-31")]  # twelve weeks from a Monday; the clock changes on the last day
WEEKS = {key: 10 if index % 7 > 4 else 100 for index, key in enumerate(KEYS)}


def codes(new: dict[str, int], before: dict[str, int], due: str | None = None, **more: object) -> list[tuple[str, str]]:
    judged = judged_spans(new, before, DAYS, due=DAYS.span(due) if due else None)
    return [(one.code, one.where) for one in volume_findings(new, before, DAYS, judged, **more)]


def test_a_quiet_weekend_is_usual_and_a_quiet_monday_is_not() -> None:
    assert (
        codes({"2013-04-06": 9}, WEEKS | dict.fromkeys(("2013-04-01", "2013-04-02", "2013-04-03", "2013-04-04", "2013-04-05"), 100)) == []
    )
    assert codes({"2013-04-01": 9}, WEEKS) == [("source-partial", "2013-04-01")]


def test_days_without_rows_are_missing_unless_they_are_holidays() -> None:
    new = {"2013-04-03": 100}
    assert codes(new, WEEKS) == [("source-missing", "2013-04-01"), ("source-missing", "2013-04-02")]
    assert codes(new, WEEKS, holidays=["2013-04-01"]) == [("source-missing", "2013-04-02")]
    assert codes(new, WEEKS, holidays=["monday", "tuesday"]) == []


def test_days_that_are_due_are_missing_until_they_come() -> None:
    assert codes({}, WEEKS, due="2013-04-02") == [("source-missing", "2013-04-01"), ("source-missing", "2013-04-02")]
    assert codes({"2013-04-01": 100}, WEEKS, due="2013-04-02") == [("source-missing", "2013-04-02")]
    assert codes({}, WEEKS, due="2013-03-31") == []
    assert codes({}, {}, due="2013-03-31") == []


def test_gaps_of_one_large_delivery_are_found_once_there_is_history() -> None:
    whole = {key: n for key, n in WEEKS.items() if key not in ("2013-01-15", "2013-03-12")}
    assert codes(whole, {}) == [("source-missing", "2013-03-12")]


def test_a_correction_of_an_old_day_says_nothing_of_others() -> None:
    assert codes({"2013-02-04": 100, "2013-02-06": 100}, WEEKS) == []
    assert codes({"2013-02-04": 1}, WEEKS) == [("source-partial", "2013-02-04")]


@pytest.mark.parametrize("grain", [Grain.HOUR, Grain.WEEK, Grain.MONTH])
def test_other_grains_have_their_own_history(grain: Grain) -> None:
    calendar = Calendar(grain, "UTC")
    start = calendar.span_at(DAYS.span("2013-01-07").start)
    last = calendar.next(start, 24 * 7 * 4 if grain == Grain.HOUR else 6)
    spans = calendar.between(start.key, last.key)[:-1]
    found = volume_findings({last.key: 1}, {span.key: 100 for span in spans}, calendar, [last])
    assert [(one.code, one.where) for one in found] == [("source-partial", last.key)]


def test_nothing_delivered_is_nothing_to_judge() -> None:
    assert codes({}, WEEKS) == []
