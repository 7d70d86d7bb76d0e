"""The page of anomalies as Chromium shows it: quiet, narrow, dark, searched."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from components.reports.anomalies_page import write_anomalies_page
from tests.chromium import chromium, needs_chromium
from tests.reports.test_anomalies_page import a_view

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Page"]:
    folder: Path = tmp_path_factory.mktemp("anomalies")
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
        said: list[str] = []
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.goto(write_anomalies_page(a_view(), folder).as_uri())
        yield opened
        assert said == []


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_fits_any_screen(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_rows_that_were_set_aside_are_found_by_typing(page: "Page") -> None:
    page.locator("#aside input[type=search]").fill("no such row")
    assert page.locator("#aside tbody tr:visible").count() == 0
    page.locator("#aside input[type=search]").fill("alert")
    assert page.locator("#aside tbody tr:visible").count() == 100
