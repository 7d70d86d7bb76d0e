"""The labeling page: a verdict by rule, every figure with its place, values of the data as text only."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from components.artifacts.label_analysis import LabelAnalysis
from components.artifacts.label_diagnostics import Doubt, Evidence, LabelDiagnostics
from components.reports.labeling_marks import by_class
from components.reports.labeling_page import (
    LabelingView,
    Suspect,
    render_labeling,
    sentence_of,
    table_lines,
    verdict_words,
    write_labeling_page,
)
from tests.artifacts.test_label_analysis import ANALYSIS, FUNCTION, ROW

SECOND = replace(FUNCTION, name="second", is_row_wise=False, alarms=(), n_faults=0, accuracy=None, low=None, high=None, n_scored=0)


def view(**changed: object) -> LabelingView:
    usual = {"functions": (FUNCTION, SECOND), "conflicts": ((0.0, 0.4), (0.4, None)), "dependences": ()}
    analysis = replace(ANALYSIS, **usual | changed)  # type: ignore[arg-type]
    return LabelingView("spam", "run-1", "2026-01-06 00:00 UTC", analysis)


@pytest.mark.parametrize(
    ("changed", "words", "said"),
    [
        ({"functions": (replace(FUNCTION, high=0.4), SECOND)}, "Worse than chance", "first is wrong more often than a vote by lot"),
        ({}, "Functions jumped", "1 jump of coverage or agreement"),
        ({"functions": (SECOND,), "dependences": ANALYSIS.dependences}, "Copies", "first and second say nearly the same"),
        ({"functions": (SECOND,)}, "Nothing odd", "1 function vote on 80.0 % of 10 rows."),
    ],
)
def test_the_verdict_is_the_worst_of_what_was_found(changed: dict[str, object], words: str, said: str) -> None:
    assert verdict_words(view(**changed)) == words
    assert said in sentence_of(view(**changed))


def test_the_page_shows_functions_pairs_labels_and_rows_and_escapes_what_data_says() -> None:
    page = render_labeling(view(dependences=ANALYSIS.dependences))
    assert "<b>\u00e9" not in page
    assert "&lt;b&gt;\u00e9" in page
    for text in (
        "failed on 1",
        "raised KeyError: &lt;i&gt;",
        "slow",
        "jumped",
        "Labels not mature",
        "carrier = B6",
        "Rows by source of their label",
        "Suspected errors",
    ):
        assert text in page
    assert "http" not in page.split("<style>")[0].replace("http-equiv", "")
    assert "<script src" not in page


def test_what_a_label_model_and_a_model_of_other_days_say_stands_beside() -> None:
    learned = LabelDiagnostics(
        "dawid-skene", "It explains held-out votes best.", 10, 9, (0.5, 0.5), (Evidence("majority-vote", held_out=-1.25),), (),
        (Doubt("too-few-functions", "Two functions <cannot> be told apart."),), {},
    )  # fmt: skip
    page = render_labeling(
        replace(view(), learned=learned, suspects=(Suspect("ab" * 16, "2026-01-05", "outcome", 1.0, 0, 0.982),), n_suspects=7, noise=0.03)
    )
    for text in ("It explains held-out votes best.", "too-few-functions", "&lt;cannot&gt;", "7 labels that a model", "3.0 %", "0.982"):
        assert text in page
    assert "Nobody looked" in render_labeling(view())


def test_every_source_of_labels_has_a_layer_of_the_chart() -> None:
    sources = ("feedback", "label_model", "no-outcome", "outcome", "raters", "uncovered")
    page = render_labeling(view(labels={name: (place, 1) for place, name in enumerate(sources)}))
    cells = re.findall(r"<td[^>]*>2026-01-04</td>(.*?)</tr>", page, re.DOTALL)
    assert any(re.findall(r">(\d+)<", row) == ["3", "1", "7", "4"] for row in cells)


def test_many_classes_have_a_layer_and_a_curve_each_and_the_rarest_share_one() -> None:
    bins = ANALYSIS.calibration["1"]
    three = {str(one): (float(one + 1), 1.0) for one in range(3)}
    page = render_labeling(view(distribution=three, calibration=dict.fromkeys(three, bins)))
    assert "Mean label" not in page
    assert all(f"Label model against outcomes, class {one}" in page for one in three)
    assert all(f"class {one}</li>" in page for one in three)
    six = by_class(("one", "two"), {str(one): (float(one), 2.0) for one in range(6)})
    assert six is not None
    assert six.columns == ("", "class 3", "class 4", "class 5", "other classes")
    assert six.table == (("one", "3", "4", "5", "3"), ("two", "2", "2", "2", "6"))


def test_an_analysis_of_nothing_is_a_page_too() -> None:
    empty = LabelAnalysis(1, (), 0, 0, 0, (), (), (), (), {}, {}, {}, (), (), ())
    page = render_labeling(LabelingView("spam", "run-1", "now", empty))
    assert "no span" in page
    assert "No labels." in page


def test_the_json_beside_the_page_holds_the_same(tmp_path: Path) -> None:
    page = write_labeling_page(view(), tmp_path)
    body = json.loads((page.parent / "labeling.json").read_text(encoding="utf-8"))
    assert body["analysis"]["functions"][0]["accuracy"] == FUNCTION.accuracy
    assert body["analysis"]["uncovered"][0]["values"] == ROW.values


def test_the_terminal_has_a_line_a_function() -> None:
    head, first, second = table_lines(view())
    assert head.startswith("function")
    assert first.split()[0] == "first"
    assert first.endswith("slow, jumped, failed")
    assert "0.750" in first
    assert second.split()[4] == "\N{EN DASH}"
