import pytest

from components.artifacts.examples import Examples
from components.ingestion.component import ingest_examples
from components.run.basis import Basis
from components.run.evaluation import Evaluation
from components.run.opening import deliver, take_snapshot
from components.run.session import run_graph
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline, each
from components.runtime.window import Each
from components.store.records import ArtifactRecord
from components.store.resolver import Resolver
from tests.pipelines import FIRST, Shop, Total, days, double, gather, made, states
from tests.run.conftest import day_request


@pytest.fixture
def backend():
    return "sqlite"


@component
def take_large(examples: Examples) -> Each[Total]:
    """Return the amounts above a thousand: none."""
    return Each(Total(one) for one in examples.to_arrow(["amount"]).column("amount").to_pylist() if one > 1000)


@component
def take_nothing() -> Each[Total]:
    """Return one number."""
    return Each([Total(1)])


class Settling:
    """Answers each task with its key, so that equal answers are equal inputs."""

    def __call__(self, task):
        if task.stops is not None:
            return dict.fromkeys(task.step.component.outputs, task.stops)
        record = ArtifactRecord(0, "x", task.key.digest, task.label, task.known_at, summary={"failed": False})
        return dict.fromkeys(task.step.component.outputs, (record,))


def test_a_window_ends_before_the_span_of_its_step(run_day, store, shop):
    run = run_day(shop, "2013-03-12")
    assert store.run(run.id)["earlier"].parts == ("2013-03-12", "2013-03-09", "2013-03-10", "2013-03-11")


def test_spans_of_a_window_that_nobody_made_are_made(run_day, store, shop):
    run_day(shop, "2013-03-12")
    assert {span for step, span, *_ in made(store) if step == "examples"} == {"2013-03-09", "2013-03-10", "2013-03-11", "2013-03-12"}
    assert {span for step, span, *_ in made(store) if step == "total"} == {"2013-03-12"}


def test_each_absent_span_of_a_window_says_why(run_day, store, tmp_path):
    sales = Shop(tmp_path / "sales.csv", limit=200).write({"2013-03-08": [1], "2013-03-10": [500], "2013-03-11": [4]})
    run = run_day(sales.build(), "2013-03-11")
    found = store.run(run.id)["earlier"]
    assert found.parts == ("2013-03-11", "2013-03-08", "2013-03-09:empty", "2013-03-10:failed-validation")
    assert found.value == 1
    run = run_day(sales.build(), "2013-03-08")
    assert store.run(run.id)["earlier"].parts[1:] == ("2013-03-05:before-history", "2013-03-06:before-history", "2013-03-07:before-history")


def test_a_span_that_was_not_delivered_says_so(run_day, store, sales):
    run = run_day(sales.build(), "2013-03-22")  # two days after the last row
    assert store.run(run.id).artifacts.keys() == {"earlier", "earlier.total"}
    assert store.run(run.id)["earlier"].parts[1:] == ("2013-03-19", "2013-03-20:no-delivery", "2013-03-21:no-delivery")


def test_an_absent_span_blocks_a_window_that_says_so(run_day, tmp_path):
    shop = Shop(tmp_path / "sales.csv", on_absent="block").write().build()
    run_day(shop, "2013-03-11")
    with pytest.raises(DataError, match=r"'earlier' wants 3 spans of examples.*2 are there; absent: 2013-03-07 \(before-history\)"):
        run_day(shop, "2013-03-10")


def test_a_window_wants_its_minimum(run_day, tmp_path):
    shop = Shop(tmp_path / "sales.csv", minimum=2).write().build()
    run_day(shop, "2013-03-10")
    with pytest.raises(DataError, match=r"wants 2 spans of examples.*1 are there.*lower minimum"):
        run_day(shop, "2013-03-09")


def test_a_failed_span_is_absent_downstream_and_other_spans_go_on(run_day, store, tmp_path):
    shop = Shop(tmp_path / "sales.csv", limit=100).write({"2013-03-08": [1], "2013-03-09": [101], "2013-03-10": [3]}).build()
    failed = run_day(shop, "2013-03-09")
    assert failed.state == "COMPLETE"
    assert failed.verdict.startswith("2013-03-09: findings failed the span; nothing downstream of it ran: ")
    assert states(store, failed.id) == {
        "examples": "COMPLETE", "statistics": "COMPLETE", "findings": "COMPLETE", "total": "ABSENT", "split_amounts": "ABSENT",
        "doubled": "ABSENT", "gathered": "ABSENT", "scaled": "ABSENT", "earlier": "COMPLETE",
    }  # fmt: skip
    assert {one.key_parts["absent"] for one in store.executions("shop").of_run(failed.id) if one.state == "ABSENT"} == {"failed-validation"}
    assert store.run(run_day(shop, "2013-03-10").id)["total"] == Total(3, ("2013-03-10",))


def test_an_empty_span_is_absent_and_no_error(run_day, store, tmp_path):
    shop = Shop(tmp_path / "sales.csv").write({"2013-03-08": [1], "2013-03-10": [3]}).build()
    run = run_day(shop, "2013-03-09")
    assert run.verdict == "2013-03-09: no rows, 0 warnings"
    assert set(states(store, run.id).values()) == {"ABSENT", "COMPLETE"}


def test_a_step_is_mapped_over_the_list_that_another_returns(run_day, store, shop):
    found = store.run(run_day(shop, "2013-03-11").id)  # amounts 77, 78, 79, 80
    assert [found[f"doubled[{i}]" if i else "doubled"].value for i in range(4)] == [154, 156, 158, 160]


