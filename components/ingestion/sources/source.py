"""What every source declares: where its rows lie, what they mean, and when they happened."""

import abc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from textwrap import shorten
from typing import TYPE_CHECKING, ClassVar, NoReturn, Self, get_args

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.artifacts.findings import Finding
from components.artifacts.purposes import Purpose
from components.ingestion.fingerprint import DumpHint, Hint
from components.ingestion.privacy import Drop, refusal
from components.ingestion.sources.column import Column
from components.ingestion.sources.column import ColumnType as ColumnType  # noqa: PLC0414 - part of a declaration
from components.ingestion.sources.event_time import Dump
from components.ingestion.sources.event_time import EventTime as EventTime  # noqa: PLC0414 - part of a declaration
from components.ingestion.sources.known import KnownBy, KnownColumn
from components.ingestion.sources.location import checked
from components.ingestion.sources.pattern import checked_pattern, dated, is_pattern, matching, moment_of
from components.runtime.errors import DataError, DefinitionError, nearest
from components.runtime.instants import local_edge, to_micros, zone_named

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

HISTORY = ("1900-01-01", "2100-01-01")
"""Event times outside are taken for damage, unless a source declares otherwise."""

MAX_SHOWN = 200
"""Characters of the columns of a file that a message shows."""


@dataclass(frozen=True)
class Rejected:
    """A row that the format itself cannot read."""

    number: int
    reason: str
    raw: bytes


@dataclass(frozen=True)
class Cells:
    """A batch of rows before their cells are typed: for a file of which some rows cannot be read.

    ``table`` holds the columns to read, in order, as the format gives them (text files: binary); ``numbers`` [n_rows] each row's
    number in the file; ``raw`` returns the bytes of rows by their index in ``table``.
    """

    table: "pa.Table"
    numbers: "NDArray[np.int64]"
    rejected: tuple[Rejected, ...]
    raw: "Callable[[NDArray[np.int64]], list[bytes]]"


