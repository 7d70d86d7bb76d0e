import json

import pytest

from components.cli.services import state
from components.cli.services.errors import ServiceError
from components.cli.services.processes import ServerProcess


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "services.json"
    assert state.read(path) == state.State()
    known = state.State({"airflow": 8080}, (ServerProcess("mlflow", 7, "boot:1", "a.log"),), "3.3.2", "/dags")
    state.write(path, known)
    assert state.read(path) == known
    assert list(tmp_path.iterdir()) == [path]


def test_a_server_takes_the_place_of_the_older_one_of_its_name():
    first, second, other = (ServerProcess(name, pid, "", "") for name, pid in (("mlflow", 1), ("mlflow", 2), ("scheduler", 3)))
    known = state.State().with_process(first).with_process(other).with_process(second)
    assert known.process("mlflow") == second
    assert known.process("scheduler") == other
    assert known.process("triggerer") is None
    assert len(known.processes) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"format_version": 1, "processes": [{"pid": 1}], "ports": {}})])
def test_a_damaged_file_is_named(tmp_path, text):
    path = tmp_path / "services.json"
    path.write_text(text)
    with pytest.raises(ServiceError, match=r"services\.json cannot be read"):
        state.read(path)


def test_another_format_is_refused(tmp_path):
    path = tmp_path / "services.json"
    path.write_text(json.dumps({"format_version": 99}))
    with pytest.raises(ServiceError, match="has format 99, expected 1"):
        state.read(path)
