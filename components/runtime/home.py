"""The state folder: where the store, the servers and the answers of people lie."""

import os
from pathlib import Path


def home() -> Path:
    """Return the state folder: ``$ALMANAC_HOME``, by default ``.almanac`` in the checkout; it need not exist."""
    return Path(os.environ.get("ALMANAC_HOME") or Path(__file__).resolve().parents[2] / ".almanac").expanduser().resolve()


def answers_folder(pipeline: str) -> Path:
    """Return the folder of what people answered to a pipeline's batches, a CSV of ratings each time; it need not exist."""
    return home() / "people" / pipeline / "answers"
