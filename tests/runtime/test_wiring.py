from collections.abc import Sequence
from datetime import datetime

import pytest

from components.artifacts.examples import Examples
from components.artifacts.schema import Schema
from components.ingestion.component import ingest_examples
from components.runtime.component import component
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline, each, window
from components.runtime.spans import Span
from components.runtime.window import Window
from tests.pipelines import Level, Limit, Shop, Total, add_earlier, add_up, check_amounts, double, fit_level, gather, judge, split_amounts


@component
def compare(one: Total, other: Total) -> Total: ...


@component
def smooth(earlier: Window[Total], examples: Examples) -> Total: ...


@component
def sum_window(totals: Window[Total]) -> Level: ...


@component
def total_of_span(model: Level, span: Span) -> Total: ...


@component
def check_model(model: Level, schema: Schema) -> Total: ...


@component
def many(examples: Sequence[Examples], as_of: datetime) -> Level: ...


@pytest.fixture
def shop(tmp_path):
    return Pipeline("shop", grain="day", zone="UTC", start="2013-01-01")


@pytest.fixture
def sales(shop, tmp_path):
    return shop.source("sales", Shop(tmp_path / "x.csv").source)


@pytest.fixture
def examples(shop, sales):
    return shop.add(ingest_examples, name="examples", deliveries=sales)


@pytest.fixture
def total(shop, examples):
    return shop.add(add_up, name="total", examples=examples)


