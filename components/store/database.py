"""One door to SQLite or PostgreSQL: connections, transactions that write, the database's clock, and migrations."""

import functools
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from components.runtime.errors import StoreError
from components.store import tables

BUSY_SECONDS = 30
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.s3fs", "ceph", "glusterfs", "lustre", "afs"})
"""File systems on which SQLite's locks are not safe (sqlite.org, "How To Corrupt An SQLite Database File", section 2.1)."""

LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")
MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0002"
"""The newest migration; a test holds it against the folder."""


class Database:
    """A SQLAlchemy engine with the settings that the store relies on.

    SQLite runs in WAL mode on one host; writing transactions begin IMMEDIATE, so that two writers queue and neither fails half way.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite and self.url.database:
            _refuse_network_mount(Path(self.url.database))
        arguments: dict[str, object] = {"timeout": BUSY_SECONDS} if self.sqlite else {"connect_timeout": 5}
        self.engine = sa.create_engine(self.url, connect_args=arguments, pool_pre_ping=not self.sqlite)
        if self.sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        self._writer = self.engine.execution_options(writes=True)
        self._migrate()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a connection for reading."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, lock: str = "") -> Iterator[sa.Connection]:
        """Open one writing transaction; it commits at the end, or leaves nothing.

        Transactions of one ``lock`` run one after the other, so that what one of them looks up is still so when it writes; on SQLite
        all of them do.
        """
        with self._writer.begin() as connection:
            if lock and not self.sqlite:
                connection.execute(LOCK, {"lock": lock})
            yield connection

    @property
    def clock(self) -> sa.ColumnElement[int]:
        """The database's clock in microseconds: leases of several hosts agree on it."""
        clock = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
        return sa.literal_column(clock if self.sqlite else "(extract(epoch FROM clock_timestamp()) * 1e6)::bigint", sa.BigInteger)

    def now(self, connection: sa.Connection) -> int:
        """Read the database's clock."""
        return connection.execute(sa.select(self.clock)).scalar_one()

    def close(self) -> None:
        """Return all connections."""
        self.engine.dispose()

    def _migrate(self) -> None:
        """Bring the tables to ``HEAD``; a store of a newer version is refused."""
        try:
            with self.engine.connect() as connection:
                found = self._version(connection)
        except sa.exc.OperationalError as error:
            raise StoreError(
                "the metadata store cannot be reached",
                where=self.url.render_as_string(hide_password=True),
                got=str(error.orig).strip().splitlines()[0],
                fix="start its server (`make up`), or set ALMANAC_DATABASE_URL",
            ) from error
        if found == HEAD:
            return
        if found is not None and not any(MIGRATIONS.glob(f"versions/{found}_*.py")):
            raise StoreError(f"the store is of version {found}", expected=f"version {HEAD} or older", fix="upgrade this checkout")
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.write("migration") as connection:
            if self._version(connection) != HEAD:  # nobody else did it meanwhile
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def _version(self, connection: sa.Connection) -> str | None:
        """Return the version of the tables, None where there are none; every task of Airflow asks, so without SQLAlchemy's inspector."""
        there = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'" if self.sqlite else "SELECT to_regclass('alembic_version')"
        if connection.scalar(sa.text(there)) is None:
            return None
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def new_id(prefix: str) -> str:
    """Return a fresh identifier; identifiers never reach a digest."""
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '-', prefix)}-{uuid.uuid4().hex[:8]}"


def insert_missing(connection: sa.Connection, table: sa.Table, values: dict[str, object]) -> int | None:
    """Insert a row and return its number, or None where its unique columns are there already; in either dialect."""
    number: int | None = connection.execute(_insert_missing(connection.dialect.name, table), values).scalar()
    return number


@functools.cache
def _insert_missing(dialect: str, table: sa.Table) -> sa.Executable:
    from sqlalchemy.dialects import postgresql, sqlite

    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return insert.on_conflict_do_nothing().returning(table.c.id)


def _prepare_sqlite(connection: object, _record: object) -> None:
    """Set WAL mode and foreign keys, and hand transaction control to the ``begin`` event."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refuse_network_mount(path: Path) -> None:
    """Raise where the file lies on a network file system, whose locks SQLite cannot trust."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    real, best, kind = path.resolve(), "", ""
    for line in mounts.read_text(encoding="utf-8").splitlines():
        _, point, file_system, *_ = line.split(" ")
        if real.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, file_system
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreError(
            f"SQLite is not safe on the {kind} mount {best}", where=str(path), fix="use PostgreSQL, or a folder on a local disk"
        )


metadata = tables.metadata
