"""The schema's words for Arrow types."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def type_name(kind: pa.DataType) -> str:
    """Return the schema's word for an Arrow type, else Arrow's own: any text is a string, any time zone and unit a timestamp.

    Examples
    --------
    >>> import pyarrow as pa
    >>> type_name(pa.large_string()), type_name(pa.timestamp("ms")), type_name(pa.int32()), type_name(pa.list_(pa.string()))
    ('string', 'timestamp', 'int32', 'list<string>')
    """
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    types = pa.types
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    words = {
        "string": types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind),
        "timestamp": types.is_timestamp(kind),
        "time": types.is_time(kind),
        "duration": types.is_duration(kind),
        "decimal": types.is_decimal(kind),
        "binary": types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind),
        "struct": types.is_struct(kind),
        "float64": types.is_float64(kind),
        "date": types.is_date32(kind),
    }
    return next((word for word, holds in words.items() if holds), str(kind))
