import os
import subprocess
import sys
from pathlib import Path

import pytest

import components.adapters.airflow_local_settings as package

FOLDER = Path(package.__file__).parent
CHECKOUT = FOLDER.parents[2]
# Import as the scheduler does, then fork as it does for a task.
SCRIPT = """
import airflow_local_settings as settings, multiprocessing, sys
from components.adapters.airflow import freshness
from pathlib import Path
assert all(name in sys.modules for name in settings.LIBRARIES)

def project():
    return {name for name in sys.modules if name.partition(".")[0] in freshness.PACKAGES}

def use_polars():
    import polars
    assert polars.DataFrame({"a": list(range(1000))}).lazy().group_by("a").len().collect().height == 1000

def inherit():
    from components.adapters.airflow.session import standing
    from components.runtime.keys import _code_of, make_key
    assert "components.reports.collect" in sys.modules and "components.cli.run" not in sys.modules
    followed = _code_of.cache_info().misses
    for step in standing("flights").steps.values():
        make_key(step.component, step.config, {})
    assert _code_of.cache_info().misses == followed > 0, "pipeline and code digests are there already"

def forget():
    freshness.forget_changed(freshness.watch_forks())
    assert len(project()) > 100
    freshness.forget_changed({Path("components/gone.py"): (1, 1)})
    assert project() == set()
    from components.adapters.airflow.session import standing
    assert standing("flights").name == "flights"

for run in (use_polars, inherit, forget):
    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join(60)
    assert child.exitcode == 0, (run.__name__, child.exitcode)
"""


@pytest.mark.slow
def test_a_forked_child_inherits_libraries_and_project_and_forgets_the_project_where_it_changed():
    known = {"PYTHONPATH": f"{FOLDER}{os.pathsep}{CHECKOUT}", "OPENBLAS_NUM_THREADS": "1", "GX_ANALYTICS_ENABLED": "False"}
    environment = {**os.environ, **known, "_AIRFLOW__AS_LIBRARY": "1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
