"""`almanac report`: a page over a window."""

import json
from pathlib import Path

import pytest

from components.runtime.errors import ConfigError, DataError
from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop


def test_a_window_is_reported_beside_its_baseline(shop: Shop, almanac: Almanac) -> None:
    almanac("backfill", "shop", "2013-03-08", "2013-03-15")
    output = almanac("report", "statistics", "shop", "--as-of", "2013-03-16", "--window", "3", "--baseline", "5").output
    assert "2013-03-13 to 2013-03-15" in output
    assert {"column", "missing", "distinct", "typical", "change"} <= set(output.split())
    assert all(name in output for name in ("event_time", "amount"))
    page = Path(output.rpartition("report  ")[2].strip())
    body = json.loads(page.with_name("statistics.json").read_text(encoding="utf-8"))
    assert (body["n_window"], len(body["spans"])) == (3, 8)
    assert body["n_rows"] == sum(len(shop.rows[f"2013-03-{day}"]) for day in (13, 14, 15))


def test_a_window_that_was_never_computed_says_what_to_do(shop: Shop, almanac: Almanac) -> None:
    with pytest.raises(DataError, match="`almanac backfill shop 2013-03-09 2013-03-15`"):
        almanac("report", "statistics", "shop", "--as-of", "2013-03-16")


def test_what_broke_in_a_window_is_listed_and_leads_to_the_columns_statistics(shop: Shop, almanac: Almanac) -> None:
    shop.write({"2013-03-12": [9_999], "2013-03-13": [1, 9_999]})
    almanac("backfill", "shop", "2013-03-08", "2013-03-15")
    output = almanac("report", "anomalies", "shop", "--as-of", "2013-03-16", "--window", "8", "--baseline", "0").output
    assert "1 failure on 2 of 8 spans." in output
    assert "2013-03-12 to 2013-03-13, 2 spans" in output
    folder = Path(output.rpartition("report  ")[2].strip()).parent
    (broken,) = json.loads((folder / "anomalies.json").read_text(encoding="utf-8"))["anomalies"]
    assert broken["touches"][0].startswith("nothing ran of it: total")
    page, anchor = broken["chart"].split("#")
    assert f'id="{anchor}"' in (folder / page).read_text(encoding="utf-8")


def test_alarms_of_the_window_are_listed(shop: Shop, almanac: Almanac) -> None:
    shop.write({"2013-03-12": [9_999]})
    almanac("backfill", "shop", "2013-03-12", "2013-03-13")
    with Store.open() as store:
        alarm = {"span": "2013-03-12", "rank": 4.5, "drifted": []}
        store.ledger("shop").append("alarm", "amount", alarm, lane="production", effective_from=0, known_at=0, who="drift", why="moved")
    output = almanac("report", "anomalies", "shop", "--as-of", "2013-03-14", "--window", "2", "--baseline", "0").output
    (line,) = [line.split() for line in output.splitlines() if line.strip().startswith("alarm")]
    assert line == ["alarm", "amount", "rank", "4.5", "2013-03-12"]


def test_anomalies_of_days_that_never_ran_say_what_to_do(shop: Shop, almanac: Almanac) -> None:
    with pytest.raises(DataError, match="`almanac backfill shop 2013-03-09 2013-03-15`"):
        almanac("report", "anomalies", "shop", "--as-of", "2013-03-16")


def test_an_unknown_report_names_the_nearest(shop: Shop, almanac: Almanac) -> None:
    assert shop.path.is_file()
    with pytest.raises(ConfigError, match="Nearest valid name: 'statistics'"):
        almanac("report", "statistic", "shop")


def test_labeling_functions_that_no_run_analysed_say_what_to_do(shop: Shop, almanac: Almanac) -> None:
    assert shop.path.is_file()
    with pytest.raises(DataError, match=r"no training run up to 2013-03-16 analysed.*`almanac run shop --as-of 2013-03-16`"):
        almanac("report", "labeling", "shop", "--as-of", "2013-03-16")
