"""The command line on a small shop: its pipeline stands where the checkout's pipelines are found."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from components.cli import application
from components.run import catalog
from tests.pipelines import Shop

Almanac = Callable[..., Result]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(tmp_path / "sales.csv").write()
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name, _overrides=None: shop.build())
    return shop


@pytest.fixture
def almanac(monkeypatch: pytest.MonkeyPatch) -> Almanac:
    """Return a call of the command line, with a wide terminal; errors are raised, as `main` gets them."""
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments: str, status: int = 0) -> Result:
        result = CliRunner().invoke(application(), list(arguments), catch_exceptions=False)
        assert result.exit_code == status, result.output
        return result

    return call


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where `almanac init` writes pipelines, and where they are found."""
    monkeypatch.setattr(catalog, "FOLDER", tmp_path / "pipeline_config")
    return tmp_path / "pipeline_config"
