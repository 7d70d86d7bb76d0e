"""The roots as they stand now: read once, for as many runs as ask."""

from collections.abc import Mapping
from functools import cached_property

from components.store.ledger import Ledger
from components.store.records import ArtifactRecord, DeliveryRecord, LedgerEntry
from components.store.roots import Roots

Parts = Mapping[str, list[tuple[int, ArtifactRecord]]]
"""(Delivery number, rows) by span key, ordered by ``known_at``, then number."""


class KnownRoots:
    """Deliveries, their parts and decisions of one pipeline, each kind read at its first use; later ones are not seen."""

    def __init__(self, roots: Roots, ledger: Ledger) -> None:
        self._roots = roots
        self._ledger = ledger
        self._parts: dict[str, Parts] = {}
        self._entries: dict[str, list[LedgerEntry]] = {}

    @cached_property
    def deliveries(self) -> Mapping[str, list[DeliveryRecord]]:
        """Deliveries by source, oldest first."""
        found: dict[str, list[DeliveryRecord]] = {}
        for one in self._roots.deliveries():
            found.setdefault(one.source, []).append(one)
        return found

    def parts(self, source: str) -> Parts:
        """Return the parts of all deliveries of a source."""
        if source not in self._parts:
            self._parts[source] = self._roots.parts(source)
        return self._parts[source]

    def entries(self, kind: str) -> list[LedgerEntry]:
        """Return the decisions of one kind, in the order they became known."""
        if kind not in self._entries:
            self._entries[kind] = self._ledger.entries(kind)
        return self._entries[kind]
