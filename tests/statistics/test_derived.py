from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.statistics import Statistics
from components.measures.summaries import merge
from components.statistics.component import StatisticsConfig, generate_statistics
from components.statistics.derived import KINDS, derived


def parts(values: list[object], kind: pa.DataType | None = None, *, details: bool = True) -> dict[str, list[object]]:
    return {name: column.to_pylist() for name, column in derived("x", pa.chunked_array([pa.array(values, kind)]), details=details)}


def statistics_of(**columns: object) -> Statistics:
    n_rows = len(next(iter(columns.values())))
    times = pa.array([datetime(2013, 1, 1, tzinfo=UTC)] * n_rows, pa.timestamp("us", "UTC"))
    return generate_statistics(Examples.from_arrow(pa.table({"event_time": times, **columns})), config=StatisticsConfig(details=True))


def test_structs_and_lists_are_told_apart_by_path() -> None:
    values = [{"a": 1, "b": [{"c": "u"}, {"c": None}]}, None, {"a": None, "b": []}]
    assert parts(values, details=False) == {
        "x.a": [1, None, None],
        "x.b": [[{"c": "u"}, {"c": None}], None, []],
        "x.b[]": [{"c": "u"}, {"c": None}],
        "x.b[].c": ["u", None],
    }


def test_the_keys_and_items_of_a_map_are_columns() -> None:
    assert parts([[("k", 1), ("m", None)], None], pa.map_(pa.string(), pa.int64()), details=False) == {
        "x.key": ["k", "m"],
        "x.item": [1, None],
    }


@pytest.mark.parametrize("kind", [pa.large_list(pa.int8()), pa.list_(pa.int8(), 2)])
def test_lists_of_any_storage_have_elements(kind: pa.DataType) -> None:
    assert parts([[1, 2], None, [3, None]], kind) == {"x[]": [1, 2, 3, None]}


def test_an_instant_has_an_hour_a_weekday_gaps_and_an_order() -> None:
    monday = datetime(2013, 1, 7, 3, tzinfo=UTC)
    found = parts([monday, None, monday + timedelta(hours=30), monday + timedelta(hours=29)], pa.timestamp("us", "America/New_York"))
    assert found == {
        "x:hour": [22, None, 4, 3],
        "x:weekday": [7, None, 2, 2],
        "x:gap": [timedelta(hours=30), timedelta(hours=-1)],
        "x:ordered": [True, False],
    }
    assert parts([date(2013, 1, 7), date(2013, 1, 9)]) == {"x:weekday": [1, 3], "x:gap": [timedelta(days=2)], "x:ordered": [True]}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-1.5e3", "number"), (" 7 ", "number"), (".5", "number"), ("1.2.3", "text"), ("", "empty"), ("  ", "empty"),
        ("2013-01-05", "date"), ("2013-01-05T23:59:00Z", "date"), ("2013-13-05", "text"),
        ("https://example.org/a?b=c", "url"), ("http:// x", "text"), ("a.b+c@example.org", "email"), ("a@b", "text"),
        ("192.168.0.255", "ip"), ("192.168.0.256", "text"), ("2001:db8::1", "ip"), ("::1", "ip"),
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "uuid"), ("né", "text"),
    ],
)  # fmt: skip
def test_a_text_has_a_kind(text: str, kind: str) -> None:
    assert parts([text])["x:kind"] == [kind]


def test_a_text_has_bytes_and_words_of_any_script() -> None:
    found = parts(["Né, über! né", None, "漢字 42", "..."])
    assert found["x:bytes"] == [15, None, 9, 3]
    assert found["x:words"] == ["né", "über", "né", "漢字", "42"]
    assert found["x:kind"] == ["text", None, "text", "text"]


def test_a_plain_column_derives_nothing() -> None:
    assert parts([1, 2]) == {}
    assert parts(["a"], details=False) == {}


@pytest.mark.parametrize("n", [0, 2])
def test_empty_and_null_columns_derive_empty_ones(n: int) -> None:
    for kind in (pa.string(), pa.timestamp("us"), pa.date32(), pa.list_(pa.struct({"a": pa.int8()})), pa.map_(pa.string(), pa.int8())):
        assert all(not any(value is not None for value in values) for values in parts([None] * n, kind).values())


def test_derived_columns_have_statistics_and_leave_the_rows_alone() -> None:
    found = statistics_of(tags=[["a", "b", "b"], [], None], mail=["a@b.org", "x", "a@b.org"])
    assert found.n_rows == 3
    assert found.column("tags").maximum == 3
    assert dict(found.column("tags[]").top) == {"b": 2, "a": 1}
    assert found.column("mail:kind").top["email"] == 2
    assert dict(found.column("event_time:hour").histogram.__dict__)["counts"].tolist() == [3]
    assert set(found.column("mail:kind").top) <= {*KINDS, "text"}


def test_a_column_of_the_rows_goes_before_a_derived_one_of_its_name() -> None:
    found = statistics_of(s=[{"a": 1}], **{"s.a": ["text"]})
    assert found.column("s.a").type == "string"


def test_merged_days_have_the_derived_columns_of_their_rows() -> None:
    def columns(day: int) -> dict[str, object]:
        at = [datetime(2013, 1, day, hour, tzinfo=UTC) for hour in (1, 5, 5, 22)]
        return {
            "at": at,
            "note": ["a b", None, f"{day}", "a"],
            "tags": [["x"], [], None, ["y", "x"]],
            "deep": [{"v": day}, None, {"v": 1}, {}],
        }

    days = [statistics_of(**columns(day)) for day in (1, 2)]
    both = statistics_of(**{name: [*columns(1)[name], *columns(2)[name]] for name in columns(1)})
    merged = merge(days[::-1])
    assert merged.columns == both.columns
    for name in [name for name in both.columns if not name.endswith((":gap", ":ordered"))]:
        one, other = merged.column(name), both.column(name)
        assert (one.n_rows, one.n_missing, one.top, one.distinct) == (other.n_rows, other.n_missing, other.top, other.distinct)
        assert one.histogram.counts.tolist() == other.histogram.counts.tolist()
    assert both.column("at:gap").count == merged.column("at:gap").count + 1  # the gap between the days is in neither day
