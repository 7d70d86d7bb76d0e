import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from components.runtime.errors import StoreError
from components.store import database as module
from components.store.artifacts import record_artifact
from components.store.database import HEAD, MIGRATIONS, Database, insert_missing
from components.store.records import NewArtifact
from components.store.tables import artifact, delivery, delivery_part, metadata, pipeline


@pytest.fixture
def database(database_url):
    one = Database(database_url)
    yield one
    one.close()


def row(name="shop"):
    return {"name": name, "grain": "day", "zone": "UTC", "recorded_at": 1}


def test_the_migrations_make_the_tables_that_the_code_declares(database):
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_the_store_wants():
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


def test_a_migration_goes_back_to_nothing(database):
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(config, "head")


def test_parts_of_deliveries_outlive_the_migration_to_several_a_span(database):
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    new = NewArtifact("delivery", "ab" * 32, "2013-01-01", 1, 1, "", {})
    numbers = dict.fromkeys(("version", "known_from", "n_read", "n_partitioned", "n_quarantined", "recorded_at"), 0)
    texts = dict.fromkeys(
        ("pipeline", "source", "content_sha256", "declaration", "known_rule", "known_after", "first_span", "last_span"), "x"
    )
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        number = record_artifact(connection, "shop", new, 1).id
        made = connection.execute(sa.insert(delivery).values(hint={}, **numbers, **texts).returning(delivery.c.id)).scalar_one()
        connection.execute(sa.insert(delivery_part).values(delivery=made, span="2013-01-01", artifact=number))
        command.upgrade(config, "head")
        assert connection.execute(sa.select(delivery_part)).all() == [(made, "2013-01-01", number)]


def test_a_writing_transaction_leaves_all_or_nothing(database):
    def write_and_break():
        with database.write() as connection:
            connection.execute(sa.insert(pipeline).values(row()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_break()
    with database.read() as connection:
        assert connection.execute(sa.select(pipeline)).all() == []


def test_the_databases_clock_is_the_time_in_microseconds(database):
    with database.read() as connection:
        first, second = database.now(connection), database.now(connection)
    assert abs(first / 1e6 - time.time()) < 5
    assert second >= first


def test_a_row_is_inserted_once_and_then_found_missing_its_number(database):
    new = {"kind": "total", "digest": "ab", "span": "", "known_at": 1, "n_bytes": 1, "value_type": "", "summary": {}, "recorded_at": 1}
    with database.write() as connection:
        assert insert_missing(connection, artifact, {"pipeline": "shop", **new}) == 1
        assert insert_missing(connection, artifact, {"pipeline": "shop", **new}) is None
        assert insert_missing(connection, artifact, {"pipeline": "other", **new}) is not None


def test_an_artifact_is_recorded_once_per_span_and_time(database):
    def new(**changed):
        return NewArtifact(
            **{"kind": "total", "digest": "ab", "span": "d", "known_at": 1, "n_bytes": 5, "value_type": "", "summary": {}, **changed}
        )

    with database.write() as connection:
        first = record_artifact(connection, "shop", new(), 7)
        assert record_artifact(connection, "shop", new(), 8) == first
        others = [record_artifact(connection, "shop", new(**one), 7).id for one in ({"span": "e"}, {"known_at": 2}, {"digest": "cd"})]
        assert len({first.id, *others}) == 4


def test_what_is_looked_up_under_a_lock_is_still_so_when_it_is_written(database):
    def add_once(_):
        with database.write("a lock") as connection:
            if connection.execute(sa.select(pipeline)).first() is None:
                time.sleep(0.01)
                connection.execute(sa.insert(pipeline).values(row()))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add_once, range(6)))
    with database.read() as connection:
        assert len(connection.execute(sa.select(pipeline)).all()) == 1


def test_a_store_of_a_newer_version_is_refused(database, database_url):
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"version 9999.*upgrade this checkout|Upgrade this checkout"):
        Database(database_url)
    with database.write() as connection:
        connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))


def test_a_database_that_cannot_be_reached_says_where_and_hides_the_password():
    with pytest.raises(StoreError) as caught:
        Database("postgresql+psycopg2://almanac:topsecret@127.0.0.1:1/almanac")
    assert "127.0.0.1:1" in str(caught.value)
    assert "topsecret" not in str(caught.value)


def test_a_sqlite_file_on_a_network_mount_is_refused(tmp_path, monkeypatch):
    mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/home {tmp_path} nfs4 rw 0 0\ntmpfs {tmp_path}/fast tmpfs rw 0 0\n"
    monkeypatch.setattr(module.Path, "read_text", lambda self, encoding: mounts)
    with pytest.raises(StoreError, match="nfs4 mount"):
        Database(f"sqlite:///{tmp_path}/metadata.db")
    (tmp_path / "fast").mkdir()
    Database(f"sqlite:///{tmp_path}/fast/metadata.db").close()


OPENER = "import sys; from components.store.database import Database; Database(sys.argv[1]).close()"


@pytest.mark.slow
def test_many_processes_open_a_new_store_at_once(tmp_path):
    command = [sys.executable, "-c", OPENER, f"sqlite:///{tmp_path}/metadata.db"]
    openers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [(one.communicate()[1], one.returncode) for one in openers] == [("", 0)] * 4
