"""What is done to private values before anything is written: dropped, masked, hashed with a key, put into buckets, cut short."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from components.ingestion.sources.connection import KEY_PREFIX, secret_of
from components.runtime.errors import DefinitionError

if TYPE_CHECKING:
    import pyarrow as pa

MIN_KEY_BYTES = 16
"""A shorter key could be guessed, and with it every value of a small domain (NIST SP 800-107, 5.3.4: at least 112 bits)."""

HASH_DIGITS = 32
"""Hexadecimal digits kept of HMAC-SHA-256: 128 bits, as many as a row id has."""

MASK = "***"


@dataclass(frozen=True)
class Drop:
    """The column is read, since the event time or a filter may need it, and not kept."""

    @property
    def identity(self) -> dict[str, object]:
        """The rule in plain values."""
        return {"rule": "drop"}


@dataclass(frozen=True)
class Mask:
    """Every value becomes the same text; null stays null."""

    @property
    def identity(self) -> dict[str, object]:
        """The rule in plain values."""
        return {"rule": "mask"}

    def applied(self, values: pa.Array) -> pa.Array:
        """Return the masked values, strings."""
        import pyarrow as pa
        import pyarrow.compute as pc

        return pc.if_else(pc.is_null(values), pa.scalar(None, pa.string()), MASK)


@dataclass(frozen=True)
class KeyedHash:
    """Every value becomes 32 hexadecimal digits of HMAC-SHA-256 (RFC 2104); equal values stay equal, null stays null.

    ``key`` names the environment variable ``ALMANAC_KEY_<NAME>``, or in Airflow the connection ``almanac_key_<name>`` whose password it is;
    the key itself is stored nowhere, and without it nobody can test guesses.
    """

    key: str

    @property
    def identity(self) -> dict[str, object]:
        """The rule in plain values: the key's name."""
        return {"rule": "hash", "key": self.key}

    def applied(self, values: pa.Array) -> pa.Array:
        """Return the hashes, strings; each distinct value is hashed once."""
        import pyarrow as pa

        secret = secret_of(self.key)
        if len(secret) < MIN_KEY_BYTES:
            raise DefinitionError(
                f"the key {self.key!r} is {'too short' if secret else 'not set'}",
                fix=f"Set {KEY_PREFIX}{self.key.upper()} to at least {MIN_KEY_BYTES} bytes from a random source.",
            )
        distinct = values.cast(pa.string()).dictionary_encode()
        digests = [hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:HASH_DIGITS] for text in distinct.dictionary.to_pylist()]
        return pa.array(digests, pa.string()).take(distinct.indices)


@dataclass(frozen=True)
class Bucket:
    """Every number becomes the lower edge of its bucket, a multiple of ``width``; null and NaN stay, infinity becomes null."""

    width: int

    @property
    def identity(self) -> dict[str, object]:
        """The rule in plain values."""
        return {"rule": "bucket", "width": self.width}

    def applied(self, values: pa.Array) -> pa.Array:
        """Return the lower edges in the type of the values."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_integer(values.type):
            return pa.array([None if value is None else value // self.width * self.width for value in values.to_pylist()], values.type)
        edges = pc.multiply(pc.floor(pc.divide(values, float(self.width))), float(self.width))
        return pc.if_else(pc.is_inf(edges), pa.scalar(None, values.type), edges)


@dataclass(frozen=True)
class Truncate:
    """Times are cut to the hour, day, month or year of UTC; texts to their first characters."""

    to: Literal["hour", "day", "month", "year"] | int

    @property
    def identity(self) -> dict[str, object]:
        """The rule in plain values."""
        return {"rule": "truncate", "to": self.to}

    def applied(self, values: pa.Array) -> pa.Array:
        """Return the values cut short, in their own type."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if isinstance(self.to, int):
            return pc.utf8_slice_codeunits(values.cast(pa.string()), 0, self.to)
        return pc.floor_temporal(values, unit=self.to)


PrivacyRule = Drop | Mask | KeyedHash | Bucket | Truncate


def refusal(rule: PrivacyRule, kind: str) -> str | None:
    """Return why a rule does not suit a column's type, None where it does."""
    if isinstance(rule, Bucket) and (kind not in ("integer", "float") or rule.width < 1):
        return "only numbers fall into buckets, of a width of at least 1"
    if isinstance(rule, Truncate):
        wanted = ("string",) if isinstance(rule.to, int) else ("date", "timestamp")
        if kind not in wanted:
            return f"a {kind} cannot be truncated to {rule.to!r}"
    return None
