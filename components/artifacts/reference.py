"""Reference rows: a table that others are described by, as one span's deliveries gave it."""

from dataclasses import dataclass
from typing import ClassVar

from components.artifacts.examples import Examples


@dataclass(frozen=True)
class Reference(Examples):
    """Rows to join to examples, or to compare with later ones: same files, order and first two columns as ``Examples``.

    A kind of its own, so that a step which makes examples may look back on it and never on its own past.
    """

    kind: ClassVar[str] = "reference"
    format_version: ClassVar[int] = 1
