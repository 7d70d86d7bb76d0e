"""Where the state folder lies, and how progress and service errors look in a terminal."""

import time
from collections.abc import Callable
from pathlib import Path

from components.runtime.home import home

CHECKOUT = Path(__file__).resolve().parents[2]


def state_folder() -> Path:
    """Return `$ALMANAC_HOME`, by default `.almanac` in the checkout; it need not exist."""
    return home()


def progress_printer() -> Callable[[str], None]:
    """Return a function that prints a line of progress with the seconds since this call."""
    from rich.console import Console

    console, began = Console(highlight=False, soft_wrap=True), time.monotonic()

    def show(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  ", end="")
        console.print(text, markup=False)

    return show
