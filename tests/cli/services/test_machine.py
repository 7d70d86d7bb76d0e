import os
from importlib.metadata import version

import pytest

from components.cli.services import machine
from components.cli.services.errors import ServiceError


def test_this_machine_is_well(tmp_path):
    machine.require(machine.python_version(), machine.disk(tmp_path / "not" / "yet"), machine.state_folder(tmp_path / "not" / "yet"))
    assert not (tmp_path / "not").exists()


def test_a_full_disk_and_a_full_memory_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "FREE_DISK", 10**18)
    monkeypatch.setattr(machine, "FREE_MEMORY", 10**18)
    with pytest.raises(ServiceError, match=r"The disk is not ready .* GB free .*: free .* or set ALMANAC_HOME to another disk\."):
        machine.require(machine.disk(tmp_path))
    assert not machine.memory(started=False).ok
    assert machine.memory(started=True).ok


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", refuse)
    check = machine.state_folder(tmp_path)
    assert not check.ok
    assert "Permission denied" in check.detail
    assert "ALMANAC_HOME" in check.action


def test_the_lock_is_compared_with_what_is_installed(tmp_path):
    lock, numpy = tmp_path / "requirements.lock", version("numpy")
    lock.write_text(
        f"# made by us\nnumpy=={numpy} \\\n    --hash=sha256:00\nnothing==1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    assert machine.lock_in_sync(tmp_path).ok
    lock.write_text("numpy==0.1 \\\n    --hash=sha256:00\nabsent-package==1.0 \\\n    --hash=sha256:00\n")
    check = machine.lock_in_sync(tmp_path)
    assert not check.ok
    assert check.detail == f"numpy {numpy} instead of 0.1, absent-package missing instead of 1.0"
    lock.unlink()
    assert "missing" in machine.lock_in_sync(tmp_path).detail
