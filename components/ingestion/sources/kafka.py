"""A bounded stretch of a Kafka topic, by event time; the offsets that were read are the delivery's fingerprint."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self, cast

from components.artifacts.findings import Finding
from components.ingestion.fingerprint import DigestedHint, Hint
from components.ingestion.sources.connection import address_of, checked_name
from components.ingestion.sources.json import object_of
from components.ingestion.sources.records import Record, RecordSource
from components.ingestion.sources.source import Rejected
from components.runtime.canonical import canonical_json
from components.runtime.errors import DataError
from components.runtime.instants import Duration, from_micros, shift, to_micros

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

POLL_SECONDS = 1.0
TIMEOUT_SECONDS = 30.0
"""A broker that says nothing for as long is taken for unreachable."""

METADATA = ("kafka.timestamp", "kafka.partition", "kafka.offset", "kafka.key")


@dataclass(frozen=True, kw_only=True)
class KafkaSource(RecordSource):
    """The JSON messages of a topic that stand there when the read begins, or those between recorded offsets.

    Parameters
    ----------
    connection
        The name of a connection: ``ALMANAC_CONN_<NAME>`` holds the brokers, ``host:port`` with commas.
    topic
        Its name.
    offsets
        First offset and the one after the last by partition; None reads what the topic holds now, or with ``between`` what it holds of that
        event time. A read with the offsets of an earlier one reads the same messages, as long as the broker keeps them.
    lateness
        How long before or after its event time a message may have been written: ``between`` looks at no others.

    Columns ``kafka.timestamp``, ``kafka.partition``, ``kafka.offset`` and ``kafka.key`` are those of the message: the first tells since when it
    is known (``known_by=KnownColumn("kafka.timestamp")``), the next two tell any two messages apart.
    """

    format: ClassVar[str] = "kafka"
    live: ClassVar[bool] = True
    has_null_tokens: ClassVar[bool] = True

    location: str = ""
    connection: str
    topic: str
    offsets: Mapping[int, tuple[int, int]] | None = None
    lateness: str = "1 day"

    def __post_init__(self) -> None:
        object.__setattr__(self, "location", f"kafka:{checked_name(self.connection)}/{self.topic}")
        Duration.parse(self.lateness)
        super().__post_init__()

    @property
    def identity(self) -> dict[str, object]:
        """The declaration in plain values, the topic too."""
        return {**super().identity, "topic": self.topic}

    @property
    def adds(self) -> bool:
        """Each delivery goes on after the one before."""
        return self.offsets is None

    @cached_property
    def bounds(self) -> dict[int, tuple[int, int]]:
        """First offset and the one after the last, by partition: fixed when first asked for, so that every pass reads the same."""
        if self.offsets is not None:
            return dict(sorted(self.offsets.items()))
        held = self._held
        if self.between_micros is None:
            return held
        lag = Duration.parse(self.lateness)
        first, end = (from_micros(micros) for micros in self.between_micros)
        since, until = self._offsets_at(shift(first, lag, "UTC", -1)), self._offsets_at(shift(end, lag, "UTC"))
        return {number: (since.get(number, low), until.get(number, high)) for number, (low, high) in held.items()}

    @cached_property
    def _held(self) -> dict[int, tuple[int, int]]:
        """The first offset that each partition holds, and the one after its last."""
        from confluent_kafka import TopicPartition

        with self._consumer() as consumer:
            found = consumer.list_topics(self.topic, timeout=TIMEOUT_SECONDS).topics[self.topic]
            if found.error is not None:
                raise self._failed("source-missing", str(found.error))
            partitions = [TopicPartition(self.topic, number) for number in sorted(found.partitions)]
            return {one.partition: consumer.get_watermark_offsets(one, timeout=TIMEOUT_SECONDS) for one in partitions}

    def _offsets_at(self, moment: datetime) -> dict[int, int]:
        """Return by partition the offset of the first message written at or after a time; where the broker names none, nothing is left out."""
        from confluent_kafka import TopicPartition

        asked = [TopicPartition(self.topic, number, to_micros(moment) // 1_000) for number in self._held]
        with self._consumer() as consumer:
            return {one.partition: one.offset for one in consumer.offsets_for_times(asked, timeout=TIMEOUT_SECONDS) if one.offset >= 0}

    def continued(self, mark: Mapping[str, object]) -> Self | None:
        """Return the messages after those of a delivery; partitions that came since are read from their beginning."""
        if self.offsets is not None:
            return self
        ends = _ends(mark)
        bounds = {number: (min(max(ends.get(number, first), first), end), end) for number, (first, end) in self.bounds.items()}
        return replace(self, offsets=bounds) if any(first < end for first, end in bounds.values()) else None

    def lost_since(self, mark: Mapping[str, object]) -> str:
        """Say which messages the broker deleted before they were read."""
        ends = _ends(mark)
        lost = {number: (ends[number], first) for number, (first, _) in self._held.items() if first > ends.get(number, first)}
        return "; ".join(f"partition {number}: {first - end} messages from offset {end} on" for number, (end, first) in lost.items())

    def fingerprint(self) -> Hint:
        """Look at the offsets: the same ones hold the same messages."""
        size = sum(end - first for first, end in self.bounds.values())
        digest = hashlib.sha256(canonical_json([[number, *found] for number, found in self.bounds.items()])).hexdigest()
        return DigestedHint(self.location, size, None, digest, {"offsets": [[number, *found] for number, found in self.bounds.items()]})

    def records(self) -> Iterator[Record | Rejected]:
        """Yield the messages by partition and offset; one without a value (a tombstone) is an object without fields."""
        from confluent_kafka import TopicPartition

        number = 0
        with self._consumer() as consumer:
            for partition, (first, end) in self.bounds.items():
                consumer.assign([TopicPartition(self.topic, partition, first)])
                place, silent = first, 0.0
                while place < end:
                    message = consumer.poll(POLL_SECONDS)
                    if message is None or message.error() is not None:
                        silent += POLL_SECONDS
                        if silent > TIMEOUT_SECONDS:
                            raise self._failed("source-unreachable", f"partition {partition} ends at {place}, before {end}")
                        continue
                    place, silent = int(message.offset() or 0) + 1, 0.0
                    if place <= end:
                        number += 1
                        found = object_of(number, message.value() or b"{}")
                        yield found if isinstance(found, Rejected) else replace(found, values={**self._metadata(message), **found.values})

    def _metadata(self, message: Message) -> dict[str, object]:
        """Return what the broker knows of a message, of what is to be read."""
        if not self._asked:
            return {}
        _, millis = message.timestamp()
        values = {
            "timestamp": from_micros(millis * 1_000), "partition": message.partition(), "offset": message.offset(), "key": message.key()
        }  # fmt: skip
        return {name: values[name.removeprefix("kafka.")] for name in self._asked}

    @cached_property
    def _asked(self) -> tuple[str, ...]:
        return tuple(name for name in METADATA if name in self.file_names.values())

    @contextlib.contextmanager
    def _consumer(self) -> Iterator[Consumer]:
        """Open a consumer that commits nothing; what goes wrong becomes a finding without the connection's address."""
        from confluent_kafka import Consumer, KafkaException

        settings = {"bootstrap.servers": address_of(self.connection), "group.id": "almanac", "enable.auto.commit": False}
        consumer = Consumer({**settings, "log_level": 0, "auto.offset.reset": "error"})
        try:
            yield consumer
        except KafkaException as error:
            raise self._failed("source-unreachable", str(error.args[0].name())) from None
        finally:
            consumer.close()

    def _failed(self, code: str, message: str) -> DataError:
        return DataError("the topic cannot be read", [Finding(code, "fail", self.location, message)], where=self.location)


def _ends(mark: Mapping[str, object]) -> dict[int, int]:
    """Return the offset after the last one of each partition that a delivery read."""
    return {number: end for number, _, end in cast("list[list[int]]", mark["offsets"])}
