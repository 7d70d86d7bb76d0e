"""What `pipeline.yaml` says reaches the steps of the training graph."""

import pytest

from components.run.catalog import load_pipeline
from components.runtime.errors import ConfigError
from components.splitting.component import HoldOut, SplitConfig


def config_of(step: str, **overrides: object) -> object:
    return load_pipeline("flights", {key.replace("__", "."): value for key, value in overrides.items()}).steps[step].config["config"]


def test_purged_groups_and_held_out_keys_are_said_in_the_configuration() -> None:
    held = {"columns": ["dest"], "share": 0.1, "salt": "2013"}
    found = config_of("split", training__purge="carrier", training__hold_out=held)
    assert found == SplitConfig(purge="carrier", hold_out=HoldOut(("dest",), 0.1, "2013"))


def test_slices_that_the_gate_asks_about_are_measured() -> None:
    floors = [{"metric": "roc_auc", "bound": 0.5, "dimension": "distance > 1000", "value_of": "yes"}]
    critical = [{"dimension": "quantiles(distance, 4)", "value_of": "below 500"}]
    found = config_of("evaluate", gate__floors=floors, gate__critical=critical, evaluation__slices=["carrier"])
    assert found.slices == ("carrier", "distance > 1000", "quantiles(distance, 4)")  # type: ignore[attr-defined]


def test_what_is_no_slice_is_refused_where_it_is_said() -> None:
    with pytest.raises(ConfigError, match=r"'distance >' is no slice"):
        config_of("evaluate", evaluation__slices=["distance >"])


def test_a_warm_start_is_refused_before_anything_is_read() -> None:
    warm = {"name": "logistic", "estimator": "sklearn.linear_model.LogisticRegression", "parameters": {"warm_start": True}}
    with pytest.raises(ConfigError, match=r"candidate 'logistic': warm_start has nothing to go on from"):
        config_of("split", training__candidates=[warm])
