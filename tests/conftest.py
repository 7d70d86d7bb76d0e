"""Stores for tests: an empty one each, on SQLite and on a real PostgreSQL."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import psutil
import pytest
import sqlalchemy as sa

from components.cli.services import postgres
from components.cli.services.processes import is_running
from components.store.database import Database
from components.store.store import Store
from components.store.tables import metadata

hypothesis.settings.register_profile("almanac", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "almanac")

MakeUrl = Callable[[], str]
MakeStore = Callable[..., Store]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a file to one worker of a parallel run, for its fixtures are made once a worker, and all tests of Airflow to the same."""
    for item in items:
        group = "system" if "system" in item.path.parts else str(item.path.relative_to(item.config.rootpath))
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the state folder of the checkout."""
    monkeypatch.setenv("ALMANAC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ALMANAC_DATABASE_URL", raising=False)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Path]:
    """Run one PostgreSQL for the session, in a folder whose path is short enough for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="almanac-", dir="/tmp"))
    server = psutil.Process(postgres.start(folder / "db", folder / "log").pid)
    try:
        yield folder / "db"
    finally:
        children = server.children()
        server.send_signal(signal.SIGQUIT)  # at once, without writing what nobody will read
        _, alive = psutil.wait_procs([server, *children], timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
        assert [one for one in alive if is_running(one)] == []


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Path) -> Iterator[sa.Engine]:
    """Make a database with all tables, of which others are copies; return the door to the server."""
    engine = sa.create_engine(postgres.uri(postgres_cluster, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE migrated"))
        Database(postgres.uri(postgres_cluster, "migrated")).close()
        connection.execute(sa.text("CREATE DATABASE first TEMPLATE migrated"))
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Name the database; modules whose subject does not touch it make one of it."""
    return str(request.param)


@pytest.fixture
def make_url(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> MakeUrl:
    """Return a maker of addresses of empty databases, each of its own."""
    if backend == "sqlite":
        return lambda: f"sqlite:///{tmp_path / uuid4().hex}.db"
    cluster: Path = request.getfixturevalue("postgres_cluster")
    server: sa.Engine = request.getfixturevalue("postgres_template")
    made: list[str] = []

    def copied() -> str:
        name = f"t{uuid4().hex}" if made else "first"
        made.append(name)
        if name == "first":
            _empty(postgres.uri(cluster, name))
        else:
            with server.connect() as connection:
                connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE migrated"))
        return postgres.uri(cluster, name)

    return copied


@pytest.fixture
def database_url(make_url: MakeUrl) -> str:
    return make_url()


@pytest.fixture
def make_store(make_url: MakeUrl, tmp_path: Path) -> Iterator[MakeStore]:
    """Return a maker of empty stores, which are closed after the test."""
    made: list[Store] = []

    def make(url: str | None = None, folder: Path | None = None) -> Store:
        made.append(Store.open(url or make_url(), folder or tmp_path / f"store-{len(made)}"))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


def _empty(url: str) -> None:
    """Remove every row: thirty times faster than a new database."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE"))
    engine.dispose()
