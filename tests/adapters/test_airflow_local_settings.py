import os
import subprocess
import sys
from pathlib import Path

import pytest

import components.adapters.airflow_local_settings as package

FOLDER = Path(package.__file__).parent
# Import as the scheduler does, then use Polars in a forked child: it must end, not hang.
FORK = """
import airflow_local_settings, multiprocessing, sys
assert airflow_local_settings.LIBRARIES and all(name in sys.modules for name in airflow_local_settings.LIBRARIES)
assert not [name for name in sys.modules if name.split(".")[0] in ("components", "pipeline_config")]
def use():
    import polars
    assert polars.DataFrame({"a": list(range(1000))}).lazy().group_by("a").len().collect().height == 1000
child = multiprocessing.get_context("fork").Process(target=use)
child.start()
child.join(30)
sys.exit(99 if child.is_alive() else child.exitcode)
"""


@pytest.mark.slow
def test_a_forked_child_can_use_the_preloaded_polars():
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), "OPENBLAS_NUM_THREADS": "1", "GX_ANALYTICS_ENABLED": "False"}
    done = subprocess.run([sys.executable, "-c", FORK], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
