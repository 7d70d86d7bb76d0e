"""The state folder follows the environment."""

from pathlib import Path

import pytest

from components.runtime.home import answers_folder, home
from components.store.store import Store


def test_the_state_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMANAC_HOME", str(tmp_path / "here"))
    assert home() == tmp_path / "here"
    assert answers_folder("spam").is_relative_to(home())
    with Store.open() as store:
        assert store.database.url.database == str(tmp_path / "here" / "metadata.db")
    monkeypatch.delenv("ALMANAC_HOME")
    assert home().name == ".almanac"
