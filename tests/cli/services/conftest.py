import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def state_folder():
    """A fresh folder outside pytest's own tree.

    As root, PostgreSQL runs as another user, who must be able to reach the folder, and every other pytest that starts closes that tree.
    """
    folder = Path(tempfile.mkdtemp(prefix="almanac-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
