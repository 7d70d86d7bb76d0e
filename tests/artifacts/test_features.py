"""Features are stored like examples, under a kind of their own."""

from pathlib import Path

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from tests.saving import loaded_again
from tests.windows import days, features


def test_features_come_back_as_they_were_saved(tmp_path: Path) -> None:
    made = features(days(1)[0])
    loaded = loaded_again(made, tmp_path)
    assert loaded.to_arrow().equals(made.to_arrow())
    assert (Features.kind, isinstance(loaded, Features)) == ("features", True)


def test_features_are_no_examples_to_a_pipeline() -> None:
    assert Features.kind != Examples.kind
