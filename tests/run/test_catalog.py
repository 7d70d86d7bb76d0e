import sys

import pytest

from components.run import catalog
from components.run.catalog import config_model, load_pipeline, parse_overrides, pipeline_names
from components.runtime.errors import ConfigError, DefinitionError
from components.runtime.graph import Pipeline

PIPELINE = """
from components.runtime.config import Configuration
from components.runtime.graph import Pipeline

class Section(Configuration):
    rows: int = 3

class Config(Configuration):
    start: str
    training: Section = Section()

def build(config: Config) -> Pipeline:
    made = Pipeline("kiosk", grain="day", zone="UTC", start=config.start)
    made.rows = config.training.rows
    return made
"""


@pytest.fixture
def kiosk(tmp_path, monkeypatch):
    folder = tmp_path / "pipeline_config" / "kiosk"
    folder.mkdir(parents=True)
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "pipeline.yaml").write_text("start: 2013-01-01\n")
    monkeypatch.setattr(catalog, "FOLDER", folder.parent)
    import pipeline_config

    monkeypatch.setattr(pipeline_config, "__path__", [str(folder.parent)])
    yield folder
    for name in [name for name in sys.modules if name.startswith("pipeline_config.kiosk")]:
        del sys.modules[name]


def test_a_pipeline_is_a_folder_with_a_pipeline_file(kiosk):
    (kiosk.parent / "notes").mkdir()
    assert pipeline_names() == ["kiosk"]


def test_the_checkouts_own_pipelines_load():
    for name in pipeline_names():
        assert isinstance(load_pipeline(name), Pipeline)


def test_a_pipeline_is_built_from_its_configuration(kiosk):
    built = load_pipeline("kiosk")
    assert (built.name, built.start.key, built.rows) == ("kiosk", "2013-01-01", 3)


def test_overrides_are_laid_over_the_file(kiosk):
    assert load_pipeline("kiosk", {"training.rows": 7, "start": "2013-02-01"}).rows == 7
    assert load_pipeline("kiosk").rows == 3


@pytest.mark.parametrize("key", ["training.row", "trainings.rows", "training.rows.more"])
def test_an_unknown_key_names_the_nearest_one(kiosk, key):
    with pytest.raises(ConfigError, match=f"no configuration key '{key}'.*(training.rows|training)"):
        load_pipeline("kiosk", {key: 7})


def test_a_value_that_does_not_fit_names_its_key(kiosk):
    with pytest.raises(ConfigError, match=r"training\.rows: the override does not fit.*Got 'many'"):
        load_pipeline("kiosk", {"training.rows": "many"})


def test_an_unknown_pipeline_names_the_nearest_one(kiosk):
    with pytest.raises(DefinitionError, match=r"there is no pipeline 'kisok'.*Nearest valid name: 'kiosk'"):
        load_pipeline("kisok")


def test_a_pipeline_file_needs_its_two_names(kiosk):
    (kiosk / "pipeline.py").write_text("Config = 3\n")
    with pytest.raises(DefinitionError, match=r"lacks a class Config or a function build"):
        config_model("kiosk")


def test_build_returns_the_pipeline_of_its_folder(kiosk):
    (kiosk / "pipeline.py").write_text(PIPELINE.replace('"kiosk"', '"stand"'))
    with pytest.raises(DefinitionError, match="must return the Pipeline 'kiosk'"):
        load_pipeline("kiosk")


def test_overrides_are_read_as_yaml():
    assert parse_overrides(["a.b=3", "c=91 spans", "d=[1, 2]", "e=", "f=x=y"]) == {
        "a.b": 3,
        "c": "91 spans",
        "d": [1, 2],
        "e": None,
        "f": "x=y",
    }


@pytest.mark.parametrize("pair", ["a", "=3", " =3"])
def test_an_override_has_a_key_and_a_value(pair):
    with pytest.raises(ConfigError, match="KEY=VALUE"):
        parse_overrides([pair])
