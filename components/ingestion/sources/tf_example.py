"""tf.Example messages: the few fields of the protocol buffer wire format that they use.

Messages (tensorflow/core/example/{example,feature}.proto): Example.features=1, Features.feature=1 (map entries: key=1, value=2),
Feature.bytes_list=1 | float_list=2 | int64_list=3, and each list's value=1.
"""

import struct
from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""Wire types (protobuf.dev, encoding)."""

MAX_VARINT_BYTES = 10


def parsed_example(data: bytes) -> dict[str, object]:
    """Return the features of a serialised tf.Example by name; `ValueError` if the bytes are none.

    >>> parsed_example(bytes.fromhex("0a0c0a0a0a016112051a030a012a"))
    {'a': 42}
    """
    found: dict[str, object] = {}
    for features in _messages(data, 1):
        for entry in _messages(features, 1):
            fields = dict(_fields(entry))
            name, feature = fields.get(1, b""), fields.get(2, b"")
            if not isinstance(name, bytes) or not isinstance(feature, bytes):
                raise ValueError("a feature's name or value is no message")  # noqa: TRY004 - the bytes are at fault
            found[name.decode()] = _value(feature)
    return found


def _value(feature: bytes) -> object:
    """Return the one value of a feature, None where it has none, all as a list where it has several."""
    values: list[object] = []
    for number, content in _fields(feature):
        if number in (1, 2, 3):
            if not isinstance(content, bytes):
                raise ValueError("a list of values is no message")
            values = list(_values(number, content))  # oneof: the last one counts
    return values[0] if len(values) == 1 else (values or None)


def _values(kind: int, data: bytes) -> Iterator[object]:
    """Yield the values of a bytes (1), float (2) or int64 (3) list, packed or not."""
    for number, content in _fields(data):
        if number != 1:
            continue
        if kind == 1:
            yield content
        elif kind == 2:  # noqa: PLR2004
            packed = content if isinstance(content, bytes) else struct.pack("<I", content)
            yield from _floats(packed)
        elif isinstance(content, bytes):
            place = 0
            while place < len(content):
                value, place = _varint(content, place)
                yield _signed(value)
        else:
            yield _signed(content)


def _floats(packed: bytes) -> Iterator[float]:
    """Yield 32-bit floats as the shortest decimal that reads as the same 32-bit float, not as its long double expansion."""
    import numpy as np

    if len(packed) % 4:
        raise ValueError("floats end within a float")
    for value in np.frombuffer(packed, dtype="<f4"):
        yield float(str(value))


def _messages(data: bytes, wanted: int) -> Iterator[bytes]:
    for number, content in _fields(data):
        if number == wanted:
            if not isinstance(content, bytes):
                raise ValueError(f"field {number} is no message")
            yield content


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yield number and content of each field: bytes of a length-delimited one, else an unsigned number."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            content, place = _varint(data, place)
            yield number, content
            continue
        if wire == LENGTH:
            size, place = _varint(data, place)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise ValueError(f"unknown wire type {wire}")
        if place + size > len(data):
            raise ValueError("a field ends beyond its message")
        part = data[place : place + size]
        yield number, part if wire == LENGTH else int.from_bytes(part, "little")
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return the base-128 number at a place and the place after it."""
    value = 0
    for index in range(MAX_VARINT_BYTES):
        if place + index >= len(data):
            raise ValueError("a number ends beyond its message")
        byte = data[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + index + 1
    raise ValueError("a number has more than 64 bits")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
