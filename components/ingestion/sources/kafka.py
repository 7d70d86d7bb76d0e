"""A bounded stretch of a Kafka topic, by event time; the offsets that were read are the delivery's fingerprint."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from components.artifacts.findings import Finding
from components.ingestion.fingerprint import DigestedHint, Hint
from components.ingestion.sources.connection import address_of, checked_name
from components.ingestion.sources.json import object_of
from components.ingestion.sources.records import Record, RecordSource
from components.ingestion.sources.source import Rejected
from components.runtime.canonical import canonical_json
from components.runtime.errors import DataError

if TYPE_CHECKING:
    from confluent_kafka import Consumer

POLL_SECONDS = 1.0
TIMEOUT_SECONDS = 30.0
"""A broker that says nothing for as long is taken for unreachable."""


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
        First offset and the one after the last by partition; None reads what the topic holds now. A read with the offsets of an earlier one
        reads the same messages, as long as the broker keeps them.
    """

    format: ClassVar[str] = "kafka"
    live: ClassVar[bool] = True
    has_null_tokens: ClassVar[bool] = True

    location: str = ""
    connection: str
    topic: str
    offsets: Mapping[int, tuple[int, int]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "location", f"kafka:{checked_name(self.connection)}/{self.topic}")
        super().__post_init__()

    @property
    def identity(self) -> dict[str, object]:
        """The declaration in plain values, the topic too."""
        return {**super().identity, "topic": self.topic}

    @cached_property
    def bounds(self) -> dict[int, tuple[int, int]]:
        """First offset and the one after the last, by partition: fixed when first asked for, so that every pass reads the same."""
        if self.offsets is not None:
            return dict(sorted(self.offsets.items()))
        from confluent_kafka import TopicPartition

        with self._consumer() as consumer:
            found = consumer.list_topics(self.topic, timeout=TIMEOUT_SECONDS).topics[self.topic]
            if found.error is not None:
                raise self._failed("source-missing", str(found.error))
            partitions = [TopicPartition(self.topic, number) for number in sorted(found.partitions)]
            return {one.partition: consumer.get_watermark_offsets(one, timeout=TIMEOUT_SECONDS) for one in partitions}

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
                        yield object_of(number, message.value() or b"{}")

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
