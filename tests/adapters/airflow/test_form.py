import pytest

from components.adapters.airflow.form import configured, form_of
from components.run.catalog import load_pipeline
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline


def test_the_form_of_the_training_untouched_is_a_run_as_of_the_last_day():
    form = form_of(load_pipeline("flights"), "training", ("training.window", "training.candidates"))
    values = {name: field.resolve() for name, field in form.items()}
    assert list(values) == ["as_of", "lane", "because", "reason", "training.window", "training.candidates", "overrides"]
    assert (values["as_of"], values["lane"], values["overrides"]) == ("2014-01-01", "experiment", {})
    assert values["training.window"] == configured("flights")["training.window"]
    assert form["training.window"].schema["type"] == "string"
    assert form["training.candidates"].schema["items"] == {"type": "object"}


def test_the_form_of_the_data_names_the_last_day():
    form = form_of(load_pipeline("flights"), "data", ())
    assert form["span"].resolve() == "2013-12-31"
    assert form["lane"].schema["enum"] == ["experiment", "production"]


def test_a_pipeline_that_goes_on_leaves_the_date_empty():
    going = Pipeline("going", grain="day", zone="UTC", start="2013-01-01")
    assert form_of(going, "data", ())["span"].resolve() is None
    assert form_of(going, "training", ())["as_of"].resolve() is None


def test_a_key_that_is_not_configured_is_refused_with_the_nearest():
    with pytest.raises(DefinitionError, match=r"form of pipeline flights: pipeline.yaml has no key 'training.windw'.*'training.window'"):
        form_of(load_pipeline("flights"), "training", ("training.windw",))
