"""Features: the rows of one span as a model sees them, with the columns that identify them."""

from dataclasses import dataclass
from typing import ClassVar

from components.artifacts.examples import Examples


@dataclass(frozen=True)
class Features(Examples):
    """Feature columns of one span: same files, order and first two columns as ``Examples``, one row an example.

    What a feature may know ends at its row's own prediction time; the column builder of the pipeline cuts there.
    """

    kind: ClassVar[str] = "features"
    format_version: ClassVar[int] = 1
