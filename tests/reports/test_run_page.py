"""The page of a run as text."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from components.reports.run_page import heading_of, render_run, write_run_page
from components.reports.run_view import Estimate, RunView

VOID = {"meta", "link", "br", "input", "img", "hr", "rect", "path", "polygon"}


class Outline(HTMLParser):
    """Collects headings, tags and identifiers, and checks that tags close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def pages(made: dict[str, RunView]) -> dict[str, str]:
    return {name: render_run(view) for name, view in made.items()}


def test_every_page_is_well_formed_with_one_first_heading_and_unique_identifiers(pages: dict[str, str]) -> None:
    for page in pages.values():
        outline = Outline(page)
        assert not outline.open
        assert outline.tags.count("h1") == 1
        assert len(outline.ids) == len(set(outline.ids))


def test_no_value_becomes_markup(pages: dict[str, str]) -> None:
    outline = Outline(pages["hostile"])
    assert outline.tags.count("script") == 1
    assert "img" not in outline.tags
    assert not {name for name in outline.attributes if name.startswith("on") or name == "style"}
    assert 'href="javascript' not in pages["hostile"]
    assert 'href="data:text' not in pages["hostile"]
    assert "49" not in re.findall(r"'(\d+)'&lt;", pages["hostile"])


def test_characters_that_reverse_or_hide_text_show(pages: dict[str, str]) -> None:
    assert "\u202e" not in pages["hostile"]
    assert "\x00" not in pages["hostile"]


def test_a_very_long_value_is_cut_and_says_so(made: dict[str, RunView]) -> None:
    page = render_run(replace(made["data"], reason="w" * 100_000))
    assert "… (98,000 more characters)" in page
    assert len(page) < 100_000


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("data", "No baseline."),
        ("rejected", "No champion."),
        ("rejected", "Superseded"),
        ("immature", "Labels not mature."),
        ("blessed", "Too few rows"),
        ("blessed", "No delivery"),
        ("empty", "No rows"),
        ("failed", "Not run."),
    ],
)
def test_what_is_missing_is_said(pages: dict[str, str], name: str, words: str) -> None:
    assert words in pages[name]


def test_the_run_says_what_was_reused_and_why(pages: dict[str, str]) -> None:
    assert "168 reused steps" in pages["blessed"]
    assert "computed because the votes of 2013-05-31 differ" in pages["blessed"]


def test_a_run_of_no_findings_out_of_no_rules_is_no_pass(made: dict[str, RunView]) -> None:
    assert "No rule was evaluated: this is no pass." in render_run(replace(made["data"], checks=()))


def test_the_page_and_its_json_are_written_side_by_side(made: dict[str, RunView], tmp_path: Path) -> None:
    page = write_run_page(made["blessed"], tmp_path / "run")
    assert page.name == "index.html"
    assert json.loads((page.parent / "run.json").read_text(encoding="utf-8"))["run_id"] == made["blessed"].run_id
    assert page.stat().st_size < 500_000


def test_the_same_run_gives_the_same_page(made: dict[str, RunView]) -> None:
    assert render_run(made["data"]) == render_run(made["data"])


def test_a_run_is_called_by_its_span_or_its_date(made: dict[str, RunView]) -> None:
    assert heading_of(made["data"]) == "Flights data, 2013-05-31"
    assert heading_of(made["blessed"]) == "Flights training, as of 2013-06-01"


def test_an_estimate_without_value_is_drawn_nowhere(made: dict[str, RunView]) -> None:
    view = replace(
        made["blessed"], metrics=tuple(replace(m, estimate=Estimate()) for m in made["blessed"].metrics or () if not isinstance(m, str))
    )
    assert "Absent" in render_run(view)
