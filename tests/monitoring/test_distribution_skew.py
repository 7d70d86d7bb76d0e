"""Training against serving by their statistics."""

from components.artifacts.model import Model
from components.artifacts.schema import Schema
from components.monitoring.distribution_skew import DistributionConfig, compare_distributions, compare_with_training
from components.runtime.instants import to_micros
from components.runtime.window import Window
from tests.spans_of_statistics import SPANS, statistics_of, usual

TRAINING = statistics_of(usual(0, 3000))


def codes(found) -> list[tuple[str, str]]:
    return [(one.code, one.where) for one in found.findings]


def test_two_samples_of_one_world_have_no_skew() -> None:
    assert codes(compare_distributions(TRAINING, statistics_of(usual(1, 3000)))) == []


def test_columns_types_and_distributions_are_told_apart() -> None:
    other = usual(1, 3000)
    serving = statistics_of({"level": other["level"] + 2, "code": other["level"], "extra": other["code"]})
    assert codes(compare_distributions(TRAINING, serving)) == [
        ("skew-distribution", "level"),
        ("skew-schema", "code"),
        ("skew-schema", "extra"),
    ]


def test_a_column_of_another_environment_may_be_absent() -> None:
    columns = {"event_time": {"type": "timestamp"}, "level": {"type": "float64"}, "code": {"type": "string", "environments": ("training",)}}
    schema = Schema.model_validate({"columns": columns, "environments": ("training", "serving")})
    serving = statistics_of({"level": usual(1, 3000)["level"]})
    assert codes(compare_distributions(TRAINING, serving, schema, config=DistributionConfig(environment="serving"))) == []
    assert codes(compare_distributions(TRAINING, serving, schema)) == [("skew-schema", "code")]


def test_a_threshold_of_the_schema_takes_the_place_of_the_default() -> None:
    serving = statistics_of({**usual(1, 3000), "level": usual(1, 3000)["level"] + 2})
    for threshold, expected in ((0.9, []), (0.1, [("skew-distribution", "level")])):
        columns = {
            "event_time": {"type": "timestamp"},
            "level": {"type": "float64", "skew": {"measure": "kolmogorov_smirnov", "threshold": threshold}},
        }
        assert codes(compare_distributions(TRAINING, serving, Schema.model_validate({"columns": columns}))) == expected


def test_without_rows_nothing_is_judged() -> None:
    empty = statistics_of({name: values[:0] for name, values in usual(0).items()})
    assert compare_distributions(TRAINING, empty).state == "no-baseline"


def test_the_live_models_training_window_is_held_against_what_came_since() -> None:
    def champion(place: int) -> Model:
        return Model(b"", (), (0, 1), "none", figures={"trained_until": to_micros(SPANS[place].end)})

    days = [usual(place, 600) for place in range(20)]
    for day in days[13:]:
        day["level"] = day["level"] + 2
    window = Window(tuple(SPANS[:20]), tuple(statistics_of(day) for day in days))
    assert codes(compare_with_training(champion(12), window)) == [("skew-distribution", "level")]
    assert compare_with_training(None, window).state == "no-champion"
    assert compare_with_training(champion(19), window).state == "no-baseline"
