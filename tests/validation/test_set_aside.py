from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.examples import Examples
from components.artifacts.schema import Schema
from components.artifacts.tiles import TILE_ROWS
from components.engines.local import Threads
from components.statistics.component import generate_statistics
from components.validation.component import validate_examples
from components.validation.set_aside import set_aside_rows
from tests.validation.conftest import RULES, SPAN, examples_of

ASIDE = {"value-unseen": "quarantine", "value-repeated": "quarantine", "value-out-of-range": "quarantine"}
COLUMNS = {
    "x": {"type": "string", "presence": {"min_fraction": 0}, "domain": {"values": ["a", "b"], "new_values": "quarantine"}},
    "n": {"type": "int64", "domain": {"max": 3}, "unique": True},
}


def schema_of(most=1.0, columns=COLUMNS, **rest):
    body = {"columns": {**RULES, **columns}, "severity": ASIDE, "quarantine": {"max_share": most}, "key": ("name",), **rest}
    return Schema.model_validate(body, strict=False)


def both(examples, schema, **given):
    statistics = generate_statistics(examples)
    findings = validate_examples(examples, statistics, schema, SPAN, **given)
    return findings, set_aside_rows(examples, findings, statistics, schema, SPAN, **given)


@given(rows=st.lists(st.tuples(st.sampled_from(["a", "b", "z", None]), st.integers(0, 5)), min_size=1, max_size=20))
def test_rows_that_break_a_rule_leave_and_every_row_is_accounted_for(rows):
    columns = {"x": pa.array([x for x, _ in rows], pa.string()), "n": pa.array([n for _, n in rows])}
    examples = examples_of(len(rows), SPAN.start, columns)
    findings, (kept, aside) = both(examples, schema_of())
    repeats = Counter(n for _, n in rows)
    is_bad = [x == "z" or n > 3 or repeats[n] > 1 for x, n in rows]
    names = examples.to_arrow(["name"]).column("name").to_pylist()
    assert kept.to_arrow(["name"]).column("name").to_pylist() == [name for name, bad in zip(names, is_bad, strict=True) if not bad]
    assert aside.to_arrow().column("name").to_pylist() == [name for name, bad in zip(names, is_bad, strict=True) if bad]
    assert kept.n_rows + aside.n_rows == examples.n_rows
    assert kept.counts.get("quarantined", 0) == aside.n_rows
    assert not findings.failed


def test_a_row_tells_all_that_it_breaks():
    examples = examples_of(3, SPAN.start, {"x": pa.array(["z", "a", "b"]), "n": pa.array([9, 9, 1])})
    _, (_, aside) = both(examples, schema_of())
    assert aside.to_arrow().column("reasons").to_pylist() == [
        "value-out-of-range n, value-unseen x, value-repeated n",
        "value-out-of-range n, value-repeated n",
    ]


def test_rows_without_a_breach_go_on_as_they_are():
    examples = examples_of(2, SPAN.start, {"x": pa.array(["a", "b"]), "n": pa.array([1, 2])})
    findings, (kept, aside) = both(examples, schema_of())
    assert findings.findings == ()
    assert kept is examples
    assert aside.n_rows == 0
    assert aside.to_arrow().column_names == ["row_id", "event_time", "reasons", "name", "x", "n"]


def test_a_column_of_the_data_may_be_called_reasons():
    columns = {"x": pa.array(["z", "a"]), "reasons": pa.array(["weather", "none"])}
    schema = schema_of(columns={"x": COLUMNS["x"], "reasons": {"type": "string"}})
    _, (kept, aside) = both(examples_of(2, SPAN.start, columns), schema)
    assert kept.to_arrow().column("reasons").to_pylist() == ["none"]
    assert aside.to_arrow().select(["reasons", "reasons_"]).to_pylist() == [{"reasons": "value-unseen x", "reasons_": "weather"}]


@pytest.mark.parametrize(("most", "failed"), [(0.3, True), (1 / 3, False)])
def test_more_rows_than_allowed_fail_the_span(most, failed):
    examples = examples_of(3, SPAN.start, {"x": pa.array(["a", "z", "b"]), "n": pa.array([1, 2, 3])})
    findings, (kept, aside) = both(examples, schema_of(most))
    assert findings.failed == failed
    assert [one.code for one in findings.findings] == (["too-many-quarantined"] if failed else []) + ["value-unseen"]
    assert (kept.n_rows, aside.n_rows) == (2, 1)


@pytest.mark.slow
def test_stored_rows_of_several_tiles_are_judged_alike_by_any_engine(tmp_path):
    n_rows = 2 * TILE_ROWS + 7
    texts = ["a"] * n_rows
    texts[5] = texts[TILE_ROWS + 5] = texts[-1] = "z"
    schema = schema_of(
        1.0, {"x": COLUMNS["x"]}, event_time={"inside_span": False}, rules={"same": {"holds": "x != 'z'", "severity": "quarantine"}}
    )
    examples_of(n_rows, SPAN.start, {"x": pa.array(texts)}).save(tmp_path)
    examples = Examples.load(tmp_path)
    findings, (kept, aside) = both(examples, schema, engine=Threads(2))
    assert [(one.code, one.count, one.examples[-1]) for one in findings.findings] == [
        ("rule-broken", 3, f"name=n{n_rows - 1} x=z"),
        ("value-unseen", 3, f"name=n{n_rows - 1} x=z"),
    ]
    assert (kept.n_rows, aside.n_rows) == (n_rows - 3, 3)
    assert both(examples, schema)[1].quarantined.to_arrow() == aside.to_arrow()
