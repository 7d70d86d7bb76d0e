"""The evaluation page of made runs: verdict first, every section that has something to say, and none that has not."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from components.artifacts.curve import Curve, CurvePoint
from components.artifacts.evaluation import CalibrationBin, Measurement
from components.artifacts.examination import Dependence, Examination, GroupGap, Importance, WeakSlice
from components.reports.evaluation_page import curve_slices, render_evaluation, write_evaluation_page
from components.reports.evaluation_view import EvaluationView
from components.reports.run_view import Estimate, Metric
from tests.chromium import chromium, needs_chromium
from tests.reports.conftest import blessed_run, rejected_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "<img src=x onerror=alert(1)>"


def measured(value: float, against: str = "") -> Measurement:
    return Measurement("roc_auc", "", "", value, value - 0.02, value + 0.02, 900, 7, "measured", against)


def at_jfk(one: Measurement) -> Measurement:
    return replace(one, dimension="origin", value_of="JFK")


def a_view() -> EvaluationView:
    points = tuple(CurvePoint(f"{age}", age, measured(0.7 - age / 400), measured(-age / 400, "first")) for age in (0, 7, 14, 28))
    examined = Examination(
        "skill", "log_loss",
        (WeakSlice("carrier & origin", f"{HOSTILE} & JFK", 812, 0.01, 0.21, 0.03, 1e-9),),
        (GroupGap("carrier", "selection_rate", 0.2, 0.1, 0.3, "AA", "UA", {"AA": 0.4, "UA": 0.2}),
         GroupGap("origin", "equal_opportunity", None, None, None, "", "", {}, "too-few-rows")),
        (Importance("hour", 0.05, 0.03, 0.07), Importance(HOSTILE, 0.0, None, None)),
        (Dependence("hour", (5.0, 12.0, 22.0), (0.1, 0.2, 0.4)), Dependence("carrier", ("AA", "UA"), (0.2, 0.3))),
    )  # fmt: skip
    bins = tuple(CalibrationBin(p, p + 0.01, 90, p - 0.03, p + 0.05) for p in (0.1, 0.2, 0.4))
    gaps = tuple(Metric("roc_auc", Estimate(0.01, -0.01, 0.03, 90), "carrier", carrier) for carrier in ("AA", HOSTILE))
    points += tuple(CurvePoint(one.name, one.place, at_jfk(one.figure), at_jfk(one.difference)) for one in points)
    curve = Curve("age", "roc_auc", points, {"": 61.5, "origin JFK": 30.0}, {"": 7.0, "origin JFK": None}, 0.01)
    card = {"Model": {"estimator": HOSTILE}, "Standing": {"serves": "yes"}}
    tried = {"boosting": {"decision": "chosen"}, HOSTILE: {"decision": "not chosen: log_loss 0.5, of boosting 0.4"}}
    return EvaluationView(blessed_run(), gaps, bins, examined, (curve,), card, tried)


def test_the_verdict_comes_first_and_then_every_section() -> None:
    page = render_evaluation(a_view())
    sections = re.findall(r'<section id="([\w-]+)"', page)
    assert sections == [
        "verdict",
        "decision",
        "metrics",
        "gaps",
        "weak",
        "fairness",
        "curves",
        "calibration",
        "importances",
        "card",
        "candidates",
    ]
    assert "Half of what the model knows is lost after 61.5 days." in page.replace("61.50", "61.5")
    assert "Train at least every 7 days" in page
    assert re.search(r"origin JFK</th><td>30 days</td><td>no sure cost seen", page)
    assert "not chosen: log_loss 0.5, of boosting 0.4" in page


def test_a_section_without_anything_to_say_is_not_there() -> None:
    bare = replace(a_view(), gaps=(), calibration=(), examination=None, curves=(), candidates={})
    assert re.findall(r'<section id="([\w-]+)"', render_evaluation(bare)) == ["verdict", "decision", "metrics", "card"]


def test_how_a_slice_ages_is_not_said_where_it_was_not_measured() -> None:
    (curve,) = a_view().curves
    few = [replace(p, figure=replace(p.figure, value=None, state="too-few-rows")) if p.figure.dimension else p for p in curve.points]
    assert curve_slices(replace(curve, points=tuple(few))) == [
        ("all rows", "62 days", "every 7 days"), ("origin JFK", "too few rows", "too few rows"),
    ]  # fmt: skip


def test_a_rejected_model_and_no_weak_slice_are_said_in_words() -> None:
    view = a_view()
    examined = replace(view.examination, weak_slices=())  # type: ignore[type-var]
    page = render_evaluation(replace(view, run=rejected_run(), examination=examined))
    assert "Not blessed" in page
    assert "is surely worse than the rest" in page


def test_what_comes_from_data_is_a_text() -> None:
    assert HOSTILE not in render_evaluation(a_view())


def test_the_json_beside_it_has_the_same_values(tmp_path: Path) -> None:
    page = write_evaluation_page(a_view(), tmp_path)
    body = json.loads(page.with_name("evaluation.json").read_text(encoding="utf-8"))
    assert body["decision"]["outcome"] == "blessed"
    assert body["curves"][0]["half_life"] == {"": 61.5, "origin JFK": 30.0}
    assert body["examination"]["weak_slices"][0]["gap"] == 0.21


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as running:
        yield running


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_quiet_and_fits_any_screen(browser, tmp_path: Path, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(write_evaluation_page(a_view(), tmp_path).as_uri())
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
    page.close()