def test_a_list_is_gathered_in_its_order(run_day, store, shop):
    assert store.run(run_day(shop, "2013-03-11").id)["gathered"] == Total(628, ("154", "156", "158", "160"))


def test_a_step_is_mapped_over_configuration(run_day, store, shop):
    found = store.run(run_day(shop, "2013-03-08").id)
    assert (found["scaled"].value, found["scaled[1]"].value) == (56, 112)


def test_an_empty_list_fans_out_over_nothing_and_gathers_to_nothing(run_day, store, sales):
    shop = Pipeline("shop", grain="day", zone="UTC", start=FIRST)
    examples = shop.add(ingest_examples, name="examples", deliveries=shop.source("sales", sales.source))
    doubled = shop.add(double, name="doubled", total=each(shop.add(take_large, examples=examples)))
    shop.add(gather, name="gathered", totals=doubled)
    for key in ("first", "second"):
        run = run_day(shop, "2013-03-11", key=key)
        assert store.run(run.id)["gathered"] == Total(0)
    assert states(store, run.id) == {"examples": "CACHED", "take_large": "CACHED", "gathered": "CACHED"}


def test_a_training_window_ends_before_its_as_of(train, store, shop):
    run = train(shop, "2013-03-14")
    found = store.run(run.id)["fit_level"]
    assert found.parts[2:] == ("2013-03-08", "2013-03-09", "2013-03-10", "2013-03-11", "2013-03-12")  # until one day before the as-of
    assert store.run(run.id).artifacts["fit_level"].span == "2013-03-08/2013-03-12"


def test_an_as_of_is_an_input(train, store, shop):
    models = [store.run(train(shop, day).id)["fit_level"] for day in ("2013-03-14", "2013-03-15")]
    assert [model.parts[0] for model in models] == ["2013-03-14T04:00:00+00:00", "2013-03-15T04:00:00+00:00"]


def test_what_is_derived_is_known_since_the_latest_of_its_inputs(train, store, shop):
    run = train(shop, "2013-03-14")
    artifacts = store.run(run.id).artifacts
    assert artifacts["fit_level"].known_at == run.as_of
    assert artifacts["judge"].known_at == run.as_of


def test_late_rows_are_seen_as_of_the_time_they_came_and_not_before(run_day, train, store, sales):
    before = run_day(sales.build(), "2013-03-10")
    early = store.run(before.id)["total"]
    shop = sales.write({"2013-03-10": [1000]}).build()
    again = run_day(shop, "2013-03-10")
    assert again.id == before.id
    assert store.run(again.id)["total"] == early
    span = shop.calendar.span("2013-03-10")
    now = run_day(shop, "2013-03-10", as_of=shop.calendar.span("2099-01-01").start)
    assert now.span == span.key
    assert store.run(now.id)["total"].value == 1000 + 71 + 72  # the first row corrected, the others as they were


def test_runs_that_share_a_basis_find_what_they_find_alone(make_store, tmp_path):
    sales = Shop(tmp_path / "sales.csv", limit=140).write({**{day: [int(day[-2:])] for day in days()}, "2013-03-12": []})
    sales.write({"2013-03-15": [200]})
    shop = sales.build()
    found = []
    for shared in (True, False):
        store = make_store()
        deliver(store, shop)
        basis = Basis(store, shop)
        results = {}
        for day in [*days(), *reversed(days())]:
            span = shop.calendar.span(day)
            basis = basis if shared else Basis(store, shop)
            snapshot = take_snapshot(basis, shop.span_as_of(span), "backfill")
            settle = Settling()
            evaluation = Evaluation(store, shop, Resolver(shop, basis.roots, snapshot), shop.span_as_of(span), settle, basis.results)
            for step in shop.of_graph("data")[:3]:
                results[day, step.name] = evaluation.result(step, span, own=True)
        found.append(results)
    assert found[0] == found[1]


def test_a_result_is_asked_for_again_where_a_root_says_something_else(store, sales):
    shop = sales.build()
    deliver(store, shop)
    sales.write({"2013-03-10": [5]})
    deliver(store, shop)
    basis, asked = Basis(store, shop), []

    def settle(task):
        asked.append(task.as_of)
        return Settling()(task)

    span, later = shop.calendar.span("2013-03-10"), shop.calendar.span("2099-01-01")
    for as_of in (span.end, shop.calendar.span("2013-03-15").end, later.end, later.start, span.end):
        snapshot = take_snapshot(basis, as_of, "backfill")
        evaluation = Evaluation(store, shop, Resolver(shop, basis.roots, snapshot), as_of, settle, basis.results)
        evaluation.result(shop.steps["examples"], span)
    assert asked == [span.end, later.end]


def test_a_step_outside_of_the_history_is_absent(run_day, store, shop):
    run = run_day(shop, "2013-03-07")
    assert {one.key_parts["absent"] for one in store.executions("shop").of_run(run.id) if one.state == "ABSENT"} == {"before-history"}


def test_a_step_that_reads_no_span_makes_an_artifact_at_each(store):
    shop = Pipeline("shop", grain="day", zone="UTC", start=FIRST)
    examples = shop.add(take_nothing)
    shop.add(gather, name="gathered", totals=examples)
    for day in ("2013-03-09", "2013-03-08"):
        run = run_graph(store, shop, day_request(shop, day))
        assert store.run(run.id).artifacts["gathered"].span == day
