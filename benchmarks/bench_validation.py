"""What validation costs: a suite of Great Expectations on a day as we run it and as it runs by itself, and a schema on a day and on many rows.

Times are wall times in milliseconds, medians of rounds in turns; the first round, which imports and builds the context, is not counted.
``cpu`` gives the processor's times beside them, which other work on the machine does not lengthen.
Several seeds draw the rows. ``--quick`` takes fewer rounds, one seed and 200,000 rows for the schema instead of a million.
"""

import argparse
import itertools
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable, Sequence

import generated_table
import pyarrow as pa

from components.adapters.expectation_suite import Suite
from components.adapters.great_expectations import check_suite
from components.artifacts.examples import Examples
from components.artifacts.schema import Schema
from components.artifacts.statistics import Statistics
from components.runtime.spans import Calendar, Grain, Span
from components.statistics.component import generate_statistics
from components.validation.component import validate_examples

DAY_ROWS = 900
TYPES = {"f": "float64", "i": "int64", "c": "string"}


def expectations(n: int) -> list[dict[str, object]]:
    """Return n expectations that a day keeps: 16 of 20 about single rows, 4 about whole columns."""
    single = [{"type": "expect_column_to_exist", "kwargs": {"column": "id"}}]
    single += [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": f"f{k}", "mostly": 0.05}} for k in range(5)]
    single += [{"type": "expect_column_values_to_be_between", "kwargs": {"column": f"i{k}", "min_value": 0}} for k in range(4)]
    single += [{"type": "expect_column_values_to_match_regex", "kwargs": {"column": f"c{k}", "regex": f"^c{k}_v"}} for k in range(4)]
    single += [{"type": "expect_column_value_lengths_to_equal", "kwargs": {"column": "id", "value": 16}}]
    single += [{"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "c0", "value_set": [f"c0_v{j:06d}" for j in range(10)]}}]
    whole: list[dict[str, object]] = [
        {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "f0", "min_value": -1, "max_value": 1}},
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}},
        {"type": "expect_column_median_to_be_between", "kwargs": {"column": "f7", "min_value": 40, "max_value": 60}},
        {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
    ]
    mixed = [one for pair in itertools.zip_longest(single[::4], whole) for one in pair if one]
    rest = [one for one in single if one not in mixed]
    return [*mixed, *rest][:n]


def examples_of(n_rows: int, seed: int) -> Examples:
    """Return the first rows of the generated table, a second apart from the start of a day."""
    chunks = list(generated_table.chunks(max(generated_table.CHUNK, n_rows), seed))
    rows = pa.concat_tables(chunks).slice(0, n_rows)
    ids = pa.array([row.to_bytes(16, "big") for row in range(n_rows)], pa.binary(16))
    columns = {name: rows.column(name) for name in rows.column_names if name != "event_time"}
    return Examples.from_arrow(pa.table({"row_id": ids, "event_time": rows.column("event_time"), **columns}).combine_chunks())


def schema_of(names: Sequence[str]) -> Schema:
    """Return a schema with presence and a domain or distribution for every column, and two rules."""
    columns: dict[str, object] = {"event_time": {"type": "timestamp"}, "id": {"type": "string", "unique": True}}
    for name in names:
        kind = TYPES.get(name[0])
        if name in columns or kind is None or not name[1:].isdigit():
            continue
        domain = {"pattern": "c[0-9]_v[0-9]+"} if kind == "string" else {"min": -(10**13), "max": 10**13}
        columns[name] = {"type": kind, "presence": {"min_fraction": 0.05}, "domain": domain}
    rules = {"sums": {"holds": "i0 + i1 >= 0"}, "order": {"holds": "i3 <= i2 or is_null(f0)"}}
    return Schema.model_validate({"columns": columns, "rules": rules, "event_time": {"inside_span": False}}, strict=False)


def by_itself(examples: Examples, suite: Suite) -> Callable[[], object]:
    """Return Great Expectations called as its documentation does: one context, a batch and all results a time."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("plain").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")
    plain = gx.ExpectationSuite(name="plain", expectations=[dict(one.model_dump(include={"type", "kwargs"})) for one in suite.expectations])

    def run() -> object:
        frame = examples.to_arrow([name for name in examples.schema.names if name != "row_id"]).to_pandas()
        return definition.get_batch({"dataframe": frame}).validate(plain)

    return run


def milliseconds(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median time of each, taken in turns; `cpu.<name>` is that of the processor."""
    times: dict[str, list[float]] = {f"{kind}{name}": [] for kind in ("", "cpu.") for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            began = time.perf_counter(), time.process_time()
            work()
            for kind, since, now in zip(("", "cpu."), began, (time.perf_counter(), time.process_time()), strict=True):
                times[f"{kind}{name}"].append(1000 * (now - since))
    return {name: round(statistics.median(taken[1:]), 2) for name, taken in times.items()}


def suites(seed: int, rounds: int) -> dict[str, float]:
    """Return the times of suites on a day of 900 rows: kept, and with one expectation missed."""
    day = examples_of(DAY_ROWS, seed)
    five, twenty = (Suite.model_validate({"name": "day", "expectations": expectations(n)}, strict=False) for n in (5, 20))
    missed = expectations(20)
    missed[-1] = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "f0", "max_value": 0}}
    failing = Suite.model_validate({"name": "day", "expectations": missed}, strict=False)
    works = {
        "suite_20_ms": lambda: check_suite(day, suite=twenty),
        "suite_5_ms": lambda: check_suite(day, suite=five),
        "suite_20_failing_ms": lambda: check_suite(day, suite=failing),
        "gx_20_ms": by_itself(day, twenty),
        "gx_5_ms": by_itself(day, five),
    }
    if check_suite(day, suite=twenty).findings or not check_suite(day, suite=failing).failed:
        raise RuntimeError("the suites do not say of the day what they should")
    return milliseconds(works, rounds)


