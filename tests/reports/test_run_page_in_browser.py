"""The page as Chromium shows it: quiet, closed, narrow, themed, sortable by keyboard, deaf to hostile strings."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from components.reports.formats import NO_FIGURE
from components.reports.run_index import record_of, write_index
from components.reports.run_page import write_run_page
from components.reports.run_view import RunView
from tests.chromium import chromium, needs_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def folder(made: dict[str, RunView], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    for name, view in made.items():
        write_run_page(view, root / name)
    write_index([record_of(view, f"{name}/index.html") for name, view in made.items()], root)
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield opened
    opened.close()


def addresses(folder: Path) -> list[str]:
    return [path.as_uri() for path in sorted(folder.glob("**/index.html"))]


def test_pages_say_nothing_on_the_console_and_ask_the_network_for_nothing(page: "Page", folder: Path) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for address in addresses(folder):
        page.goto(address)
    assert said == []
    assert {url for url in asked if not url.startswith("data:")} == set(addresses(folder))


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_pages_never_scroll_sideways(page: "Page", folder: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for address in addresses(folder):
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_theme_follows_the_system_and_the_button_overrides_it(page: "Page", folder: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.goto((folder / "blessed/index.html").as_uri())
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(ground)
    page.reload()
    kept = page.evaluate(ground)
    page.get_by_role("button", name="Light theme").click()
    page.emulate_media(color_scheme="dark")
    assert light != dark == kept
    assert page.evaluate(ground) == light


def test_a_dark_system_gets_the_dark_theme(page: "Page", folder: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto((folder / "data/index.html").as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 21, 23)"


def test_a_table_is_sorted_by_keyboard_and_absent_figures_stay_last(page: "Page", folder: Path) -> None:
    page.goto((folder / "blessed/index.html").as_uri())
    table = page.get_by_role("table", name="roc_auc by carrier")
    table.get_by_role("button", name="roc_auc").focus()
    orders = []
    for _ in range(2):
        page.keyboard.press("Enter")
        orders.append(table.locator("tbody td:nth-child(2)").all_inner_texts())
    rising, falling = ([float(text) for text in order if text != NO_FIGURE] for order in orders)
    assert rising == sorted(rising)
    assert falling == sorted(rising, reverse=True)
    assert orders[0][-1] == orders[1][-1] == NO_FIGURE
    assert table.locator("th[aria-sort=descending]").inner_text().strip().startswith("roc_auc")


def test_the_first_tab_stop_skips_to_the_content(page: "Page", folder: Path) -> None:
    page.goto((folder / "data/index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_long_table_is_filtered_as_one_types(page: "Page", folder: Path) -> None:
    page.goto((folder / "blessed/index.html").as_uri())
    page.get_by_text("168 reused steps").click()
    page.get_by_label("Filter steps").fill("votes 2013-05-1")
    assert page.locator("details[open] output").first.inner_text() == "10 of 168"
    assert page.locator("details[open] tbody tr:visible").count() == 10


def test_hostile_strings_do_nothing(page: "Page", folder: Path) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto((folder / "hostile/index.html").as_uri())
    for link in page.locator("main a[href]").all():
        assert not (link.get_attribute("href") or "").lower().startswith(("javascript", "data"))
    assert page.evaluate("window.pwned") is None
    assert page.locator("main img, main script").count() == 0
    assert dialogs == []


def test_the_page_reads_without_scripts(browser: "Browser", folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "blessed/index.html").as_uri())
    assert page.get_by_role("heading", name="Decision").is_visible()
    assert not page.get_by_role("button").count()
    context.close()


def test_paper_shows_everything_and_no_control(page: "Page", folder: Path) -> None:
    page.goto((folder / "blessed/index.html").as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.locator(".button").is_visible()
    assert page.locator("details:not([open])").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('main')).color") == "rgb(27, 29, 32)"
