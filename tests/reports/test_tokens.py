"""The colour tokens meet WCAG 2.1 AA in both themes: 4.5 to 1 for text (1.4.3), 3 to 1 for what is not text (1.4.11)."""

import re

import pytest

from components.reports.layout import asset

TOKENS = {name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", asset("tokens.css"))}
GROUNDS = ("page", "surface", "sunken")
TEXT = [(ink, ground) for ink in ("ink", "muted", "link", "chart-text") for ground in GROUNDS]
TEXT += [(tone, f"{tone}-wash") for tone in ("good", "warn", "bad", "idle")] + [
    ("ink", f"{tone}-wash") for tone in ("good", "warn", "bad", "idle")
]
TEXT += [(tone, "surface") for tone in ("good", "warn", "bad", "idle")]
SHAPES = [
    (shape, ground)
    for shape in ("edge", "focus", "chart-main", "chart-second", "chart-third", "chart-quiet")
    for ground in ("page", "surface")
]


def luminance(color: str) -> float:
    channels = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_gives_the_known_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_stands_out_from_its_ground(ink: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[ink][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_edges_and_marks_stand_out_from_their_ground(shape: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[shape][theme], TOKENS[ground][theme]) >= 3


def test_every_colour_used_is_a_token() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", asset("page.css")))
    defined = set(re.findall(r"--([\w-]+):", asset("tokens.css", "page.css")))
    assert used <= defined
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", asset("page.css"))
