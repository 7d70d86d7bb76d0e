"""Tables and queries of any database that SQLAlchemy speaks: PostgreSQL, SQLite, DuckDB and others."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from components.artifacts.findings import Finding
from components.ingestion.fingerprint import DigestedHint, Hint
from components.ingestion.sources.connection import address_of, checked_name
from components.ingestion.sources.event_time import Dump
from components.ingestion.sources.records import Record, RecordSource
from components.runtime.canonical import canonical_json
from components.runtime.errors import DataError, DefinitionError
from components.runtime.instants import from_micros

if TYPE_CHECKING:
    import sqlalchemy as sa

PAGE_ROWS = 10_000
DAY = timedelta(days=1)
SNAPSHOT: dict[str, dict[str, Any]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mysql": {"isolation_level": "REPEATABLE READ"},
    "mariadb": {"isolation_level": "REPEATABLE READ"},
}
"""Execution options under which all statements of a transaction see one state; SQLite's and DuckDB's transactions always do."""

DENIED = re.compile(r"authentication failed|permission denied|access denied|not authorized", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SqlSource(RecordSource):
    """A table, or a query that takes the bounds of the event time; the server sends the columns and the time range to read, no more.

    One read-only transaction sees one state of the database, and rows arrive through a cursor of the server, a page at a time.

    Parameters
    ----------
    connection
        The name of a connection: ``ALMANAC_CONN_<NAME>`` in the environment holds its SQLAlchemy URL. No secret enters the declaration.
    table
        Its name, after its schema's and a dot where it is in one.
    query
        Instead of a table: a SELECT with ``:since`` and ``:until`` in it, texts such as ``2013-01-05 00:00:00``.
    watermark
        A column that grows with every change, such as ``updated_at``: rows are read again only if its maximum or the number of rows
        changed. Without one the fingerprint is of all rows.
    incremental
        Whether each delivery reads only rows whose watermark is at least the greatest of the delivery before (those at it again, since more
        may have come with it). A key is needed; rows that are deleted at the source stay. Rows that a long transaction commits below a
        watermark already read are not seen: let the watermark be set when a row is committed.
    pages
        How rows come a page at a time: through a ``cursor`` of the server, or by ``keyset``, where each page is a query of its own that
        goes on after the last key of the one before (for databases whose driver holds a whole result in memory, or that should not keep
        a cursor open). The key must then be unique and never null, which is checked by counting.
    """

    format: ClassVar[str] = "sql"
    live: ClassVar[bool] = True

    @staticmethod
    def text_type() -> sa.types.TypeEngine[Any]:
        """Return the type of the bounds of a query: none, so that the server finds it."""
        import sqlalchemy as sa

        return sa.types.NullType()

    location: str = ""
    connection: str
    table: str = ""
    query: str = ""
    watermark: str | None = None
    pages: Literal["cursor", "keyset"] = "cursor"
    incremental: bool = False
    since: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if bool(self.table) == bool(self.query):
            raise DefinitionError("a SQL source reads either a table or a query", where=f"connection {self.connection}")
        object.__setattr__(self, "location", f"sql:{checked_name(self.connection)}/{self.table or 'query'}")
        if self.query and not all(re.search(rf"(?<!:):{name}\b", self.query) for name in ("since", "until")):
            raise DefinitionError(
                "the query has no bounds of time: it would read the whole history with every span",
                where=self.location,
                expected=f"WHERE {self.event_time.column} >= :since AND {self.event_time.column} < :until",
            )
        super().__post_init__()
        if self.incremental and self.watermark is None:
            raise DefinitionError(
                "an incremental read needs a watermark", where=self.location, fix="Name a column that grows with changes."
            )
        if self.pages == "keyset" and self.key is None:
            raise DefinitionError("pages by keyset need a key", where=self.location, fix="Declare a unique key, or pages='cursor'.")

    @property
    def identity(self) -> dict[str, object]:
        """The declaration in plain values, what is asked for too."""
        return {**super().identity, "table": self.table, "query": self.query}

    def fingerprint(self) -> Hint:
        """Look at the number of rows and the watermark; without a watermark at every row, in whatever order."""
        n_rows, digest, newest = self._digest()
        return DigestedHint(self.location, n_rows, None, digest, {"watermark": newest} if self.incremental else {})

    @property
    def adds(self) -> bool:
        """Whether each delivery brings only what changed."""
        return self.incremental

    def continued(self, mark: Mapping[str, object]) -> Self | None:
        """Return the rows that changed since a delivery, None where none did."""
        if not self.incremental or not mark.get("watermark"):
            return self
        text, n_at = str(mark["watermark"]).rsplit("#", 1)
        rest = replace(self, since=text)
        found = rest.fingerprint()
        return None if (found.size, found.mark["watermark"]) == (int(n_at), mark["watermark"]) else rest

    def records(self) -> Iterator[Record]:
        """Yield the rows, ordered by event time and key."""
        names = list(self.file_names.values())
        pages = self._by_keyset(names) if self.pages == "keyset" else self._rows(self._selected(names, ordered=True))
        with pages as rows:
            for number, row in enumerate(rows, 1):
                yield Record(number, dict(zip(names, row, strict=True)))

    @contextlib.contextmanager
    def _by_keyset(self, names: list[str]) -> Iterator[Iterator[tuple[Any, ...]]]:
        """Give the rows by pages of the key, all in one snapshot, and count them against it."""
        import sqlalchemy as sa

        asked = self._selected(names, ordered=False).subquery("rows")
        key = sa.tuple_(*(asked.c[self.file_names[name]] for name in self.key or ()))
        places = [names.index(self.file_names[name]) for name in self.key or ()]

        def rows(connection: sa.Connection) -> Iterator[tuple[Any, ...]]:
            n_rows, last = 0, None
            while True:
                page = sa.select(asked).order_by(*key).limit(PAGE_ROWS)
                found = connection.execute(page if last is None else page.where(key > last)).all()
                yield from map(tuple, found)
                n_rows += len(found)
                if len(found) < PAGE_ROWS:
                    break
                last = tuple(found[-1][place] for place in places)
            n_there = connection.execute(sa.select(sa.func.count()).select_from(asked)).scalar_one()
            if n_there != n_rows:
                raise self._failed("key-repeated", f"{n_there} rows are there and {n_rows} were read by pages: the key repeats, or is null")

        with self._connected() as connection:
            yield rows(connection)

    def _digest(self) -> tuple[int, str, str]:
        """Return the number of rows, a sha256 that changes when they do, and the watermark with the number of rows at it."""
        if self.watermark is not None:
            with self._rows(self._newest(self.watermark)) as rows:
                n_rows, newest, n_at = next(rows)
            seen = [n_rows, str(newest), *([self.since] if self.since is not None else [])]
            return n_rows, hashlib.sha256(canonical_json(seen)).hexdigest(), f"{newest}#{n_at}" if n_at else ""
        n_rows, total = 0, 0
        with self._rows(self._selected(list(self.file_names.values()), ordered=False)) as rows:
            for row in rows:
                n_rows += 1
                total += int.from_bytes(hashlib.sha256(canonical_json([None if v is None else str(v) for v in row])).digest(), "big")
        return n_rows, hashlib.sha256(f"{n_rows} {total}".encode()).hexdigest(), ""

    def _newest(self, watermark: str) -> sa.Select[*tuple[Any, ...]]:
        """Return the statement that asks for the number of rows, the greatest watermark, and the number of rows at it."""
        import sqlalchemy as sa

        selected = self._selected([watermark], ordered=False).cte("marks")
        mark = selected.c[watermark]
        greatest = sa.select(sa.func.max(mark)).scalar_subquery()
        return sa.select(sa.func.count(), sa.func.max(mark), sa.func.count(sa.case((mark == greatest, 1)))).select_from(selected)

    def _selected(self, names: list[str], *, ordered: bool) -> sa.Select[*tuple[Any, ...]]:
        """Return the statement: columns and time range pushed down, a day wider on both sides, since clocks differ by less."""
        import sqlalchemy as sa

        is_dump = isinstance(self.event_time, Dump)
        when = names[0] if is_dump else self.file_names[self.event_time.column]
        first, end = self.between_micros or self.history_micros
        since, until = from_micros(first) - DAY, from_micros(end) + DAY
        needed = dict.fromkeys([*names, when, *([self.watermark] if self.since is not None and self.watermark else [])])
        if self.query:
            texts = {"since": f"{since:%Y-%m-%d %H:%M:%S}", "until": f"{until:%Y-%m-%d %H:%M:%S}"}
            bounds = [sa.bindparam(name, text, self.text_type()) for name, text in texts.items()]
            inner = sa.text(self.query.strip().rstrip(";")).bindparams(*bounds).columns(*map(sa.column, needed))
            source: sa.FromClause = inner.subquery("asked")
        else:
            schema, _, table = self.table.rpartition(".")
            source = sa.table(table, *map(sa.column, needed), schema=schema or None)
        statement = sa.select(*(source.c[name] for name in names))
        if self.table and not is_dump and self.event_time.plus_minutes is None and (bounds_here := self._bounds(since, until)):
            inside = sa.and_(source.c[when] >= bounds_here[0], source.c[when] < bounds_here[1])
            statement = statement.where(sa.or_(inside, source.c[when].is_(None)))
        if self.since is not None and self.watermark is not None:
            statement = statement.where(source.c[self.watermark] >= sa.bindparam("changed_since", self.since, self.text_type()))
        order = [when, *(self.file_names[name] for name in self.key or ())]
        return statement.order_by(*(source.c[name] for name in order if name in names)) if ordered else statement

    def _bounds(self, since: datetime, until: datetime) -> tuple[object, object] | None:
        """Return the bounds as the event-time column of the table holds its values; None where that has no order of time."""
        import sqlalchemy as sa

        with self._connected() as connection:
            columns = self._column_types(connection)
        self.check_columns(list(columns))
        kind = columns[self.file_names[self.event_time.column]]
        if isinstance(kind, sa.DateTime):
            aware = bool(kind.timezone)
            return tuple(sa.literal(one if aware else one.replace(tzinfo=None), kind) for one in (since, until))  # type: ignore[return-value]
        if isinstance(kind, sa.Date):
            return tuple(sa.literal(date(one.year, one.month, one.day), kind) for one in (since, until))  # type: ignore[return-value]
        if isinstance(kind, sa.String) and self.event_time.format in (None, "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"):
            return f"{since:%Y-%m-%d}", f"{until:%Y-%m-%d}"
        return None

    def _column_types(self, connection: sa.Connection) -> dict[str, object]:
        """Return name and type of the table's columns; DuckDB is asked by the standard's views, since its driver reflects nothing."""
        import sqlalchemy as sa

        schema, _, table = self.table.rpartition(".")
        if connection.dialect.name != "duckdb":
            return {one["name"]: one["type"] for one in sa.inspect(connection).get_columns(table, schema or None)}
        asked = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :t AND (table_schema = :s OR :s = '')"
        found = connection.execute(sa.text(asked), {"t": table, "s": schema}).all()
        if not found:
            raise sa.exc.NoSuchTableError(table)
        kinds = {
            "TIMESTAMP": sa.DateTime(),
            "TIMESTAMP WITH TIME ZONE": sa.DateTime(timezone=True),
            "DATE": sa.Date(),
            "VARCHAR": sa.String(),
        }
        return {name: kinds.get(kind, sa.types.NullType()) for name, kind in found}

    @contextlib.contextmanager
    def _rows(self, statement: sa.Select[*tuple[Any, ...]]) -> Iterator[Iterator[tuple[Any, ...]]]:
        """Execute a statement in a transaction of its own; rows come a page at a time."""
        with self._connected() as connection:
            streaming = connection.execution_options(stream_results=True, yield_per=PAGE_ROWS)
            with streaming.execute(statement) as result:
                yield (tuple(row) for row in result)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """Open a read-only transaction; what goes wrong becomes a finding without address or credentials."""
        import sqlalchemy as sa

        try:
            engine = sa.create_engine(address_of(self.connection), poolclass=sa.NullPool, hide_parameters=True)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError):
            raise DefinitionError("the connection's address is no SQLAlchemy URL of an installed driver", where=self.location) from None
        try:
            with engine.connect() as plain, plain.execution_options(**SNAPSHOT.get(engine.dialect.name, {})) as connection:
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = ON")
                yield connection
        except sa.exc.NoSuchTableError as error:
            raise self._failed("source-missing", f"there is no table {self.table}") from error
        except sa.exc.SQLAlchemyError as error:
            told = " ".join(str(getattr(error, "orig", None) or error).split())
            secret = engine.url.password
            told = told.replace(str(secret), "***") if secret else told
            if DENIED.search(told):
                raise self._failed("source-denied", told) from None
            unreachable = isinstance(error, sa.exc.OperationalError) and engine.dialect.name not in ("sqlite", "duckdb")
            raise self._failed("source-unreachable" if unreachable else "source-unreadable", told) from None

    def _failed(self, code: str, message: str) -> DataError:
        return DataError("the database cannot be read", [Finding(code, "fail", self.location, message)], where=self.location)
