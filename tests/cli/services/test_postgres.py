import os
from pathlib import Path

import pytest

from components.cli.services import postgres, processes


def test_the_socket_lies_in_the_cluster_where_its_path_is_short_and_plain():
    assert postgres.socket_folder(Path("/srv/almanac/postgres")) == Path("/srv/almanac/postgres")


@pytest.mark.parametrize(
    "cluster", ["/srv/" + "deep/" * 30 + "postgres", "/srv/my state/postgres", "/srv/%(x)s/postgres", "/srv/häuser/postgres"]
)
def test_a_deep_or_odd_folder_gets_a_short_plain_socket_folder(cluster):
    folder = postgres.socket_folder(Path(cluster))
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) < 104
    assert folder == postgres.socket_folder(Path(cluster)) != postgres.socket_folder(Path(cluster + "2"))
    address = postgres.uri(Path(cluster), "mlflow")
    assert address.isascii()
    assert not set(address) & set("% ()")


def test_a_leftover_file_that_names_a_stranger_is_no_server(tmp_path):
    assert postgres.find(tmp_path, tmp_path) is None
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert postgres.find(tmp_path, tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("")
    assert postgres.find(tmp_path, tmp_path) is None


@pytest.mark.slow
@pytest.mark.parametrize("place", ["plain", "with space/" + "/".join(["deeper"] * 20)])
def test_the_server_starts_anywhere_survives_a_kill_and_stops_without_a_trace(state_folder, place):
    home = state_folder / place
    home.mkdir(parents=True)
    cluster, log = home / "postgres", home / "postgres.log"
    try:
        first = postgres.start(cluster, log)
        assert postgres.start(cluster, log) == first
        postgres.create_databases(cluster)
        postgres.create_databases(cluster)
        assert postgres.answers(cluster)
        assert postgres.socket_folder(cluster).stat().st_mode & 0o077 == 0
        assert os.getsid(first.pid) != os.getsid(0)
        os.kill(first.pid, 9)
        assert processes.end([first], grace=0) == []
        second = postgres.start(cluster, log)
        assert second.pid != first.pid
        assert postgres.answers(cluster)
    finally:
        last = postgres.find(cluster, log)
        postgres.stop(cluster)
        assert last is None or processes.end([last], grace=1) == []
    assert not postgres.answers(cluster)
    assert postgres.socket_folder(cluster).exists() == (place == "plain")
