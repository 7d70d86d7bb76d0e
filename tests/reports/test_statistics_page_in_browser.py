"""The page of statistics as Chromium shows it: quiet, closed, narrow, filtered, opened by a link, used by keyboard."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from components.reports.statistics_page import write_statistics_page
from tests.chromium import chromium, needs_chromium
from tests.reports.statistics_tables import HOSTILE, a_view

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("statistics")
    return write_statistics_page(a_view(copies=20), folder).as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    opened.said = []
    opened.on("console", lambda message: opened.said.append(message.text))
    opened.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.goto(address)
    yield opened
    assert opened.said == []
    opened.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_fits_any_screen(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_name_in_the_overview_opens_its_details(page: "Page") -> None:
    shut = page.locator("#columns li:has(.name:text-is('constant'))")
    assert not shut.locator("figure").first.is_visible()
    page.locator("#overview a", has_text="constant").focus()
    page.keyboard.press("Enter")
    shut.locator("figure").first.wait_for(state="visible")


def test_columns_are_found_by_typing(page: "Page") -> None:
    page.locator("#overview input[type=search]").fill("LATE")
    assert page.locator("#overview tbody tr:visible").count() == 1
    page.locator("#columns input[type=search]").fill("f1 double")
    assert 1 <= page.locator("#columns li:visible").count() < 20


def test_columns_are_sorted_by_missing_values(page: "Page") -> None:
    missing = page.locator("#overview th button", has_text="Missing")
    missing.press("Enter")
    missing.press("Enter")
    assert page.locator("#overview tbody th").first.text_content() == "nothing"


def test_hostile_names_are_shown_as_texts(page: "Page") -> None:
    assert page.locator("img").count() == 0
    assert page.locator("#overview th", has_text=HOSTILE[:20]).count() == 1