def schemas(n_rows: int, seed: int, rounds: int) -> dict[str, float]:
    """Return the times of a schema on a day and on many rows, whose statistics are there."""
    span = Calendar(Grain.DAY, "UTC").span("2023-11-14")
    found = {}
    for label, n in (("day", DAY_ROWS), ("many", n_rows)):
        examples = examples_of(n, seed)
        summary = generate_statistics(examples)
        schema = schema_of(examples.schema.names)
        plain = schema.model_copy(update={"rules": {}, "columns": {name: _plain(one) for name, one in schema.columns.items()}})
        works = {
            f"schema_{label}_ms": _call(examples, summary, schema, span),
            f"stat_level_{label}_ms": _call(examples, summary, plain, span),
        }
        found |= milliseconds(works, rounds)
    return {"schema_rows": n_rows, **found}


def _plain(column: object) -> object:
    """Return a column without the rules that look at rows."""
    return column.model_copy(update={"unique": False, "domain": column.domain.model_copy(update={"pattern": None})})  # type: ignore[attr-defined]


def _call(examples: Examples, summary: Statistics, schema: Schema, span: Span) -> Callable[[], object]:
    return lambda: validate_examples(examples, summary, schema, span)


def measure(seeds: Sequence[int], rounds: int, n_rows: int) -> dict[str, object]:
    """Return the medians over the seeds."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_seed = [suites(seed, rounds) | schemas(n_rows, seed, rounds) for seed in seeds]
    found = {name: round(statistics.median(one[name] for one in by_seed), 2) for name in by_seed[0]}
    cpu = {name.removeprefix("cpu."): value for name, value in found.items() if name.startswith("cpu.")}
    return {name: value for name, value in found.items() if not name.startswith("cpu.")} | {"cpu": cpu, "seeds": list(seeds)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, fewer rounds and rows")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    result = measure((7,), 9, 200_000) if arguments.quick else measure((7, 8, 9), 25, 1_000_000)
    print(json.dumps(result) if arguments.json else "\n".join(f"{key:<22} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
