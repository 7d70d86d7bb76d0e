"""A first guess at the type of a column, and what to tell of cells that are not of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.ingestion.cells import typed

if TYPE_CHECKING:
    from components.ingestion.sources.column import ColumnType

STRAY_SHARE = 0.005
"""Share of cells up to which those that cannot be read are strays: half of what a source may quarantine, so that its read does not fail."""

TOLD_SHARE = 0.1
"""Share of cells up to which somebody would rather have a number, and is told why the column is text."""

DECIMAL_COMMA = re.compile(r"[+-]?\d{1,15}(,\d+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:[., ']\d{3})+(?:[.,]\d+)?")
WORDS = {"integer": "whole numbers", "float": "numbers", "date": "dates", "timestamp": "times"}
BOOLEANS = ("true", "false", "True", "False", "TRUE", "FALSE")


@dataclass(frozen=True)
class Seen:
    """The type of a column, and what is to be told of it; "" where every cell is of that type."""

    kind: ColumnType
    remark: str = ""


def seen_type(cells: Sequence[str | None], tokens: Sequence[str], numbers: Sequence[int], *, comma: bool, strict: bool) -> Seen:
    """Return the narrowest type of a column: one that reads every value, or, unless `strict`, all but a few strays.

    Text with leading zeros, such as a postal code, stays text. Nearly all numbers, dates or times are told with the first cell that is
    none, at its row of `numbers`.

    >>> seen_type([*map(str, range(999)), "a1"], ("",), range(2, 1002), comma=False, strict=False).remark
    "999 of 1,000 cells are whole numbers, 1 is not (row 1,001: 'a1'): its row goes to quarantine"
    """
    present = [(value, number) for value, number in zip(cells, numbers, strict=True) if value is not None and value not in tokens]
    texts = [value.replace(",", ".") if comma else value for value, _ in present]
    if not texts or any(len(text) > 1 and text.startswith("0") and text.isdecimal() for text in texts):
        return Seen("string")
    if all(text in BOOLEANS for text in texts):
        return Seen("boolean")
    kind, unread = _best(texts)
    if not unread:
        return Seen(kind)
    if len(unread) > TOLD_SHARE * len(texts):
        return Seen("string", _grouped([value for value, _ in present]))
    strays = [present[place] for place in unread]
    told = f"{len(texts) - len(strays):,} of {len(texts):,} cells are {WORDS[kind]}, {_strays(strays)}"
    if strict or len(strays) > STRAY_SHARE * len(texts):
        return Seen("string", f"{told}: text. {_advice(kind, [value for value, _ in strays])}")
    return Seen(kind, f"{told}: {'its row goes' if len(strays) == 1 else 'their rows go'} to quarantine")


def has_decimal_commas(values: Sequence[str | None]) -> bool:
    """Tell whether the values are numbers, but for strays, of which some have a decimal comma."""
    present = [value for value in values if value]
    n_numbers = sum(DECIMAL_COMMA.fullmatch(value) is not None for value in present)
    return any("," in value for value in present) and n_numbers >= (1 - STRAY_SHARE) * len(present)


def _best(texts: Sequence[str]) -> tuple[ColumnType, list[int]]:
    """Return the type that reads the most texts, the narrower of equals, and the places of those that it does not read."""
    import pyarrow as pa

    cells = pa.chunked_array([pa.array(texts, pa.string())])
    kinds: tuple[ColumnType, ...] = ("integer", "float", "date", "timestamp")
    found: list[tuple[ColumnType, list[int]]] = []
    for kind in kinds:
        unread = [place for place, is_null in enumerate(typed(cells, kind).is_null().to_pylist()) if is_null]
        found.append((kind, unread))
        if not unread:
            break
    return min(found, key=lambda one: len(one[1]))


def _strays(strays: Sequence[tuple[str, int]]) -> str:
    value, number = strays[0]
    return f"{len(strays):,} {'is' if len(strays) == 1 else 'are'} not (row {number:,}: {value[:20]!r})"


def _advice(kind: str, strays: Sequence[str]) -> str:
    """Say how to get the type: by null tokens where the strays are one text or two, else by quarantine."""
    distinct = sorted(set(strays))
    if len(distinct) <= 2 < len(strays):  # noqa: PLR2004 - a text that repeats is a code
        return f"If {' and '.join(map(repr, distinct))} means null: Column({kind!r}, null_tokens={('', *distinct)!r})"
    return f"Declared as {kind!r}, those rows go to quarantine (max_quarantined_share)"


def _grouped(values: Sequence[str]) -> str:
    """Return what to tell of numbers that are written in groups of three digits, "" of others."""
    found = [value for value in values if GROUPED.fullmatch(value)]
    if 2 * len(found) < len(values):
        return ""
    return f"numbers in groups of digits ({found[0]!r}): text. Make a number of them in `derive_columns`, or have them written without"
