"""The command line as a process: one paragraph for an error, and a help that needs nothing heavy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("polars", "pyarrow", "pandas", "sklearn", "mlflow", "great_expectations", "sqlalchemy", "numpy")
MAIN = "from components.cli import main; main()"


def almanac(*arguments: str, home: Path, code: str = MAIN) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ALMANAC_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.slow
def test_help_lists_every_command_and_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys\ntry:\n    {MAIN}\nfinally:\n    print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)"
    done = almanac("--help", home=tmp_path, code=code)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
    for command in (
        "run",
        "backfill",
        "runs",
        "show",
        "lineage",
        "plan",
        "explain",
        "verify",
        "approve",
        "mlflow-sync",
        "doctor",
        "config-schema",
    ):
        assert f" {command} " in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "flihgts"), "almanac: there is no pipeline 'flihgts'. Expected delays, flights, spam. Nearest valid name: 'flights'."),
        (("run", "flights", "--set", "training.windw=3"), "Nearest valid name: 'training.window'."),
        (("show", "latest"), "almanac: there is no run yet. Start one: `almanac run PIPELINE --as-of DATE`."),
        (("backfill", "flights", "2013-01-05", "2013-01-01"), "the first span lies after the last"),
    ],
)
def test_an_error_is_one_paragraph_and_exit_status_1(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = almanac(*arguments, home=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("almanac: ")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_wrong_use_is_explained_with_exit_status_2(tmp_path: Path) -> None:
    done = almanac("backfill", "flights", home=tmp_path)
    assert done.returncode == 2
    assert "Missing argument 'first'" in done.stderr
