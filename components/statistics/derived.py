"""What else a column holds: the fields of structs, the elements of lists and, on demand, the parts of times and texts; each a column itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from components.measures.micros import to_micros
from components.measures.storage import plain

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = {
    "empty": r"^\s*$",
    "uuid": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "ip": r"^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$|^([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}$"
    r"|^([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){0,6})?::([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){0,6})?$",
    "email": r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$",
    "url": r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/]+\S*$",
    "date": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$",
    "number": r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$",
}
"""What a text parses as, the first that fits (RE2 syntax): UUID (RFC 9562), IP (RFC 4291), e-mail, URL (RFC 3986), ISO 8601, number."""

_WORDS_APART = r"[^\pL\pN]+"  # letters and digits of any script make words


def derived(name: str, column: pa.ChunkedArray, *, details: bool) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Yield the columns derived from one, each before those derived from it.

    A struct `s` gives its fields as `s.field`, a list `l` all its elements as `l[]`, a map `m` its keys and items as `m.key` and `m.item`.
    With `details` an instant `t` gives `t:hour` and `t:weekday` (Monday is 1; in its own zone), `t:gap`, the time from each value to the next
    in the order of rows, and `t:ordered`, whether that is not negative; a text `s` gives `s:bytes`, its length in UTF-8, `s:kind`, what it
    parses as (`KINDS`, else text), and `s:words`. Gaps end with a tile of 65,536 rows.
    """
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(column.type) and not (details or types.is_nested(column.type.value_type)):
        return  # codes need no decoding to know that nothing comes of them
    column = plain(column)
    kind = column.type
    children: Iterator[tuple[str, pa.ChunkedArray]] = iter(())
    if types.is_struct(kind):
        children = ((f"{name}.{field.name}", values) for field, values in zip(kind, column.flatten(), strict=True))
    elif types.is_map(kind):
        children = _map_parts(name, column)
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        children = iter([(f"{name}[]", _elements(column))])
    elif details and (types.is_timestamp(kind) or types.is_date(kind)):
        children = _time_parts(name, column)
    elif details and (types.is_string(kind) or types.is_large_string(kind)):
        children = _text_parts(name, column)
    for child, values in children:
        yield child, values
        if ":" not in child:
            yield from derived(child, values, details=details)


def _elements(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa.chunked_array([pc.list_flatten(chunk) for chunk in column.chunks], column.type.value_type)


def _map_parts(name: str, column: pa.ChunkedArray) -> Iterator[tuple[str, pa.ChunkedArray]]:
    import pyarrow as pa

    listed = column.cast(pa.list_(pa.struct({"key": column.type.key_type, "item": column.type.item_type})))
    for part, values in zip(("key", "item"), _elements(listed).flatten(), strict=True):
        yield f"{name}.{part}", values


def _time_parts(name: str, column: pa.ChunkedArray) -> Iterator[tuple[str, pa.ChunkedArray]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(column.type):
        yield f"{name}:hour", pc.hour(column)
    yield f"{name}:weekday", pc.day_of_week(column, count_from_zero=False)
    instants = column.drop_null()
    steps = np.diff(to_micros(instants if pa.types.is_timestamp(column.type) else instants.cast(pa.timestamp("us"))))
    yield f"{name}:gap", pa.chunked_array([pa.array(steps, pa.duration("us"))])
    yield f"{name}:ordered", pa.chunked_array([pa.array(steps >= 0)])


def _text_parts(name: str, column: pa.ChunkedArray) -> Iterator[tuple[str, pa.ChunkedArray]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    yield f"{name}:bytes", pc.binary_length(column)
    coded = column.combine_chunks().dictionary_encode()
    yield f"{name}:kind", pa.chunked_array([_kinds(coded.dictionary).take(coded.indices)])
    words = pc.list_flatten(pc.split_pattern_regex(pc.utf8_lower(coded.dictionary), _WORDS_APART).take(coded.indices))
    yield f"{name}:words", pa.chunked_array([words.filter(pc.not_equal(words, ""))])


def _kinds(texts: pa.Array) -> pa.Array:
    """Return the kind of each text; one look at all patterns sorts out what fits none, which is most of free text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    some = pc.fill_null(pc.match_substring_regex(texts, "|".join(f"(?:{pattern})" for pattern in KINDS.values())), fill_value=False)
    fitting = texts.filter(some)
    fits = pa.StructArray.from_arrays([pc.match_substring_regex(fitting, pattern) for pattern in KINDS.values()], list(KINDS))
    kinds = pc.case_when(fits, *(pa.scalar(kind) for kind in KINDS))
    return pc.replace_with_mask(pa.repeat("text", len(texts)), some, kinds)