@dataclass(frozen=True, kw_only=True)
class Source(abc.ABC):
    """A source of dated rows: the declaration that a pipeline holds; reading happens in `components.ingestion.partition`.

    Parameters
    ----------
    location
        A path, an fsspec URL, or ``package:NAME/path`` for a file of an installed package, which is not imported. With places such as
        ``{YYYY}/{MM}/{DD}``, ``{YYYY-MM-DD}``, ``{HH}``, ``{SPAN}``, ``{VERSION}``, ``*`` and ``**`` it means all files that match, each of
        which is a delivery of its own.
    columns
        Name and type of each column to keep, in order, or a `Column` with rules; other columns of the file are not read.
    event_time
        When a row happened; ``Dump()`` where each delivery is a whole table.
    key
        The columns that identify a row, of those kept; None for the whole row.
    renames
        Name in the file to name here, where the two differ; everything else in the declaration uses the names here.
    null_tokens
        The texts that mean null in a text file, in every column; nothing else does.
    holidays
        The calendar of spans of which nothing is expected, by key (``2013-12-25``) or weekday (``sunday``): without rows they are ``empty``,
        and any other span without rows is ``no-delivery``. None: no calendar, and a span is ``empty`` where a delivery reaches over it.
    known_by
        Since when rows are known: by a `KnownColumn` each since its own time; the rows of a file since the end of the date in its ``path``
        plus the declared lag, or since the date or time that its ``version`` is, which lets a run as of an earlier date see what would have
        been there; else since the file was ``observed``, and those of the first load since the end of their span plus the lag.
    consent
        A column of booleans: rows in which it is not true are left out before anything is written, and counted as withheld.
    between
        The first date of the rows to read and the date at which they end (UTC); other rows are left out, where the format can tell before
        they leave the disk or the server. None reads all.
    history
        The first date of event times and the date at which they end (UTC); rows outside are quarantined.
    max_quarantined_share, max_quarantined_rows
        The read fails if more than this share of the rows, or more than this number, cannot be read.
    """

    format: ClassVar[str]
    has_null_tokens: ClassVar[bool] = False
    """Whether the format is text, in which only tokens can mean null."""

    checks_utf8: ClassVar[bool] = False
    """Whether the strings of its batches are UTF-8 for sure: readers of typed formats believe what a file says of its bytes."""

    live: ClassVar[bool] = False
    """Whether others may write to the source while it is read, which a snapshot then hides from the read."""

    rotates: ClassVar[bool] = False
    """Whether the same content under another name is the way of such files, and no finding."""

    location: str
    columns: Mapping[str, ColumnType | Column]
    event_time: EventTime
    key: tuple[str, ...] | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    null_tokens: tuple[str, ...] = ("",)
    history: tuple[str, str] = HISTORY
    holidays: tuple[str, ...] | None = None
    known_by: KnownBy = "observed"
    consent: str | None = None
    between: tuple[str, str] | None = None
    max_quarantined_share: float = 0.01
    max_quarantined_rows: int = 100_000

    def __post_init__(self) -> None:
        checked_pattern(checked(self.location))
        zone_named(self.event_time.zone)
        _ = self.history_micros, self.between_micros
        self._check_rules()
        self._check_known()
        for name in self.key or ():
            if name not in self.kept:
                self._refuse("the key names a column that is not kept", name, self.kept)
        for name in self.renames.values():
            if name not in self.types:
                self._refuse("a rename leads to a column that is not read", name, self.types)
        when = self.event_time
        if isinstance(when, Dump):
            if self.key is None or self.between is not None:
                self._refuse("a dump is told apart by a key, and read whole", "no key" if self.key is None else "between")
        elif self.types[when.column] not in ("timestamp", "string", "date"):
            self._refuse(f"the event time {when.column!r} is no time", self.types[when.column], ("timestamp", "string", "date"))
        if self.consent is not None and self.types[self.consent] != "boolean":
            self._refuse(f"the consent {self.consent!r} is neither true nor false", self.types[self.consent], ("boolean",))
        if when.plus_minutes is not None and self.types[when.plus_minutes] != "integer":
            self._refuse(f"the minutes {when.plus_minutes!r} are no whole numbers", self.types[when.plus_minutes], ("integer",))

    def _check_known(self) -> None:
        if self.known_by == "path" and not dated(self.location):
            self._refuse("known_by='path' needs a date in the path", self.location, ("{YYYY-MM-DD}", "{YYYY}/{MM}/{DD}"))
        if self.known_by == "version" and "{VERSION}" not in self.location:
            self._refuse("known_by='version' needs a version in the path", self.location, ("{VERSION}",))
        if self.known_column is None:
            return
        if self.key is None:
            self._refuse("rows that become known one by one need a key", "None", fix="Declare the key by which later rows correct others.")
        if (kind := self.types[self.known_column.column]) not in ("timestamp", "date"):
            self._refuse("the time since which a row is known is none", kind, ("timestamp", "date"))

    def _check_rules(self) -> None:
        for name, rule in self.rules.items():
            if rule.type not in get_args(ColumnType):
                self._refuse(f"column {name!r} has an unknown type", str(rule.type), get_args(ColumnType))
            if name in (ROW_ID, EVENT_TIME):
                self._refuse("the name is taken by a column that every artifact has", name, fix="Rename it: renames={...}.")
            if rule.purpose is not None and rule.purpose not in get_args(Purpose):
                self._refuse(f"column {name!r} has an unknown purpose", str(rule.purpose), get_args(Purpose))
            if rule.privacy is not None and (why := refusal(rule.privacy, rule.type)):
                self._refuse(f"the privacy rule of {name!r} does not suit it", why)

    @property
    def identity(self) -> Mapping[str, object]:
        """How bytes become rows, in plain values: together with the bytes and the calendar it fixes the delivery, wherever the file lies."""
        when = self.event_time
        return {
            "format": self.format,
            "columns": [[name, rule.type, *([rule.identity] if rule.identity else [])] for name, rule in self.rules.items()],
            "event_time": {"column": when.column, "format": when.format, "zone": when.zone, "plus_minutes": when.plus_minutes},
            "key": None if self.key is None else list(self.key),
            "renames": dict(sorted(self.renames.items())),
            "null_tokens": sorted(self.null_tokens),
            "history": list(self.history),
            **({} if self.consent is None else {"consent": self.consent}),
            **({} if self.known_column is None else {"known_by": self.known_column.identity}),
            **({} if self.between is None else {"between": list(self.between)}),
        }

    def files(self) -> "list[Self]":
        """Return a source a file, in order of the pattern's dates and versions; the source itself where its location is no pattern."""
        if not is_pattern(self.location):
            return [self]
        return [
            replace(self, location=name, known_by=self.known_column or "observed", event_time=self._dumped(name))
            for name in matching(self.location)
        ]

    def fingerprint(self) -> Hint:
        """Look at the file: size and time now, its digest when asked for; two dumps of the same bytes are two, if named by dates."""
        when = self.event_time
        return DumpHint.dumped(self.location, when.at or 0) if isinstance(when, Dump) and when.named else Hint.of(self.location)

    def doubts(self) -> Sequence[Finding]:
        """Look at the file for what lets it pass and should be known all the same; nothing, for most formats."""
        return ()

    def continued(self, mark: Mapping[str, object]) -> Self | None:  # noqa: ARG002 - for sources of which one read follows another
        """Return what there is to read after a delivery of this mark, None where there is nothing; here, the whole source."""
        return self

    def lost_since(self, mark: Mapping[str, object]) -> str:  # noqa: ARG002
        """Say what was deleted after a delivery of this mark before it could be read; "" for nothing, as here."""
        return ""

    def seen_at(self, micros: int) -> Self:
        """Return the source with the time of a dump whose name holds none: when it was first seen."""
        when = self.event_time
        return self if not isinstance(when, Dump) or when.named else replace(self, event_time=replace(when, at=micros))

    def _dumped(self, location: str) -> EventTime:
        """Return the event time of one file of a pattern."""
        when = self.event_time
        if not isinstance(when, Dump) or not dated(self.location):
            return when
        return replace(when, at=to_micros(local_edge(moment_of(self.location, location), zone_named(when.zone))), named=True)

    @property
    def adds(self) -> bool:
        """Whether each delivery brings only what the ones before did not."""
        return False

    @cached_property
    def rules(self) -> dict[str, Column]:
        """The declared columns, each with its rules."""
        return {name: one if isinstance(one, Column) else Column(one) for name, one in self.columns.items()}

    @property
    def known_column(self) -> KnownColumn | None:
        """The column that says since when each row is known."""
        return self.known_by if isinstance(self.known_by, KnownColumn) else None

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The columns to write, in order."""
        return tuple(name for name, rule in self.rules.items() if not isinstance(rule.privacy, Drop))

    @cached_property
    def is_private(self) -> bool:
        """Whether values must not be written as they come: then no raw row is kept either, and no error repeats what it met."""
        return self.consent is not None or any(rule.privacy is not None for rule in self.rules.values())

    def tokens(self, name: str) -> tuple[str, ...]:
        """Return the texts that mean null in a column of a text file; none where the column has tokens of its own, applied later."""
        return () if name in self.rules and self.rules[name].maps_text else self.null_tokens

    @cached_property
    def types(self) -> dict[str, ColumnType]:
        """The columns to read: those kept, then those that only the event time needs."""
        when = self.event_time
        needed: dict[str, ColumnType] = {} if isinstance(when, Dump) else {when.column: "timestamp"}
        if when.plus_minutes is not None:
            needed[when.plus_minutes] = "integer"
        if self.known_column is not None:
            needed[self.known_column.column] = "timestamp"
        if self.consent is not None:
            needed[self.consent] = "boolean"
        return {name: rule.type for name, rule in self.rules.items()} | {n: kind for n, kind in needed.items() if n not in self.columns}

    @cached_property
    def file_names(self) -> dict[str, str]:
        """Name here to name in the file, of the columns to read."""
        back = {name: in_file for in_file, name in self.renames.items()}
        return {name: back.get(name, name) for name in self.types}

    @cached_property
    def history_micros(self) -> tuple[int, int]:
        """The bounds of the event times, half-open, in microseconds."""
        return self._micros(self.history)

    @cached_property
    def between_micros(self) -> tuple[int, int] | None:
        """The bounds of the rows to read, half-open, in microseconds; None for no bounds."""
        return None if self.between is None else self._micros(self.between)

    def check_columns(self, in_file: Sequence[str]) -> None:
        """Refuse, with a `DataError`, a file in which a column to read is missing or stands twice."""
        findings = []
        shown = [] if self.is_private else list(in_file)  # of a file without a header it would be values
        for name in self.file_names.values():
            times = list(in_file).count(name)
            if times == 0:
                near = nearest(name, shown)
                message = f"the file has no such column{f'; the nearest is {near!r}' if near else ''}"
                findings.append(Finding("column-missing", "fail", name, message))
            elif times > 1:
                findings.append(Finding("column-repeated", "fail", name, f"it stands there {times} times"))
        if findings:
            has = f"; it has {shorten(', '.join(shown), MAX_SHOWN)}" if shown else ""
            fix = "Have the file sent again, or mend the declaration (`columns`, `renames`)."
            raise DataError(f"the file does not have the declared columns{has}", findings, where=self.location, fix=fix)

    @abc.abstractmethod
    def batches(self) -> "Iterator[pa.Table]":
        """Yield the columns of `types` at full speed, typed as far as the format can; `pyarrow.ArrowInvalid` if a row cannot be read.

        A batch is small enough for a few of them to lie in memory, whatever the size of the source.
        """

    def pointed(self, cells: "pa.ChunkedArray", kind: ColumnType) -> "pa.ChunkedArray":  # noqa: ARG002 - for sources with another mark
        """Return cells of a type; floats that are text have a point before the fraction."""
        return cells

    def jobs(self) -> "Iterator[Callable[[], pa.Table]]":
        """Yield the batches as calls that make them, which threads may do side by side."""
        return (partial(_itself, batch) for batch in self.batches())

    @abc.abstractmethod
    def cells(self) -> Iterator[Cells]:
        """Yield every row untyped, at leisure, for a source of which some rows cannot be read."""

    def _micros(self, dates: tuple[str, str]) -> tuple[int, int]:
        try:
            first, end = (to_micros(datetime.fromisoformat(day).replace(tzinfo=UTC)) for day in dates)
        except ValueError as error:
            raise DefinitionError("not a history", where=self.location, expected="two dates", got=repr(dates)) from error
        return first, end

    def _refuse(self, message: str, got: str, choices: Iterable[str] = (), fix: str | None = None) -> NoReturn:
        expected = ", ".join(choices) or None
        raise DefinitionError(message, where=self.location, expected=expected, got=repr(got), nearest=nearest(got, choices), fix=fix)


def _itself(batch: "pa.Table") -> "pa.Table":
    return batch
