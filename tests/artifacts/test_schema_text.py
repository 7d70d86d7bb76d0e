import json

import pytest
import yaml

from components.artifacts.schema import Schema
from components.artifacts.schema_text import differences, schema_text, spliced

TEXT = """# what a day looks like
key: [event_time, name]  # once
rows:
  min: 5    # a quiet day
  max: 10

columns:
  event_time: {type: timestamp}
  # the names
  name:
    type: string   # of people
    domain:
      values: [a, b]   # two

  # prices
  x: {type: float64, domain: {min: 0}}  # in dollars
"""


def read(text):
    return Schema.model_validate_json(json.dumps(yaml.safe_load(text)))


def changed(text, **columns):
    body = read(text).to_plain()
    body["columns"] |= columns
    return Schema.model_validate(body, strict=False)


def test_a_schema_is_written_so_that_it_reads_back():
    schema = read(TEXT + "  'on: x': {type: string, domain: {values: [" + ", ".join(f"v{n}" for n in range(99)) + "]}}\n")
    text = schema_text(schema, {("rows",): "5 to 10\nrows", ("columns", "x"): "dollars"})
    assert read(text) == schema
    assert "rows: {min: 5, max: 10}  # 5 to 10 rows\n" in text
    assert "  x: {type: float64, domain: {min: 0}}  # dollars\n" in text
    assert max(map(len, text.splitlines())) <= 140


def test_only_the_entries_that_changed_are_rewritten_and_their_comments_stay():
    new = {"name": {"type": "string", "domain": {"values": ["a", "b", "c"]}}, "y": {"type": "int64"}}
    schema = changed(TEXT, **new)
    text = spliced(TEXT, schema, {("columns", "name"): "c is new", ("columns", "y"): "since May"})
    assert read(text) == schema
    before, after = TEXT.splitlines(), text.splitlines()
    assert [line for line in before if line not in after] == [
        "  name:",
        "    type: string   # of people",
        "    domain:",
        "      values: [a, b]   # two",
    ]
    assert [line for line in after if line not in before] == [
        "  # of people",
        "  # two",
        "  name: {type: string, domain: {values: [a, b, c]}}  # c is new",
        "  y: {type: int64}  # since May",
    ]
    assert after[-2:] == ["  x: {type: float64, domain: {min: 0}}  # in dollars", "  y: {type: int64}  # since May"]


@pytest.mark.parametrize("text", ["columns: {event_time: {type: timestamp}, x: {type: int64}}\n", TEXT.replace("x: {", "x: &a {")])
def test_what_cannot_be_edited_in_place_is_written_anew(text):
    schema = changed(text, x={"type": "float64", "unique": True})
    assert read(spliced(text, schema, {("columns", "x"): "text"})) == schema


def test_differences_are_named_line_by_line():
    after = changed(TEXT, name={"type": "string", "domain": {"values": ["b", "c"]}}, y={"type": "int64"}, x={"type": "float64"})
    assert [str(one) for one in differences(read(TEXT), after)] == [
        "~ columns.name.domain.values: - a, + c",
        "+ columns.y.type: int64",
        "- columns.x.domain.min: 0",
    ]
    assert differences(after, after) == []
