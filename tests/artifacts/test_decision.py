"""A decision says what decided it, in plain words."""

from pathlib import Path

from components.artifacts.decision import Check, Decision
from tests.saving import loaded_again

PASSED = Check("roc_auc", "pass", "at least 0.5", "0.7000 [0.6000, 0.8000]")
FAILED = Check("brier", "fail", "at most 0.1", "0.2 → too much")
UNKNOWN = Check("roc_auc of carrier <b>", "unknown", "at least 0.5", "too-few-rows")


def test_a_decision_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    decision = Decision.of("model", (PASSED, FAILED, UNKNOWN))
    assert loaded_again(decision, tmp_path) == decision
    assert decision.summary() == {"verdict": "reject", "model_step": "model", "pass": 1, "fail": 1, "unknown": 1}


def test_the_sentence_gives_the_checks_that_decided() -> None:
    assert Decision.of("m", (PASSED, FAILED, UNKNOWN)).sentence == "rejected: brier: asked at most 0.1, met 0.2 → too much"
    assert Decision.of("m", (PASSED, UNKNOWN)).reasons == ["roc_auc of carrier <b>: asked at least 0.5, met too-few-rows"]
    assert Decision.of("m", (PASSED,)).sentence == "blessed: roc_auc: asked at least 0.5, met 0.7000 [0.6000, 0.8000]"
    assert Decision.of("m", ()).sentence == "inconclusive: no check was made"
