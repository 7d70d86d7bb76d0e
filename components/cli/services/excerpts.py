"""What a log says that matters: its last lines, and the lines that speak of an error."""

import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path

TROUBLE = re.compile(r"\b(error|critical|fatal|traceback|panic|exception|killed|refused)\b|[A-Z]\w*(Error|Exception)\b", re.IGNORECASE)
HARMLESS = re.compile(r"\berrors?[=:] ?(0|none|null)\b|\b0 errors\b", re.IGNORECASE)
READ_AT_MOST = 4 * 2**20  # bytes from the end; a log of weeks is not read whole
LONGEST_LINE = 400  # characters shown


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Parts of one log; `errors` are the last lines of trouble that do not lie within `tail` already, oldest first."""

    path: Path
    errors: tuple[str, ...]
    tail: tuple[str, ...]


def excerpt(path: Path, *, lines: int = 8, errors: int = 8) -> Excerpt:
    """Return the last `lines` lines of a log and the last `errors` lines of trouble before them; a missing file gives an empty excerpt."""
    if not path.exists():
        return Excerpt(path, (), ())
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - READ_AT_MOST))
        text = file.read().decode(errors="replace")
    shown = [line.rstrip()[:LONGEST_LINE] for line in text.splitlines() if line.strip()]
    cut = max(0, len(shown) - lines)
    trouble = deque((line for line in shown[:cut] if TROUBLE.search(line) and not HARMLESS.search(line)), maxlen=errors)
    return Excerpt(path, tuple(trouble), tuple(shown[cut:]))
