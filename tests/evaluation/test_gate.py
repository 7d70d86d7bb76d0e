"""The gate at its bounds: intervals that keep a bound, that miss it, and that lie on both sides."""

import pytest

from components.artifacts.decision import Check, Decision
from components.artifacts.evaluation import WORDS, Evaluation, Measurement, State
from components.artifacts.model import Model
from components.evaluation.gate import Floor, GateConfig, Slice, gate_model

MODEL = Model(b"", (), (), "")


def measured(metric: str, low: float, high: float, against: str = "", dimension: str = "", value_of: str = "") -> Measurement:
    return Measurement(metric, dimension, value_of, (low + high) / 2, low, high, 200, 7, "measured", against)


def missing(metric: str, state: State, against: str = "") -> Measurement:
    return Measurement(metric, "", "", None, None, None, 0, 0, state, against)


def decided(*measurements: Measurement, floors: tuple[Floor, ...] = (), metric: str = "roc_auc", margin: float = 0.01) -> Decision:
    config = GateConfig("model", floors, metric, margin)
    return gate_model(Evaluation(measurements, (), 0.95, 10), MODEL, config=config)


@pytest.mark.parametrize(
    ("metric", "low", "high", "verdict"),
    [
        ("roc_auc", 0.6, 0.7, "bless"),
        ("roc_auc", 0.59, 0.7, "inconclusive"),
        ("roc_auc", 0.5, 0.6, "inconclusive"),
        ("roc_auc", 0.5, 0.59, "reject"),
        ("log_loss", 0.5, 0.6, "bless"),
        ("log_loss", 0.5, 0.61, "inconclusive"),
        ("log_loss", 0.6, 0.7, "inconclusive"),
        ("log_loss", 0.61, 0.7, "reject"),
    ],
)
def test_the_whole_interval_must_keep_a_floor_its_bound_included(metric: str, low: float, high: float, verdict: str) -> None:
    decision = decided(measured(metric, low, high), floors=(Floor(metric, 0.6),))  # type: ignore[arg-type]
    assert decision.verdict == verdict
    assert decision.checks[0].asked == ("at least 0.6" if metric == "roc_auc" else "at most 0.6")


@pytest.mark.parametrize(
    ("metric", "low", "high", "verdict"),
    [
        ("roc_auc", -0.01, 0.03, "bless"),
        ("roc_auc", -0.02, 0.03, "inconclusive"),
        ("roc_auc", -0.05, -0.02, "reject"),
        ("brier", -0.03, 0.01, "bless"),
        ("brier", -0.03, 0.02, "inconclusive"),
        ("brier", 0.02, 0.05, "reject"),
    ],
)
def test_a_model_may_be_worse_than_the_champion_by_the_margin(metric: str, low: float, high: float, verdict: str) -> None:
    decision = decided(measured(metric, low, high, "champion"), metric=metric)
    assert decision.verdict == verdict
    assert decision.checks[0].rule == f"{metric} against the champion"


def test_without_a_champion_the_floors_decide_alone() -> None:
    decision = decided(measured("roc_auc", 0.6, 0.7), missing("roc_auc", "no-champion", "champion"), floors=(Floor("roc_auc", 0.5),))
    assert (decision.verdict, len(decision.checks)) == ("bless", 1)


@pytest.mark.parametrize("state", ["champion-saw-the-rows", "champion-takes-other-features", "too-few-rows", "one-class"])
def test_a_comparison_that_could_not_be_made_is_never_a_pass(state: State) -> None:
    decision = decided(measured("roc_auc", 0.6, 0.7), missing("roc_auc", state, "champion"), floors=(Floor("roc_auc", 0.5),))
    assert decision.verdict == "inconclusive"
    assert WORDS[state] in decision.sentence


def test_a_floor_that_could_not_be_measured_is_never_a_pass() -> None:
    assert decided(missing("roc_auc", "too-few-rows"), floors=(Floor("roc_auc", 0.5),)).reasons == [
        "roc_auc: asked at least 0.5, met too few rows"
    ]
    unheard = decided(measured("roc_auc", 0.6, 0.7), floors=(Floor("roc_auc", 0.5, "carrier", "ZZ"),))
    assert (unheard.verdict, unheard.reasons) == ("inconclusive", ["roc_auc of carrier ZZ: asked at least 0.5, met not measured"])


def test_a_value_without_an_interval_is_unknown() -> None:
    bare = Measurement("roc_auc", "", "", 0.9, None, None, 200, 1)
    assert decided(bare, floors=(Floor("roc_auc", 0.5),)).verdict == "inconclusive"


