from datetime import UTC, datetime

import pytest

from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline
from tests.pipelines import FIRST, Shop


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path / "x.csv").build()


def test_steps_belong_to_the_data_graph_or_to_the_training_graph(shop):
    assert [step.name for step in shop.of_graph("training")] == ["fit_level", "judge"]
    assert [step.name for step in shop.of_graph("data")][:3] == ["examples", "statistics", "findings"]


def test_a_step_names_what_it_reads_each_once(shop):
    assert shop.steps["total"].upstream == ["examples", "findings"]
    assert shop.steps["earlier"].upstream == ["examples", "findings"]
    assert shop.steps["examples"].upstream == []


def test_steps_come_after_what_they_read(shop):
    seen = set()
    for step in shop.steps.values():
        assert set(step.upstream) <= seen
        seen.add(step.name)


def test_each_step_is_a_group_of_its_own_unless_it_says_otherwise(shop):
    assert {name: [step.name for step in steps] for name, steps in shop.groups("training").items()} == {
        "fit_level": ["fit_level"],
        "judge": ["judge"],
    }


def test_the_mapped_parameter_is_known(shop):
    assert {name: step.mapped for name, step in shop.steps.items() if step.mapped} == {"doubled": "total", "scaled": "times"}


@pytest.mark.parametrize("name", ["Shop", "1shop", "my shop", "", "shop-2"])
def test_a_pipeline_has_a_plain_name(name):
    with pytest.raises(DefinitionError, match="lower-case"):
        Pipeline(name, grain="day", zone="UTC", start="2013-01-01")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"grain": "dya"}, "Nearest valid name: 'day'"),
        ({"zone": "America/NewYork"}, "Nearest valid name: 'America/New_York'"),
        ({"start": "2013-01-32"}, "no day of UTC"),
        ({"end": "2012-12-31"}, "ends before it starts"),
        ({"lag": "soon"}, "not a duration"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(DefinitionError, match=message):
        Pipeline("shop", **({"grain": "day", "zone": "UTC", "start": "2013-01-01"} | wrong))


def test_two_roots_of_one_name_are_refused(shop, tmp_path):
    with pytest.raises(DefinitionError, match="two roots are called 'sales'"):
        shop.source("sales", Shop(tmp_path / "x.csv").source)


def test_a_spans_as_of_is_its_end_and_the_lag():
    shop = Pipeline("shop", grain="day", zone="America/New_York", start=FIRST, lag="2 days")
    assert shop.span_as_of(shop.calendar.span("2013-03-09")) == datetime(2013, 3, 12, 4, tzinfo=UTC)


def test_the_newest_as_of_stops_with_the_history():
    shop = Pipeline("shop", grain="day", zone="UTC", start="2013-01-01", end="2013-01-31")
    assert shop.newest_as_of(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2013, 2, 1, tzinfo=UTC)
    assert shop.newest_as_of(datetime(2013, 1, 5, tzinfo=UTC)) == datetime(2013, 1, 5, tzinfo=UTC)


def test_a_definition_does_not_touch_its_source(tmp_path):
    Shop(tmp_path / "not" / "there.csv").build()
