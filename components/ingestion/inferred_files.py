"""Which files a location means that a person gives: a file, a folder, a pattern, a URL."""

from __future__ import annotations

import re
from pathlib import Path

from components.ingestion.sources.location import PACKAGE, is_url
from components.ingestion.sources.pattern import is_pattern, matching
from components.runtime.errors import DataError

SAMPLED_FILES = 5
DATES = ((r"\d{4}-\d\d-\d\d", "{YYYY-MM-DD}"), (r"\d{4}/\d\d/\d\d", "{YYYY}/{MM}/{DD}"))


def located(text: str) -> str:
    """Return the location that a person means: a URL, a pattern, a file, or, for a folder, the pattern of the files in it.

    Raises
    ------
    DataError
        If a folder holds no files.
    """
    if is_url(text) or text.startswith(PACKAGE):
        return text
    path = Path(text).resolve()
    return _pattern(path) if path.is_dir() else str(path)


def sampled_files(location: str) -> list[str]:
    """Return a few of the files that a location means, spread over all of them, or the one that it is."""
    if not is_pattern(location):
        return [location]
    names = matching(location)
    return names[:: max(1, -(-len(names) // SAMPLED_FILES))]


def _pattern(folder: Path) -> str:
    """Return the pattern of most files of a folder: dates in names, and what else differs as stars."""
    names = sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and not one.name.startswith("."))
    if not names:
        raise DataError("the folder holds no files", where=str(folder))
    patterns = [_dated(name) for name in names]
    most = max(dict.fromkeys(patterns), key=patterns.count)
    if patterns.count(most) < len(names):
        suffixes = ["".join(Path(name).suffixes[-2:]) for name in names]
        most = ("**/*" if any("/" in name for name in names) else "*") + max(dict.fromkeys(suffixes), key=suffixes.count)
    return f"{folder}/{most}"


def _dated(name: str) -> str:
    """Return a name with places for its date, and a star for its stem where it has none.

    >>> _dated("2024/03/01/rows.csv"), _dated("sales-2024-03-01.csv"), _dated("a.csv.gz")
    ('{YYYY}/{MM}/{DD}/rows.csv', 'sales-{YYYY-MM-DD}.csv', '*.csv.gz')
    """
    for expression, place in DATES:
        if re.search(expression, name):
            return place.join(re.split(expression, name, maxsplit=1))
    path = Path(name)
    return str(path.with_name("*" + "".join(path.suffixes[-2:])))