def refused(call, *words):
    with pytest.raises(DefinitionError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_parameter_names_the_nearest_one(shop, examples):
    refused(lambda: shop.add(add_up, exampels=examples), "pipeline shop, step 'add_up'", "'exampels'", "'examples'")


def test_a_missing_input_is_named(shop):
    refused(lambda: shop.add(add_up), "'examples' of add_up is not given")


def test_missing_configuration_is_named(shop, total):
    @component
    def scaled(total: Total, *, times: int) -> Total: ...

    refused(lambda: shop.add(scaled, total=total), "'times' of scaled is not given")


def test_a_feed_of_another_kind_is_refused(shop, total):
    refused(lambda: shop.add(add_up, examples=total), "'examples'", "one examples", "one total")


def test_a_value_in_place_of_a_feed_is_refused(shop):
    refused(lambda: shop.add(double, total=Total(1)), "from a step or a root", "one total", "Total")


def test_a_bare_feed_for_a_window_is_refused_and_the_other_way_round(shop, examples):
    refused(lambda: shop.add(add_earlier, examples=examples), "a window of examples", "one examples")
    refused(lambda: shop.add(add_up, examples=window(examples, "2 spans")), "one examples", "a window of examples")


def test_one_value_for_a_list_is_refused_and_the_other_way_round(shop, examples, total):
    refused(lambda: shop.add(gather, totals=total), "a list of total", "one total")
    parts = shop.add(split_amounts, examples=examples)
    refused(lambda: shop.add(double, total=parts), "one total", "a list of total")
    doubled = shop.add(double, total=each(parts))
    assert doubled.each
    shop.add(gather, totals=doubled)


def test_a_source_is_a_list_of_deliveries(shop, sales):
    refused(lambda: shop.add(add_up, examples=sales), "one examples", "a list of delivery")


def test_a_window_over_a_list_is_refused(shop, examples):
    parts = shop.add(split_amounts, examples=examples)
    refused(lambda: shop.add(sum_window, totals=window(parts, "2 spans")), "a window of total", "a list of total")


def test_the_steps_own_span_is_not_to_be_given(shop, examples, total):
    refused(lambda: shop.add(add_up, examples=examples, span=total), "'span'", "Leave it out")


def test_an_instant_comes_from_the_pipelines_as_of(shop, examples):
    spans = window(examples, "2 spans", until=shop.as_of)
    refused(lambda: shop.add(fit_level, examples=spans, as_of="2013-01-05"), "pipeline.as_of", "str")


def test_configuration_of_another_class_is_refused(shop, examples):
    refused(lambda: shop.add(check_amounts, examples=examples, config={"most": 3}), "'config'", "Limit", "{'most': 3}")
    refused(lambda: shop.add(add_up, name="scaled", examples=examples, times=each([1, "2"])), "'times'", "int", "'2'")


def test_configuration_without_a_canonical_form_is_refused(shop, total):
    @component
    def scaled(total: Total, *, by: float = 1.0) -> Total: ...

    refused(lambda: shop.add(scaled, total=total, by=float("nan")), "step 'scaled'", "'by'", "nan")
    shop.add(scaled, total=total, by=2)


def test_a_fan_out_of_configuration_over_a_steps_output_is_refused(shop, examples):
    parts = shop.add(split_amounts, examples=examples)
    refused(lambda: shop.add(add_up, examples=examples, times=each(parts)), "'times' is configuration")


def test_two_fan_outs_of_one_step_are_refused(shop, examples):
    parts = shop.add(split_amounts, examples=examples)
    refused(lambda: shop.add(compare, one=each(parts), other=each(parts)), "one and other", "one fan-out a step")


def test_steps_and_roots_of_another_pipeline_are_refused(shop, examples, tmp_path):
    other = Pipeline("other", grain="day", zone="UTC", start="2013-01-01")
    source = other.source("sales", Shop(tmp_path / "x.csv").source)
    foreign = other.add(ingest_examples, name="exampels", deliveries=source)
    refused(lambda: shop.add(add_up, examples=foreign), "no step 'exampels'", "'examples'")
    refused(lambda: shop.add(ingest_examples, deliveries=source), "no root 'sales'")


def test_two_steps_of_one_name_are_refused(shop, examples, total):
    refused(lambda: shop.add(add_up, name="total", examples=examples), "step 'total'", "each name once")


@pytest.mark.parametrize("name", ["Total", "total.sum", "total[1]", "1st", "to tal"])
def test_a_step_has_a_plain_name(shop, examples, name):
    refused(lambda: shop.add(add_up, name=name, examples=examples), "lower-case letters")


def test_a_step_that_runs_as_of_a_date_reads_spans_through_a_window_only(shop, examples, sales):
    model = shop.add(fit_level, examples=window(examples, "2 spans", until=shop.as_of), as_of=shop.as_of)
    refused(lambda: shop.add(many, examples=examples, as_of=shop.as_of), "a list of examples")
    refused(lambda: shop.add(total_of_span, model=model), "total_of_span is of one span")
    refused(lambda: shop.add(check_model, model=model, schema=shop.schema()), "'schema' is of one span", "window(")


def test_a_window_over_a_step_that_runs_as_of_a_date_is_refused(shop, examples):
    @component
    def earlier_models(models: Window[Level]) -> Total: ...

    model = shop.add(fit_level, examples=window(examples, "2 spans", until=shop.as_of), as_of=shop.as_of)
    refused(lambda: shop.add(earlier_models, models=window(model, "2 spans")), "has no spans")
    refused(lambda: shop.add(earlier_models, models=window(model, "2 spans", until=shop.as_of)), "has no spans")


def test_a_window_over_what_the_step_makes_itself_is_refused(shop, examples, total):
    refused(lambda: shop.add(smooth, earlier=window(total, "2 spans"), examples=examples), "'earlier' is a window of total", "own past")


def test_a_window_over_what_is_made_of_the_steps_own_kind_is_refused(shop, total):
    @component
    def level_of(total: Total) -> Level: ...

    @component
    def total_of(levels: Window[Level]) -> Total: ...

    level = shop.add(level_of, total=total)
    refused(lambda: shop.add(total_of, levels=window(level, "2 spans")), "a window of model, made from total")


def test_a_guard_of_the_steps_own_kind_is_no_past(shop, examples):
    @component
    def compare_with_accepted(examples: Examples, earlier: Window[Examples]) -> "Findings": ...

    from components.artifacts.findings import Findings

    compare_with_accepted.__wrapped__.__annotations__["return"] = Findings
    findings = shop.add(check_amounts, examples=examples)
    accepted = window(shop.accept(examples, findings), "2 spans", on_absent="skip")
    shop.add(compare_with_accepted, examples=examples, earlier=accepted)


def test_only_findings_accept(shop, examples, total):
    refused(lambda: shop.accept(examples, total), "only findings", "total")


def test_a_group_that_would_wait_for_itself_is_refused(shop, examples):
    total = shop.add(add_up, name="total", group="sums", examples=examples)
    twice = shop.add(double, total=total)
    refused(lambda: shop.add(double, name="again", group="sums", total=twice), "'double' lies between")
    shop.add(double, name="last", group="others", total=twice)


def test_a_group_of_two_graphs_is_refused(shop, examples):
    shop.add(add_up, name="total", group="sums", examples=examples)
    spans = window(examples, "2 spans", until=shop.as_of)
    refused(lambda: shop.add(fit_level, group="sums", examples=spans, as_of=shop.as_of), "the group 'sums' is of the data graph")


def test_an_optional_input_takes_one_value_or_nothing(shop, examples):
    model = shop.add(fit_level, examples=window(examples, "2 spans", until=shop.as_of), as_of=shop.as_of)
    shop.add(judge, name="alone", model=model)
    shop.add(judge, name="against", model=model, champion=shop.champion())


def test_a_refused_step_leaves_the_pipeline_as_it_was(shop, examples):
    before = list(shop.steps)
    refused(lambda: shop.add(add_up, exampels=examples))
    assert list(shop.steps) == before


def test_a_config_of_a_subclass_is_taken(shop, examples):
    class Stricter(Limit):
        pass

    shop.add(check_amounts, examples=examples, config=Stricter(3))
