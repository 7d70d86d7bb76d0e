import pyarrow as pa
import pytest

from components.artifacts.schema import Schema
from components.runtime.spans import Calendar, Grain
from components.runtime.window import Absent, Window
from components.statistics.component import generate_statistics
from components.validation.comparators import compare_with_previous
from tests.validation.conftest import RULES, SPAN, examples_of

CALENDAR = Calendar(Grain.DAY, "UTC")
EARLIER = tuple(CALENDAR.span(f"2013-01-0{day}") for day in (2, 3, 4))


def statistics_of(**columns):
    n_rows = len(next(iter(columns.values())))
    return generate_statistics(examples_of(n_rows, SPAN.start, {name: pa.array(values) for name, values in columns.items()}))


def found(before, after, drift=None, kind="string", **rows):
    column = {"type": kind, **({"drift": drift} if drift else {})}
    schema = Schema.model_validate({"columns": {**RULES, "x": column}, "rows": rows}, strict=False)
    return compare_with_previous(after, Window(EARLIER, (before, Absent("no-delivery"), statistics_of(x=[]))), schema)


ONE, OTHER = statistics_of(x=["a"] * 5 + ["b"] * 5), statistics_of(x=["a"] * 3 + ["b"] * 7)


@pytest.mark.parametrize(
    ("measure", "distance"),
    [("l_infinity", 0.2), ("normalized_absolute_difference", 0.2), ("jensen_shannon", 0.030), ("hellinger", 0.1456)],
)
def test_a_column_is_as_far_from_the_last_span_with_rows_as_its_measure_says(measure, distance):
    assert found(ONE, OTHER, {"measure": measure, "threshold": distance + 0.001}).findings == ()
    (finding,) = found(ONE, OTHER, {"measure": measure, "threshold": distance - 0.001}).findings
    assert (finding.code, finding.severity, finding.where) == ("drift-too-far", "warn", "x")
    assert float(finding.got) == pytest.approx(distance, abs=0.001)


def test_numbers_are_compared_by_their_histograms():
    limit = {"measure": "kolmogorov_smirnov", "threshold": 0.4}
    assert found(statistics_of(x=[1, 2, 3, 4]), statistics_of(x=[3, 4, 5, 6]), limit, "int64").findings[0].got == "0.5"


def test_without_a_span_before_there_is_no_baseline_and_no_pass():
    findings = compare_with_previous(OTHER, Window(EARLIER[:1], (Absent("before-history"),)), _limited())
    assert (findings.state, findings.checked, findings.findings) == ("no-baseline", 0, ())


def test_without_limits_nothing_is_judged_and_the_state_says_so():
    assert found(ONE, OTHER).state == "no-limits"
    assert found(ONE, OTHER, {"measure": "psi"}).state == "no-limits"


def test_a_column_that_cannot_be_compared_is_no_pass():
    (finding,) = found(statistics_of(x=[1, 2]), OTHER, {"measure": "l_infinity", "threshold": 1}).findings
    assert (finding.code, finding.severity) == ("rule-not-evaluated", "fail")
    (finding,) = found(ONE, OTHER, {"measure": "wasserstein", "threshold": 1}).findings
    assert finding.code == "rule-not-evaluated"


@pytest.mark.parametrize(
    ("ratios", "code"), [({"min_ratio": 0.9}, None), ({"min_ratio": 1.1}, "rows-fell"), ({"max_ratio": 0.9}, "rows-rose")]
)
def test_the_number_of_rows_is_held_against_that_before(ratios, code):
    assert [one.code for one in found(ONE, OTHER, **ratios).findings] == ([code] if code else [])


def _limited():
    column = {"type": "string", "drift": {"measure": "psi", "threshold": 0.1}}
    return Schema.model_validate({"columns": {**RULES, "x": column}}, strict=False)
