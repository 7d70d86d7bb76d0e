"""Feature skew is how often each feature differs."""

from pathlib import Path

from components.artifacts.feature_skew import FeatureMismatch, FeatureSkew
from tests.saving import loaded_again

SKEW = FeatureSkew((FeatureMismatch("temp", 100, 25, 1, 2, "times 1.8", ("1 in training, 2 in serving",)),), 100, 3, 4, 2)


def test_feature_skew_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    assert loaded_again(SKEW, tmp_path) == SKEW


def test_a_rate_is_a_share_of_the_pairs_and_0_without_any() -> None:
    assert SKEW.features[0].rate == 0.25
    assert FeatureMismatch("temp", 0, 0).rate == 0.0
    assert SKEW.summary() == {"n_joined": 100, "n_only_training": 3, "n_only_serving": 4, "worst_rate": 0.25}
