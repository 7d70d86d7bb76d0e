"""Reference rows are stored like examples, under a kind of their own."""

from pathlib import Path

from components.artifacts.examples import Examples
from components.artifacts.reference import Reference
from tests.saving import loaded_again
from tests.windows import days, features


def test_reference_rows_come_back_as_they_were_saved(tmp_path: Path) -> None:
    made = Reference.from_arrow(features(days(1)[0]).to_arrow())
    loaded = loaded_again(made, tmp_path)
    assert loaded.to_arrow().equals(made.to_arrow())
    assert (loaded.kind, Reference.kind != Examples.kind) == ("reference", True)
