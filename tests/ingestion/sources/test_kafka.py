"""A topic on librdkafka's own broker, in this process."""

import json
from collections.abc import Iterator

import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources import kafka
from components.ingestion.sources.kafka import KafkaSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

confluent_kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Start a broker of three nodes by a producer, which is also what fills it."""
    producer = confluent_kafka.Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 3, "log_level": 0})
    metadata = producer.list_topics("clicks", timeout=10)
    monkeypatch.setenv("ALMANAC_CONN_BUS", ",".join(f"{one.host}:{one.port}" for one in metadata.brokers.values()))
    yield producer
    producer.flush(5)


def send(producer: object, *values: bytes | None) -> None:
    for index, value in enumerate(values):
        producer.produce("clicks", value, partition=index % 2)
    producer.flush(10)


def source(**more: object) -> KafkaSource:
    columns = {"id": "string", "n": "integer"}
    return KafkaSource(
        **{"connection": "bus", "topic": "clicks", "columns": columns, "event_time": EventTime("at"), "max_quarantined_share": 1.0, **more}
    )


def message(n: int) -> bytes:
    return json.dumps({"id": f"m{n}", "n": n, "at": f"2013-01-0{1 + n % 3}"}).encode()


def test_what_the_topic_holds_is_read_and_the_same_offsets_read_the_same_again(producer: object, days: Calendar) -> None:
    send(producer, *map(message, range(50)), b"no json", None)
    first = source()
    reading = read_source(first, days)
    assert reading.counts == {"read": 52, "partitioned": 50, "quarantined": 2}
    send(producer, *map(message, range(50, 60)))
    again = read_source(source(offsets=first.bounds), days)
    assert {key: part.to_arrow() for key, part in again.parts.items()} == {key: part.to_arrow() for key, part in reading.parts.items()}
    assert again.content_sha256 == reading.content_sha256
    assert read_source(source(), days).counts["read"] == 62
    assert source().fingerprint().sha256 != first.fingerprint().sha256


def test_a_broker_that_cannot_be_reached_is_told_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMANAC_CONN_BUS", "127.0.0.1:9")
    monkeypatch.setattr(kafka, "TIMEOUT_SECONDS", 1.0)
    with pytest.raises(DataError, match="source-unreachable") as raised:
        source().fingerprint()
    assert "127.0.0.1" not in str(raised.value)
