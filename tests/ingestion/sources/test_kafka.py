"""A topic on librdkafka's own broker, in this process."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.partition import read_source
from components.ingestion.sources import kafka
from components.ingestion.sources.kafka import KafkaSource
from components.ingestion.sources.known import KnownColumn
from components.ingestion.sources.source import EventTime
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.errors import DataError, DefinitionError
from components.runtime.graph import Pipeline
from components.runtime.spans import Calendar, Grain
from components.store.store import Store

confluent_kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture
def backend() -> str:
    return "sqlite"


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


def shop(**more: object) -> Pipeline:
    declared = {"known_by": KnownColumn("kafka.timestamp"), "renames": {"kafka.offset": "place", "kafka.partition": "part"}, **more}
    columns = {"id": "string", "n": "integer", "place": "integer", "part": "integer"}
    pipeline = Pipeline("clicks", grain="day", zone="UTC", start="2013-01-01")
    clicks = pipeline.source("clicks", source(columns=columns, key=("part", "place"), **declared))
    pipeline.add(ingest_examples, name="examples", deliveries=clicks)
    return pipeline


def stamped(producer: object, *messages: tuple[int, datetime]) -> None:
    """Send messages that were written at a time."""
    for n, moment in messages:
        producer.produce("clicks", message(n), partition=n % 2, timestamp=int(moment.timestamp() * 1000))
    producer.flush(10)


def test_each_delivery_goes_on_after_the_last_one_and_its_offsets_are_recorded(producer: object, store: Store) -> None:
    written = datetime(2013, 1, 4, 5, 30, tzinfo=UTC)
    stamped(producer, *((n, written) for n in range(10)))
    (first,) = deliver(store, shop())
    assert (first.n_read, first.hint["offsets"], first.known_rule) == (10, [[0, 0, 5], [1, 0, 5], [2, 0, 0], [3, 0, 0]], "column")
    assert deliver(store, shop()) == []
    stamped(producer, (10, written + timedelta(days=3)), (12, written + timedelta(days=3)))
    (second,) = deliver(store, shop())
    assert (second.n_read, second.hint["offsets"][0]) == (2, [0, 5, 7])
    pipeline = shop()
    span = pipeline.calendar.span("2013-01-02")

    def seen(day: int) -> list[int]:
        request = Request("data", span, datetime(2013, 1, day, 6, tzinfo=UTC))
        run = store.run(run_graph(store, pipeline, request).id)
        return sorted(run["examples"].to_polars()["n"]) if "examples" in run else []

    assert (seen(4), seen(7)) == ([1, 4, 7], [1, 4, 7, 10])
    assert list(read_source(source(offsets={n: (a, b) for n, a, b in second.hint["offsets"]}), Calendar(Grain.DAY, "UTC")).parts) == [
        "2013-01-01", "2013-01-02"
    ]  # fmt: skip


def test_a_stretch_of_event_time_is_read_whatever_its_place_in_the_topic(producer: object, days: Calendar) -> None:
    send(producer, *map(message, range(30)))
    bounded = source(between=("2013-01-02", "2013-01-03"))
    reading = read_source(bounded, days)
    assert (reading.counts["read"], list(reading.parts)) == (10, ["2013-01-02"])
    again = read_source(source(between=("2013-01-02", "2013-01-03"), offsets=bounded.bounds), days)
    assert again.parts["2013-01-02"].to_arrow() == reading.parts["2013-01-02"].to_arrow()


def test_a_broker_that_keeps_an_index_of_times_is_asked_for_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker in this process keeps none, so what it would answer is given."""
    told = {datetime(2012, 12, 31, tzinfo=UTC): {0: 40}, datetime(2013, 1, 5, tzinfo=UTC): {0: 70, 1: 90}}
    monkeypatch.setattr(KafkaSource, "_held", {0: (10, 100), 1: (0, 100)})
    monkeypatch.setattr(KafkaSource, "_offsets_at", lambda _, moment: told[moment])
    assert source(between=("2013-01-02", "2013-01-03"), lateness="2 days").bounds == {0: (40, 70), 1: (0, 90)}


def test_messages_that_were_deleted_before_they_were_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KafkaSource, "_held", {0: (60, 100), 1: (0, 50), 2: (7, 9)})
    mark = {"offsets": [[0, 0, 40], [1, 0, 50]]}
    assert source().lost_since(mark) == "partition 0: 20 messages from offset 40 on"
    rest = source().continued(mark)
    assert rest is not None
    assert rest.bounds == {0: (60, 100), 1: (50, 50), 2: (7, 9)}


def test_messages_without_a_key_are_refused_since_each_delivery_adds_to_the_others(store: Store) -> None:
    pipeline = Pipeline("clicks", grain="day", zone="UTC", start="2013-01-01")
    pipeline.source("clicks", source())
    with pytest.raises(DefinitionError, match="only what is new"):
        deliver(store, pipeline)


def test_a_broker_that_cannot_be_reached_is_told_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMANAC_CONN_BUS", "127.0.0.1:9")
    monkeypatch.setattr(kafka, "TIMEOUT_SECONDS", 1.0)
    with pytest.raises(DataError, match="source-unreachable") as raised:
        source().fingerprint()
    assert "127.0.0.1" not in str(raised.value)
