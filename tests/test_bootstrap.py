import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed-from")
    return module


def test_an_environment_that_matches_is_left_alone(bootstrap, monkeypatch):
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    bootstrap.STAMP.write_text(bootstrap.fingerprint())
    monkeypatch.setattr(bootstrap, "check_machine", lambda: pytest.fail("work was done"))
    bootstrap.main()
    bootstrap.LOCK.write_text("other")
    with pytest.raises(pytest.fail.Exception, match="work was done"):
        bootstrap.main()


def test_an_old_python_gets_one_sentence():
    source = (ROOT / "bootstrap.py").read_text().replace("OLDEST = (3, 11)", "OLDEST = (9, 9)")
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert re.fullmatch(
        r"Python 9\.9 or newer is needed, and this is 3\.\S+: install one and name it, as in `make up PYTHON=python9\.9`\.\n", done.stderr
    )


def test_a_full_disk_and_a_missing_tool_get_one_sentence(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    with pytest.raises(bootstrap.BootstrapError, match=r"^The disk is too full: .* has 1\.0 GB free and 4 GB are needed\.$"):
        bootstrap.check_machine()
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(bootstrap.BootstrapError, match=r"^git is not installed: .*\.$"):
        bootstrap.check_machine()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: Failed to fetch: dns error: failed to lookup address information", "The package index cannot be reached"),
        ("ERROR: NewConnectionError: Network is unreachable", "The package index cannot be reached"),
        ("error: failed to write: No space left on device (os error 28)", "The disk is full"),
        ("error: Hash mismatch for numpy", "Hash mismatch for numpy"),
    ],
)
def test_a_failed_command_says_why_in_one_sentence(bootstrap, output, sentence):
    with pytest.raises(bootstrap.BootstrapError, match=sentence):
        bootstrap.run([sys.executable, "-c", f"print({output!r}); raise SystemExit(2)"])


def test_the_entry_of_one_package_is_its_pin_and_its_hashes(bootstrap):
    entry = bootstrap.lock_entry("uv")
    assert re.fullmatch(r"uv==\S+ \\\n(    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64}\n", entry)
    with pytest.raises(bootstrap.BootstrapError, match="does not pin no-such-package"):
        bootstrap.lock_entry("no-such-package")


def test_an_environment_of_another_folder_is_not_ours(bootstrap):
    assert not bootstrap.is_ours()
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.symlink_to(sys.executable)
    (bootstrap.VENV / "bin" / "pip").write_text("#!/elsewhere/.venv/bin/python\n")
    assert not bootstrap.is_ours()
