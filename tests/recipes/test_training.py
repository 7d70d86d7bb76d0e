"""What `pipeline.yaml` says reaches the steps of the training graph."""

import pytest

from components.run.catalog import load_pipeline
from components.runtime.errors import ConfigError
from components.runtime.graph import LedgerRoot
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


LOGISTIC = {"name": "logistic", "estimator": "sklearn.linear_model.LogisticRegression"}


def test_a_warm_start_that_cannot_be_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match=r"candidate 'logistic': warm_start among the parameters has nothing to go on from"):
        config_of("split", training__candidates=[{**LOGISTIC, "parameters": {"warm_start": True}}])
    with pytest.raises(ConfigError, match=r"candidate 'trees': it cannot start from the champion; of estimators .*LogisticRegression"):
        config_of("split", training__candidates=[{"name": "trees", "warm_start": True}])
    with pytest.raises(ConfigError, match="warm_start goes with neither purge nor hold_out"):
        config_of("split", training__candidates=[{**LOGISTIC, "warm_start": True}], training__purge="carrier")


def test_a_warm_start_brings_the_champion_as_of_the_cut_to_rehearsal_and_trials_and_that_of_today_to_the_model() -> None:
    cold = load_pipeline("flights")
    assert [root for root in cold.roots if "champion" in root] == ["champion"]
    warm = load_pipeline("flights", {"training.candidates": [{**LOGISTIC, "warm_start": True}]})
    fed = {name: warm.steps[name].feeds["champion"] for name in ("try_candidate", "rehearsal", "model")}
    cut = warm.steps["rehearsal"].feeds["as_of"]
    assert fed["try_candidate"] == fed["rehearsal"] == LedgerRoot("champion", "champion_then", cut)  # type: ignore[arg-type]
    assert fed["model"] == LedgerRoot("champion", "champion")
