from datetime import UTC, datetime

import pytest

from components.runtime.errors import DefinitionError
from components.runtime.feeds import AsOf, Outputs, Ref, each, window
from components.runtime.instants import Duration
from components.runtime.spans import Calendar, Grain

TOTAL = Ref("total", "total", "total")
LIST = Ref("doubled", "total", "total", each=True)


def test_an_as_of_moved_back_keeps_the_local_clock():
    noon = datetime(2013, 3, 11, 16, tzinfo=UTC)  # noon in New York, the day after the clocks went forward
    moved = AsOf().minus("2 days").resolve(noon, Calendar(Grain.DAY, "America/New_York"))
    assert moved == datetime(2013, 3, 9, 17, tzinfo=UTC)


def test_an_as_of_moves_back_step_by_step():
    assert AsOf().minus("1 day").minus(Duration(2, "hour")).back == (Duration(1, "day"), Duration(2, "hour"))


def test_a_window_counts_spans():
    assert (window(TOTAL, "28 spans").n, window(TOTAL, "1 span").n) == (28, 1)
    assert window(TOTAL, "28 spans").made == "total"


@pytest.mark.parametrize("length", ["28", "28 days", "0 spans", "-1 spans", "spans", "2.5 spans"])
def test_a_window_of_anything_else_is_refused(length):
    with pytest.raises(DefinitionError, match="count of spans"):
        window(TOTAL, length)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"back": 0}, "earlier spans"),
        ({"on_absent": "skipp"}, "Nearest valid name: 'skip'"),
        ({"minimum": 29}, "minimum of 0 to 28"),
        ({"minimum": -1}, "minimum of 0 to 28"),
    ],
)
def test_a_window_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(DefinitionError, match=message):
        window(TOTAL, "28 spans", **arguments)


def test_a_fan_out_is_over_values_or_a_list_that_a_step_makes():
    assert each([1, 2]).over == (1, 2)
    assert each(LIST).over is LIST


@pytest.mark.parametrize("over", [[], TOTAL])
def test_a_fan_out_over_nothing_or_one_value_is_refused(over):
    with pytest.raises(DefinitionError, match=r"expected|Expected"):
        each(over)


def test_an_unknown_output_is_a_definition_error_with_the_nearest_name():
    outputs = Outputs({"low": TOTAL, "high": TOTAL})
    assert outputs.low is TOTAL
    with pytest.raises(DefinitionError, match="Nearest valid name: 'high'"):
        _ = outputs.hihg
    assert not hasattr(outputs, "__fspath__")
