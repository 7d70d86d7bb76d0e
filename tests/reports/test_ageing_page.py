"""The page of a walk-forward: ages on the same rows, slices, and what shuffling promises."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from components.measures.metrics import METRICS
from components.reports.ageing_page import Ageing, ageing_curve, render_ageing, write_ageing_page

N, WEEKS = 6000, 12
RANDOM = np.random.default_rng(3)
SIGNAL = RANDOM.normal(size=N)
WEEK = np.sort(RANDOM.integers(0, WEEKS, N))
ROWS = pl.DataFrame(
    {"outcome": (RANDOM.random(N) < 1 / (1 + np.exp(-1.5 * SIGNAL))).astype(int), "origin": RANDOM.choice(["EWR", "<b>"], N)}
)
AGES = {f"{age} weeks": (7.0 * age, 1 / (1 + np.exp(-SIGNAL - 0.25 * age * RANDOM.normal(size=N)))) for age in (0, 2, 4, 8)}


@pytest.fixture(scope="module")
def view() -> Ageing:
    leaked = 0.5 * ROWS["outcome"].to_numpy() + 0.5 * AGES["0 weeks"][1]
    return ageing_curve(ROWS, WEEK, AGES, leaked, metric="roc_auc", slices=("origin",))


def test_each_age_has_its_figure_and_the_loss_of_waiting(view: Ageing) -> None:
    points = view.curve.of_slice()
    for point, (age, scores) in zip(points, AGES.values(), strict=True):
        assert point.place == age
        assert point.figure.value == pytest.approx(METRICS["roc_auc"](ROWS["outcome"].to_numpy().astype(float), scores)[0])
    assert [p.figure.value for p in points] == sorted((p.figure.value for p in points), reverse=True)
    assert view.curve.half_life[""] > 0
    assert view.curve.cadence[""] in {0.0, 14.0, 28.0}


def test_what_shuffling_promises_beyond_the_youngest_is_told_with_its_interval(view: Ageing) -> None:
    assert view.illusion.value == pytest.approx(view.shuffled.value - view.curve.of_slice()[0].figure.value)
    assert 0 < view.illusion.low < view.illusion.value < view.illusion.high


def test_the_page_tells_ages_slices_and_the_illusion_and_escapes_names(view: Ageing, tmp_path: Path) -> None:
    page = write_ageing_page(view, "flights", tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text == render_ageing(view, "flights")
    assert "more than the youngest honest model" in text
    assert "origin &lt;b&gt;" in text
    assert "origin <b>" not in text
    assert json.loads(page.with_name("ageing.json").read_text(encoding="utf-8"))["illusion"]["value"] == view.illusion.value
