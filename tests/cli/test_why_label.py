"""`almanac why-label` and `almanac which-models`."""

from pathlib import Path

import pytest

from components.run import catalog
from components.runtime.errors import ConfigError
from tests import labeled_shop
from tests.cli.conftest import Almanac


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labeled_shop.count_as_project_code(monkeypatch)
    labeled_shop.write(tmp_path)
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name, _overrides=None: labeled_shop.build(tmp_path))


def test_a_label_is_told_with_every_source_and_the_models_that_learned_from_one(almanac: Almanac) -> None:
    almanac("run", "shop", "--as-of", "2013-03-12")
    told = almanac("why-label", "shop", "id=2013-03-11-3", "--as-of", "2013-03-12").output
    assert "from raters (precedence: outcome, feedback, raters, label_model)" in told
    assert "ann 1, bob 0, cy 1" in told
    assert "abstains" in told
    assert "rater, 4 labels" in almanac("which-models", "shop", "ann").output
    assert almanac("which-models", "shop", "nobody").output == "No model of shop learned from 'nobody'.\n"


def test_a_key_without_a_column_is_refused(almanac: Almanac) -> None:
    with pytest.raises(ConfigError, match="does not say which row"):
        almanac("why-label", "shop", "2013-03-11-3")
