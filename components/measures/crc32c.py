"""CRC-32C (Castagnoli), as TFRecord files carry it."""

import functools
from collections.abc import Sequence

POLYNOMIAL = 0x82F63B78
"""The Castagnoli polynomial, bits reversed (RFC 3720, 12.1)."""

MASK_DELTA = 0xA282EAD8
"""What masking adds (tensorflow/core/lib/hash/crc32c.h), so that a checksum of bytes that hold checksums stays strong."""

SLICES = 8


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of bytes, eight at a time (Kounavis and Berry, 2005: slicing-by-8).

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    t0, t1, t2, t3, t4, t5, t6, t7 = _tables()
    crc, whole = 0xFFFF_FFFF, len(data) // SLICES * SLICES
    for i in range(0, whole, SLICES):
        low = crc ^ int.from_bytes(data[i : i + 4], "little")
        crc = (
            t7[low & 0xFF] ^ t6[low >> 8 & 0xFF] ^ t5[low >> 16 & 0xFF] ^ t4[low >> 24]
            ^ t3[data[i + 4]] ^ t2[data[i + 5]] ^ t1[data[i + 6]] ^ t0[data[i + 7]]
        )  # fmt: skip
    for byte in data[whole:]:
        crc = crc >> 8 ^ t0[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFF_FFFF


def masked_crc32c(data: bytes) -> int:
    """Return the checksum as TFRecord stores it: rotated right by 15 bits, plus a constant."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFF_FFFF


@functools.cache
def _tables() -> Sequence[Sequence[int]]:
    """Return eight tables of 256: table k holds the checksum of a byte followed by k zero bytes."""
    first = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
        first.append(crc)
    tables = [first]
    for _ in range(SLICES - 1):
        tables.append([crc >> 8 ^ first[crc & 0xFF] for crc in tables[-1]])
    return tables
