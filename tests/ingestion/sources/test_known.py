"""Which spans a file is named for."""

import pytest

from components.ingestion.sources.known import spans_named
from components.runtime.spans import Calendar, Grain


@pytest.mark.parametrize(
    ("pattern", "name", "grain", "spans"),
    [
        ("{YYYY-MM-DD}.csv", "2013-03-10.csv", Grain.DAY, ["2013-03-10"]),
        ("{YYYY}/{MM}/{DD}/*.csv", "2013/03/12/a.csv", Grain.MONTH, ["2013-03"]),
        ("{YYYY-MM-DD}T{HH}.csv", "2013-03-12T05.csv", Grain.HOUR, ["2013-03-12T05"]),
        ("{SPAN}.csv", "2013-W11.csv", Grain.WEEK, ["2013-W11"]),
        ("{SPAN}.csv", "2013-W11.csv", Grain.DAY, []),
        ("{YYYY-MM-DD}.csv", "2013-02-30.csv", Grain.DAY, []),
        ("v{VERSION}.csv", "v7.csv", Grain.DAY, []),
        ("only.csv", "only.csv", Grain.DAY, []),
    ],
)
def test_a_name_tells_its_spans_where_it_holds_a_whole_date(pattern: str, name: str, grain: Grain, spans: list[str]) -> None:
    assert spans_named(pattern, name, Calendar(grain, "America/New_York")) == spans


def test_a_file_of_a_day_holds_every_hour_of_it() -> None:
    found = spans_named("{YYYY-MM-DD}.csv", "2013-03-10.csv", Calendar(Grain.HOUR, "America/New_York"))
    assert (found[0], found[-1], len(found)) == ("2013-03-10T00", "2013-03-10T23", 23)
