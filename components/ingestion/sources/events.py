"""Event logs as Fluentd, Fluent Bit and Logstash write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from components.ingestion.fingerprint import Hint, UnpackedHint
from components.ingestion.sources.json import object_of
from components.ingestion.sources.lines import BLOCK_BYTES, lines_of
from components.ingestion.sources.location import plain_bytes
from components.ingestion.sources.records import Record, RecordSource
from components.ingestion.sources.source import Rejected

FLUENTD = re.compile(rb"(?P<time>[^\t]*)\t(?P<tag>[^\t]*)\t(?P<record>\{.*)", re.DOTALL)
"""Fluentd's out_file: time, tag and record between tabs (docs.fluentd.org, out_file, format)."""

FLUENT_BIT = re.compile(rb"(?P<tag>.*?): \[(?P<time>[0-9.]+), (?P<record>\{.*\})\]", re.DOTALL)
"""Fluent Bit's out_file: tag, then seconds since 1970 and the record in brackets (docs.fluentbit.io, file output)."""


@dataclass(frozen=True, kw_only=True)
class EventLogSource(RecordSource):
    """A file of events, one a line: JSON objects (Logstash, Fluent Bit's ``json_lines``) or objects behind their time and tag.

    Time and tag before an object are its fields ``time`` and ``tag``, unless it has such fields itself. Rotated and compressed files are
    matched by a pattern such as ``events.log*``; a file that was only renamed or compressed is not delivered again. The event time is ``EventTime("time")`` of
    Fluentd, ``EventTime("@timestamp")`` of Logstash and ``EventTime("date", "epoch-s")`` of Fluent Bit.
    """

    format: ClassVar[str] = "events"
    has_null_tokens: ClassVar[bool] = True
    rotates: ClassVar[bool] = True

    def fingerprint(self) -> Hint:
        """Look at the file: the digest, when asked for, is of the events, whether they are compressed or not."""
        return UnpackedHint.of(self.location)

    def records(self) -> Iterator[Record | Rejected]:
        """Yield the events in order."""
        with plain_bytes(self.location) as file:
            for number, line in enumerate(lines_of(file.read(BLOCK_BYTES), file), 1):
                if line.strip():
                    yield _event(number, line)


def _event(number: int, line: bytes) -> Record | Rejected:
    """Return the event of a line, its raw form the whole line."""
    framed = None if line.startswith(b"{") else FLUENTD.fullmatch(line) or FLUENT_BIT.fullmatch(line)
    found = object_of(number, framed["record"] if framed else line)
    if framed is None or isinstance(found, Rejected):
        return replace(found, raw=line)
    frame = {name: framed[name].decode(errors="replace") for name in ("time", "tag")}
    return Record(number, {**frame, **found.values}, line)
