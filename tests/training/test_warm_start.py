"""Warm start: parameters are carried by the names of columns, the fit takes fewer steps to the same place, and what cannot be is told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from components.artifacts.choice import Candidate, Choice, Proposal, Trial
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.split import Fold, Split
from components.artifacts.start import Start
from components.runtime.errors import ConfigError, DataError
from components.runtime.instants import to_micros
from components.runtime.window import Window
from components.training.component import TrainingConfig, fit_model, try_candidate
from components.training.estimators import LINEAR, NETWORKS, STARTABLE, allow, build_estimator
from components.training.fitting import Fitted, Fitting
from components.training.rows import inputs_of
from components.training.warm_start import begin
from tests.saving import loaded_again
from tests.windows import days, features, labels, window_of

EXTENDED = {
    "sklearn.linear_model.SGDClassifier": "classification",
    NETWORKS[0]: "classification",
    NETWORKS[1]: "regression",
}
PARAMETERS: Mapping[str, Mapping[str, bool | int | float | str | None]] = {
    "LogisticRegression": {},
    "ElasticNet": {"alpha": 0.001},
    "PoissonRegressor": {"alpha": 0.01},
    "SGDClassifier": {"loss": "log_loss", "alpha": 0.01, "max_iter": 400, "tol": 1e-4, "learning_rate": "constant", "eta0": 1e-3},
    "SGDRegressor": {"alpha": 0.01, "max_iter": 400, "tol": 1e-4, "learning_rate": "constant", "eta0": 1e-4},
    "MLPClassifier": {"hidden_layer_sizes": 4, "max_iter": 300, "tol": 1e-3, "n_iter_no_change": 3, "learning_rate_init": 0.02},
    "MLPRegressor": {"hidden_layer_sizes": 4, "max_iter": 300, "tol": 1e-3, "n_iter_no_change": 3, "learning_rate_init": 0.02},
}
FITTING = Fitting(estimators=allow(EXTENDED))  # type: ignore[arg-type]
NUMBERS = 8


def stream(week: int, *, carriers: Sequence[str] = ("AA", "B6", "DL"), without: Sequence[str] = (), n: int = 600) -> pl.DataFrame:
    """Return a week of rows: numbers of unlike scales that drift, carriers, and an outcome that follows both."""
    random = np.random.default_rng(week)
    mixed = random.normal(size=(n, NUMBERS)) @ (np.eye(NUMBERS) + 0.6)
    scale, centre = 10.0 ** np.arange(-2, NUMBERS - 2), 0.05 * week + np.arange(NUMBERS)
    carrier = random.integers(0, len(carriers), n)
    signal = mixed @ np.linspace(-0.5, 0.5, NUMBERS) + 0.4 * carrier
    outcome = (random.random(n) < 1 / (1 + np.exp(-signal))).astype(np.int8)
    columns = {
        "row_id": [f"{week}-{i}".encode() for i in range(n)],
        "span": [f"2013-W{week:02}"] * n,
        "carrier": [carriers[one] if i % 9 else None for i, one in enumerate(carrier)],
        **{f"x{i}": np.where(np.arange(n) % 11 == i, np.nan, (mixed[:, i] + centre[i]) * scale[i]) for i in range(NUMBERS)},
    }
    rows = pl.DataFrame(columns).with_columns(pl.col(f"x{i}").fill_nan(None) for i in range(NUMBERS)).drop(*without)
    return rows.with_columns(outcome=pl.Series(outcome), label=pl.Series(outcome).cast(pl.Float64), weight=1.0, source=pl.lit("outcome"))


def weeks(first: int) -> pl.DataFrame:
    """Return eight weeks of the stream: two windows a week apart share seven."""
    return pl.concat([stream(week, n=150) for week in range(first, first + 8)])


def candidate(path: str, **changed: object) -> Candidate:
    return replace(Candidate("one", path, PARAMETERS[path.rpartition(".")[2]], warm_start=True), **changed)


def fitted(one: Candidate, rows: pl.DataFrame, champion: Model | None = None) -> Fitted:
    return FITTING.fit(rows, one, None, champion)


def champion_of(one: Candidate, rows: pl.DataFrame, folder: Path) -> Model:
    """Return the model as the store gives it back."""
    found = fitted(one, rows)
    return loaded_again(Model.from_estimator(found.estimator, features=features_of(inputs_of(rows, ())), start=found.start), folder)


@pytest.mark.slow
@pytest.mark.parametrize("path", STARTABLE)
def test_a_fit_that_begins_at_last_weeks_model_takes_fewer_iterations_to_as_good_a_model(path: str, tmp_path: Path) -> None:
    one, new = candidate(path), weeks(2)
    champion = champion_of(one, weeks(1), tmp_path)
    cold, warm = fitted(one, new), fitted(one, new, champion)
    assert cold.start is not None
    assert warm.start is not None
    assert (cold.start.state, warm.start.state) == ("no-champion", "warm")
    assert warm.start.iterations < cold.start.iterations, (warm.start, cold.start)
    metric = "log_loss" if FITTING.task(one) == "classification" else "rmse"
    losses = [FITTING.score(done.estimator, new, FITTING.task(one))[metric] for done in (cold, warm)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-4 if path in LINEAR and "SGD" not in path else 0.05)


@pytest.mark.parametrize("path", [path for path in STARTABLE if not path.endswith(("ElasticNet", "MLPClassifier", "MLPRegressor"))])
def test_the_first_step_stands_on_the_champions_own_function(path: str, tmp_path: Path) -> None:
    one, new = candidate(path), stream(2)
    champion = champion_of(one, stream(1), tmp_path)
    prepared = FITTING.prepare(new, one, champion)
    assert prepared.start == Start("warm", 3 + 1 + 2 * NUMBERS)
    estimator = prepared.pipeline["estimator"]
    ours = np.asarray(prepared.matrix) @ np.atleast_2d(estimator.coef_).T + estimator.intercept_
    before = champion.estimator()
    theirs = before["columns"].transform(inputs_of(new, ())) @ np.atleast_2d(before["estimator"].coef_).T + before["estimator"].intercept_  # type: ignore[index]
    flags = [i for i in range(NUMBERS) if new[f"x{i}"].null_count()]
    known = new.select(pl.all_horizontal(pl.col(f"x{i}").is_not_null() for i in flags)).to_series().to_numpy()
    assert ours[known] == pytest.approx(theirs[known], abs=1e-9), "but for nulls, which each fills with its own median"


def test_new_columns_begin_at_zero_and_gone_ones_are_left_out_and_counted(tmp_path: Path) -> None:
    one = candidate(LINEAR[0])
    champion = champion_of(one, stream(1, without=["x0"]), tmp_path)
    prepared = FITTING.prepare(stream(2, carriers=("AA", "B6", "ZZ"), without=["x1"]), one, champion)
    assert prepared.start == Start("warm", 3 + 2 * 6, 1 + 2, 1 + 2), "a carrier, a number and the flag of its nulls"
    names = list(prepared.pipeline["columns"].get_feature_names_out())
    weights = dict(zip(names, prepared.pipeline["estimator"].coef_[0], strict=True))
    assert [name for name, weight in weights.items() if weight == 0] == [
        "categorical__carrier_ZZ",
        "numeric__x0",
        "numeric__missingindicator_x0",
    ]


def test_other_classes_estimators_and_layers_begin_at_nothing_and_say_why(tmp_path: Path) -> None:
    one, rows = candidate(LINEAR[0]), stream(1)
    champion = champion_of(one, rows, tmp_path)
    pipeline = build_estimator(one, ["carrier"], ["x1"])
    assert begin(pipeline, one, champion, [0, 1, 2]) == Start("other-classes")
    other = candidate("sklearn.linear_model.SGDClassifier")
    assert begin(build_estimator(other, ["carrier"], ["x1"], FITTING.estimators), other, champion, [0, 1]) == Start("other-estimator")
    assert begin(pipeline, one, None, [0, 1]) == Start("no-champion")
    assert not pipeline["estimator"].warm_start
    small, wide = candidate(NETWORKS[0]), candidate(NETWORKS[0], parameters={"hidden_layer_sizes": 7})
    (tmp_path / "network").mkdir()
    network = champion_of(small, rows.head(60), tmp_path / "network")
    assert FITTING.prepare(rows, wide, network).start == Start("other-shape")


def test_a_calibrated_candidate_begins_at_what_lies_below_the_champions_calibration(tmp_path: Path) -> None:
    one = candidate(LINEAR[0], calibration="sigmoid")
    start = fitted(one, weeks(2), champion_of(one, weeks(1), tmp_path)).start
    assert start is not None
    assert start.state == "warm"


@pytest.mark.parametrize("path", [LINEAR[0], NETWORKS[0]])
def test_the_same_rows_and_champion_give_the_same_bytes(path: str, tmp_path: Path) -> None:
    one, columns = candidate(path), features_of(inputs_of(stream(2), ()))
    champion = champion_of(one, stream(1), tmp_path)
    made = [Model.from_estimator(fitted(one, stream(2), champion).estimator, features=columns).content for _ in range(2)]
    assert made[0] == made[1]


def test_estimators_that_cannot_start_are_refused_and_told_which_can() -> None:
    with pytest.raises(
        ConfigError, match=r"cannot start from the champion; of estimators sklearn.linear_model.LogisticRegression.*MLPRegressor can"
    ):
        build_estimator(Candidate("trees", warm_start=True), [], ["delay"])
    with pytest.raises(ConfigError, match="solver liblinear"):
        build_estimator(Candidate("one", LINEAR[0], {"solver": "liblinear"}, warm_start=True), [], ["delay"])


SPANS = days(6)
AS_OF = SPANS[-1].end
KEYS = tuple(span.key for span in SPANS)
CONFIG = TrainingConfig(excluded=("hour",))
WARM = Candidate("linear", LINEAR[0], warm_start=True)


def window() -> Window[Features]:
    return window_of(SPANS, features)


def split_of(*folds: Fold) -> Split:
    return Split(to_micros(AS_OF), to_micros(AS_OF), KEYS, (), (), (), (), (), {}, folds)


def model_as_of(until: int, known: Labels | None = None) -> Model:
    """Return a model that says it knows nothing from after an instant."""
    choice = Choice((Trial(Proposal(WARM), {}, 0),), 0, "")
    made = fit_model(window(), known or labels(SPANS, AS_OF), choice, split_of(), AS_OF, config=CONFIG)
    return replace(made, figures={**made.figures, "trained_until": until})


def test_a_trial_begins_at_the_champion_only_on_folds_whose_outcomes_it_cannot_know() -> None:
    folds = split_of(Fold(KEYS[:2], KEYS[2:4]), Fold(KEYS[:4], KEYS[4:]))
    known = labels(SPANS, AS_OF)

    def n_warm(until: int) -> int:
        return try_candidate(window(), known, folds, Proposal(WARM), model_as_of(until), config=CONFIG).trials[0].n_warm

    assert [n_warm(to_micros(SPANS[place].start)) for place in (2, 4)] == [2, 1]
    assert n_warm(to_micros(SPANS[4].start) + 1) == 0
    assert try_candidate(window(), known, folds, Proposal(WARM), config=CONFIG).trials[0].n_warm == 0


def test_a_model_says_where_its_fit_began_and_refuses_a_champion_of_a_later_date(tmp_path: Path) -> None:
    choice, known = Choice((Trial(Proposal(WARM), {}, 0),), 0, ""), labels(SPANS, AS_OF)
    assert model_as_of(0).start == replace(Start("no-champion"), iterations=model_as_of(0).start.iterations)  # type: ignore[union-attr]
    made = fit_model(window(), known, choice, split_of(), AS_OF, model_as_of(to_micros(AS_OF)), config=CONFIG)
    assert made.start is not None
    assert made.summary()["start"] == "warm"
    assert loaded_again(made, tmp_path).start == made.start
    with pytest.raises(DataError, match="the champion is of a later date"):
        fit_model(window(), known, choice, split_of(), AS_OF, model_as_of(to_micros(AS_OF) + 1), config=CONFIG)
