"""`almanac backfill`: many spans in either order, each failing alone."""

from components.store.store import Store
from tests.cli.conftest import Almanac
from tests.pipelines import Shop, made

SPAN = ("2013-03-09", "2013-03-12")


def test_spans_are_run_and_then_reused_in_either_order(shop: Shop, almanac: Almanac) -> None:
    first = almanac("backfill", "shop", *SPAN).output
    assert "4 spans: " in first
    assert "0 spans failed" in first
    with Store.open() as store:
        before = made(store)
    again = almanac("backfill", "shop", *SPAN, "--reverse").output
    assert "4 spans: 0 steps computed" in again
    with Store.open() as store:
        assert made(store) == before
        assert {run.lane for run in store.runs.recent()} == {"backfill"}


def test_a_failing_span_stops_only_itself_and_the_exit_status_says_so(shop: Shop, almanac: Almanac) -> None:
    shop.write({"2013-03-10": [-1]})
    output = almanac("backfill", "shop", *SPAN, status=1).output
    assert "1 spans failed" in output
    assert "2013-03-10: 2013-03-10: an amount is not known" in output
    with Store.open() as store:
        assert sorted(run.state for run in store.runs.recent()) == ["COMPLETE", "COMPLETE", "COMPLETE", "FAILED"]


def test_a_dry_run_plans_and_runs_nothing(shop: Shop, almanac: Almanac) -> None:
    almanac("backfill", "shop", *SPAN)
    shop.times = (3,)
    output = almanac("backfill", "shop", *SPAN, "--dry-run").output
    assert output.count("recompute 1") == 4
    assert "changed: config: times" in output
    with Store.open() as store:
        assert len(store.runs.recent()) == 4
