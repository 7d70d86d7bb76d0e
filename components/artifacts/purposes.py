"""What columns may be used for: a tag on the column itself, which goes with it into every file that is made from it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Purpose = Literal["slice-only"]
"""``slice-only``: figures may be broken down by the column, and no model may be trained on it or on what is made from it."""

KEY = b"purpose"


def purposes_of(schemas: "Iterable[pa.Schema]") -> dict[str, str]:
    """Return the purposes of the tagged columns by name; a column that is tagged in one of the schemas is tagged."""
    return {field.name: field.metadata[KEY].decode() for schema in schemas for field in schema if KEY in (field.metadata or {})}


def tagged(table: "pa.Table", purposes: Mapping[str, str]) -> "pa.Table":
    """Return the rows with columns tagged; names that the table has not are passed over.

    >>> import pyarrow as pa
    >>> purposes_of([tagged(pa.table({"a": [1], "b": [2]}), {"b": "slice-only", "c": "slice-only"}).schema])
    {'b': 'slice-only'}
    """
    import pyarrow as pa

    if not purposes:
        return table
    fields = [one.with_metadata({KEY: purposes[one.name].encode()}) if one.name in purposes else one for one in table.schema]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(fields))
