"""Tables and queries of any database that has an ADBC driver: rows come as Arrow, and no Python touches them."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from components.ingestion.sources.connection import address_of
from components.ingestion.sources.source import Cells
from components.ingestion.sources.sql import DENIED, SqlSource
from components.ingestion.sources.tables import table_cells
from components.measures.hashing import row_keys
from components.runtime.errors import DefinitionError

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa
    from adbc_driver_manager.dbapi import Connection

SNAPSHOT = {"postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", "sqlite": "PRAGMA query_only = ON"}
"""What makes a transaction see one state and write nothing; other databases do as their driver does."""

MISSING = re.compile(r"does not exist|no such table|not found", re.IGNORECASE)
UNREACHABLE = re.compile(r"connection|could not connect|refused|timeout", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class AdbcSource(SqlSource):
    """A table or a query, as `SqlSource` has them, read through ADBC (arrow.apache.org/adbc).

    The connection's address begins with the driver's name, ``postgresql://…`` or ``sqlite:///…``, and may be one that `SqlSource` takes;
    package ``adbc-driver-<name>`` is needed (the extra ``adbc`` has these two).
    """

    format: ClassVar[str] = "adbc"

    @staticmethod
    def text_type() -> sa.types.TypeEngine[Any]:
        """Return the type of the bounds of a query, which are written into its text."""
        import sqlalchemy as sa

        return sa.String()

    def batches(self) -> Iterator[pa.Table]:
        """Yield the columns with the database's own types, as the driver streams them."""
        import pyarrow as pa

        names = list(self.file_names.values())
        with self._stream(self._selected(names, ordered=True)) as reader:
            for batch in reader:
                yield pa.table([_plain(column) for column in batch.columns], names=list(self.types))

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the database's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())

    def _digest(self) -> tuple[int, str, str]:
        """Return the number of rows, a digest that changes when they do, and the watermark with the number of rows at it."""
        import numpy as np
        import pyarrow as pa

        names = list(self.file_names.values())
        if self.watermark is not None:
            with self._stream(self._newest(self.watermark)) as reader:
                n_rows, newest, n_at = (column[0].as_py() for column in reader.read_all().columns)
            return int(n_rows), hashlib.sha256(f"{n_rows} {newest} {self.since}".encode()).hexdigest(), f"{newest}#{n_at}" if n_at else ""
        n_rows, total = 0, np.zeros(2, dtype=np.uint64)
        with self._stream(self._selected(names, ordered=False)) as reader:
            for batch in reader:
                rows = pa.table([_plain(column) for column in batch.columns], names=names)
                n_rows += rows.num_rows
                total += np.frombuffer(b"".join(row_keys(rows, names).to_pylist()), dtype=np.uint64).reshape(-1, 2).sum(axis=0)
        return n_rows, hashlib.sha256(f"{n_rows} {total.tolist()}".encode()).hexdigest(), ""

    @contextlib.contextmanager
    def _stream(self, statement: sa.Select[*tuple[Any, ...]]) -> Iterator[pa.RecordBatchReader]:
        """Execute a statement in a snapshot of its own; batches come as they are asked for."""
        from sqlalchemy.dialects import postgresql, sqlite
        from sqlalchemy.engine.default import DefaultDialect

        dialects = {"postgresql": postgresql.dialect, "sqlite": sqlite.dialect}
        dialect = dialects.get(_address(self.connection)[0], DefaultDialect)()
        text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        with self._connected() as connection, connection.cursor() as cursor:
            cursor.execute(text)
            yield cursor.fetch_record_batch()

    def _column_types(self, connection: Connection) -> dict[str, object]:  # type: ignore[override]
        """Return name and type of the table's columns, as SQLAlchemy calls them."""
        import pyarrow as pa
        import sqlalchemy as sa

        schema, _, table = self.table.rpartition(".")

        def kind(one: pa.DataType) -> object:
            if pa.types.is_timestamp(one):
                return sa.DateTime(timezone=one.tz is not None)
            return sa.Date() if pa.types.is_date(one) else sa.String() if pa.types.is_string(one) else sa.types.NullType()

        return {field.name: kind(field.type) for field in connection.adbc_get_table_schema(table, db_schema_filter=schema or None)}

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:  # type: ignore[override]
        """Open a read-only transaction; what goes wrong becomes a finding without address or credentials."""
        import pyarrow as pa

        driver, address = _address(self.connection)
        try:
            dbapi = importlib.import_module(f"adbc_driver_{driver}.dbapi")
        except ImportError:
            raise DefinitionError("no ADBC driver reads the connection's address", where=self.location) from None
        try:
            with dbapi.connect(address.removeprefix("sqlite:///")) as connection:
                if driver in SNAPSHOT:
                    with connection.cursor() as cursor:
                        cursor.execute(SNAPSHOT[driver])
                yield connection
        except (dbapi.Error, pa.ArrowException) as error:
            raise self._failed(*_told(error, address)) from None


def _address(connection: str) -> tuple[str, str]:
    """Return the name of a connection's driver and its address, without the driver that SQLAlchemy would take."""
    scheme, colon, rest = address_of(connection).partition(":")
    driver = scheme.partition("+")[0]
    return driver, driver + colon + rest


def _told(error: Exception, address: str) -> tuple[str, str]:
    """Return the finding of a driver's error, and what it says without the address and its password."""
    text = " ".join(str(error).split())
    for secret in (address, *re.findall(r"://[^/:@]*:([^@]+)@", address)):
        text = text.replace(secret, "***")
    if DENIED.search(text):
        return "source-denied", text
    if MISSING.search(text):
        return "source-missing", text
    return ("source-unreachable" if UNREACHABLE.search(text) else "source-unreadable"), text


def _plain(column: pa.Array) -> pa.Array:
    """Return a column as a type that every format has: what a driver marks as the database's own is its text."""
    import pyarrow as pa

    return column.storage if isinstance(column.type, pa.BaseExtensionType) else column
