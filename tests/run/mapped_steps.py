"""Steps to map over numbers: one leaves a mark with the process that it ran in, one refuses a number."""

import os
from pathlib import Path

from components.artifacts.examples import Examples
from components.runtime.component import component
from components.runtime.errors import DataError
from tests.pipelines import Total


@component
def told_by(examples: Examples, *, number: int, marks: str) -> Total:
    """Return the number of rows times a number."""
    (Path(marks) / f"told-{number}").write_text(str(os.getpid()))
    return Total(number * examples.n_rows)


@component
def refuse(examples: Examples, *, number: int, marks: str) -> Total:
    """Return the number, unless it is two."""
    if number == 2:
        raise DataError(f"2 is refused in {len(marks)} letters")
    return Total(number + examples.n_rows)