def test_a_floor_on_a_slice_reads_that_slice() -> None:
    floor = Floor("roc_auc", 0.5, "carrier", "B6")
    slices = (measured("roc_auc", 0.6, 0.7), measured("roc_auc", 0.3, 0.4, dimension="carrier", value_of="B6"))
    assert decided(*slices, floors=(floor,)).verdict == "reject"


def gated(*slices: Measurement, **settings: object) -> Decision:
    """Decide on a model that is fine overall and may not be worse on a slice."""
    measurements = (measured("roc_auc", 0.0, 0.02, "champion"), *slices)
    return gate_model(Evaluation(measurements, (), 0.95, 10), MODEL, config=GateConfig("model", **settings))  # type: ignore[arg-type]


def on(carrier: str, low: float, high: float, n_spans: int = 30) -> Measurement:
    return Measurement("roc_auc", "carrier", carrier, (low + high) / 2, low, high, 200, n_spans, "measured", "champion")


def test_a_critical_slice_must_be_shown_not_to_be_worse() -> None:
    critical = (Slice("carrier", "AA"),)
    assert gated(on("AA", -0.005, 0.02), critical=critical).verdict == "bless"
    assert gated(on("AA", -0.05, 0.02), critical=critical).verdict == "inconclusive"
    assert gated(on("AA", -0.05, -0.02), critical=critical).verdict == "reject"
    assert gated(critical=critical).reasons == [
        "roc_auc of carrier AA against the champion: asked not worse than the champion by 0.01, met not measured"
    ]


def test_any_other_slice_may_be_unsure_but_not_surely_worse() -> None:
    assert gated(on("AA", -0.05, 0.02), slice_margin=0.0).verdict == "bless"
    decision = gated(on("AA", -0.05, 0.02), on("B6", -0.2, -0.1), slice_margin=0.0)
    assert decision.verdict == "reject"
    assert "surely worse on 1: carrier B6 -0.1500 [-0.2000, -0.1000] on 200 rows of 30 spans" in decision.sentence


def test_what_is_bad_among_few_slices_is_chance_among_many() -> None:
    bad, others = on("AA", -0.2, -0.01), [on(str(i), -0.1, 0.1) for i in range(40)]
    assert gated(bad, slice_margin=0.0).verdict == "reject"
    assert gated(bad, *others, slice_margin=0.0).verdict == "bless"


def test_no_slice_to_compare_is_never_a_pass() -> None:
    few = Measurement("roc_auc", "carrier", "AA", None, None, None, 3, 1, "too-few-rows", "champion")
    assert gated(few, slice_margin=0.1).verdict == "inconclusive"


def test_a_margin_of_nothing_blesses_only_what_is_surely_better() -> None:
    same, better = measured("roc_auc", -0.001, 0.002, "champion"), measured("roc_auc", 0.001, 0.02, "champion")
    assert decided(same, margin=0.0).verdict == "inconclusive"
    assert decided(better, margin=0.0).verdict == "bless"
    assert decided(better, margin=-0.01).checks[0].asked == "better than the champion by 0.01"


def test_losses_get_worse_upwards_on_slices_too() -> None:
    loss = Measurement("log_loss", "carrier", "AA", 0.2, 0.1, 0.3, 200, 30, "measured", "champion")
    whole = measured("log_loss", -0.02, 0.0, "champion")
    config = GateConfig("model", metric="log_loss", slice_margin=0.0)
    assert gate_model(Evaluation((whole, loss), (), 0.95, 10), MODEL, config=config).verdict == "reject"
    gain = Measurement("log_loss", "carrier", "AA", -0.2, -0.3, -0.1, 200, 30, "measured", "champion")
    assert gate_model(Evaluation((whole, gain), (), 0.95, 10), MODEL, config=config).verdict == "bless"


def test_guards_are_margins_of_further_metrics() -> None:
    both = (measured("roc_auc", 0.0, 0.02, "champion"), measured("log_loss", 0.02, 0.04, "champion"))
    config = GateConfig("model", guards={"log_loss": 0.01})
    assert gate_model(Evaluation(both, (), 0.95, 10), MODEL, config=config).verdict == "reject"


def test_one_failed_check_rejects_whatever_the_others_say() -> None:
    checks = tuple(Check("r", outcome, "", "") for outcome in ("pass", "unknown", "fail"))
    assert Decision.of("model", checks).verdict == "reject"
    assert Decision.of("model", checks[:2]).verdict == "inconclusive"
    assert Decision.of("model", checks[:1]).verdict == "bless"


def test_a_gate_that_asks_nothing_decides_nothing() -> None:
    decision = decided(missing("roc_auc", "no-champion", "champion"))
    assert (decision.verdict, decision.sentence) == ("inconclusive", "inconclusive: no check was made")


def test_the_decision_names_the_step_of_the_model() -> None:
    assert decided().model_step == "model"
