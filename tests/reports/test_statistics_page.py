import json
from pathlib import Path

import pytest

from components.reports.statistics_page import render_statistics, sentence_of, verdict_words, write_statistics_page
from tests.reports.statistics_tables import HOSTILE, a_view

LIMIT = 2_000_000


def test_the_page_stands_alone_beside_its_json(tmp_path: Path) -> None:
    page = write_statistics_page(a_view(), tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "Content-Security-Policy" in text
    assert "http" not in text.replace("http-equiv", "")
    assert HOSTILE not in text
    assert "<img" not in text
    assert json.loads((tmp_path / "statistics.json").read_text(encoding="utf-8"))["pipeline"] == "flights"


def test_the_first_sentence_says_what_changed() -> None:
    view = a_view()
    assert verdict_words(view) == "Columns changed"
    assert sentence_of(view) == "6,000 rows of 9 columns; 1 changed: late."
    assert verdict_words(a_view(moved=False)) == "Nothing changed"
    alone = a_view(n_baseline=0)
    assert verdict_words(alone) == "No baseline"
    assert "no earlier span" in render_statistics(alone)


def test_an_empty_window_has_a_page() -> None:
    assert "0 rows" in render_statistics(a_view(n=0))


@pytest.mark.slow
def test_a_page_of_200_columns_is_small() -> None:
    view = a_view(copies=192, n_baseline=21, n=200)
    assert len(view.columns) > 200
    assert len(render_statistics(view).encode()) < LIMIT
