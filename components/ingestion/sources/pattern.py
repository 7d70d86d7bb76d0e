"""Locations with places for dates, spans and versions, and the files that they match."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from components.artifacts.findings import Finding
from components.ingestion.sources.reach import reachable
from components.runtime.errors import DataError, DefinitionError, nearest

TOKENS = {
    "YYYY-MM-DD": r"\d{4}-\d\d-\d\d",
    "YYYY": r"\d{4}",
    "MM": r"\d\d",
    "DD": r"\d\d",
    "HH": r"\d\d",
    "SPAN": r"\d{4}(?:-W\d\d|-\d\d(?:-\d\d(?:T\d\d(?:[+-]\d{4})?)?)?)",
    "VERSION": r"\d+",
}
"""What may stand between braces, and the text that it matches."""

PIECE = re.compile(r"\{(?P<token>[^{}]*)\}|(?P<star>\*\*?)|(?P<mark>\?)|(?P<brace>[{}])")


def is_pattern(location: str) -> bool:
    """Tell a location of several files from that of one."""
    return any(character in location for character in "{}*")


def checked_pattern(location: str) -> str:
    """Return a location; `DefinitionError` if it is a pattern that names an unknown token or leads upwards."""
    if not is_pattern(location):
        return location
    if ".." in location.split("/"):
        raise DefinitionError("a pattern must not lead upwards", where=location, expected="a path without '..'", got="'..'")
    _expression(location)
    return location


def matching(pattern: str) -> list[str]:
    """Return the files that match, local or of any fsspec file system, by the fields of the pattern and then by name.

    Numbers compare as numbers: version 10 comes after version 9. A token that stands there twice must match the same text.

    Raises
    ------
    DataError
        With the finding `source-missing` if no file matches.
    """
    expression = re.compile(_expression(checked_pattern(pattern)))
    found = [(match, name) for name in _globbed(re.sub(r"\{[^{}]*\}", "*", pattern)) if (match := expression.fullmatch(name))]
    if not found:
        raise DataError("the source is missing", [Finding("source-missing", "fail", pattern, "no file matches the pattern")], where=pattern)
    return [name for _, name in sorted(found, key=lambda one: (_fields(one[0]), one[1]))]


def dated(pattern: str) -> bool:
    """Tell whether a pattern holds a whole date."""
    tokens = set(re.findall(r"\{([^{}]*)\}", pattern))
    return "YYYY-MM-DD" in tokens or {"YYYY", "MM", "DD"} <= tokens


def fields_of(pattern: str, location: str) -> dict[str, str]:
    """Return what the places of a pattern read in a file's name, by place; none where it is no pattern or does not match.

    >>> fields_of("in/{YYYY}/{MM}-v{VERSION}.csv", "in/2013/01-v7.csv")
    {'yyyy': '2013', 'mm': '01', 'version': '7'}
    """
    match = re.fullmatch(_expression(pattern), location) if is_pattern(pattern) else None
    return match.groupdict() if match else {}


def moment_of(pattern: str, location: str) -> datetime:
    """Return the date and hour that the places of a pattern read in a file's name, on a clock without a zone.

    Raises
    ------
    DefinitionError
        If they hold no date of the calendar.

    >>> moment_of("in/{YYYY}/{MM}/{DD}.csv", "in/2013/01/05.csv")
    datetime.datetime(2013, 1, 5, 0, 0)
    """
    texts = fields_of(pattern, location)
    day = texts.get("yyyy_mm_dd") or "-".join(texts.get(name, "") for name in ("yyyy", "mm", "dd"))
    try:
        return datetime.fromisoformat(f"{day}T{texts.get('hh', '00')}:00")
    except ValueError:
        raise DefinitionError("the name of a file holds no date", where=location, expected=f"one in {pattern}", got=repr(day)) from None


def _fields(match: re.Match[str]) -> tuple[str, int]:
    """Return what orders files: dates and spans as text, versions as numbers."""
    texts = match.groupdict()
    dates = "".join(texts.get(name) or "" for name in ("span", "yyyy_mm_dd", "yyyy", "mm", "dd", "hh"))
    return dates, int(texts.get("version") or 0)


def _expression(pattern: str) -> str:
    """Return the regular expression of the names that a pattern matches."""
    parts, place, seen = [], 0, set()
    for piece in PIECE.finditer(pattern):
        parts.append(re.escape(pattern[place : piece.start()]))
        place = piece.end()
        token = piece["token"]
        if piece["star"]:
            parts.append(".*" if piece["star"] == "**" else "[^/]*")
        elif piece["mark"]:
            parts.append("[^/]")
        elif token not in TOKENS:
            near = nearest(token or "", TOKENS)
            raise DefinitionError("unknown place in a pattern", where=pattern, expected=", ".join(TOKENS), got=piece[0], nearest=near)
        else:
            name = token.lower().replace("-", "_")
            parts.append(f"(?P={name})" if token in seen else f"(?P<{name}>{TOKENS[token]})")
            seen.add(token)
    return "".join(parts) + re.escape(pattern[place:])


def _globbed(pattern: str) -> Iterator[str]:
    """Yield the names of files, local ones as the pattern begins, others with their scheme."""
    scheme, separator, _ = pattern.partition("://")
    if not separator:
        root = Path(pattern).anchor
        yield from (str(path) for path in Path(root or ".").glob(pattern.removeprefix(root)) if path.is_file())
        return
    import fsspec

    with reachable(pattern):
        system, path = fsspec.core.url_to_fs(pattern)
        system.invalidate_cache()
        names = [str(name) for name in system.glob(path)]
    yield from (f"{scheme}://{name.lstrip('/')}" if scheme != "file" else f"file://{name}" for name in names)
