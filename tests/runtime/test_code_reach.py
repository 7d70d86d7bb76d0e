import sys

import pytest

from components.runtime.code_reach import functions_in, made_of, touched

SOURCE = '''
"""A module."""

def late():
    """Not "a column"."""
    minutes = col("hour") * 60 + col("minute")
    return [minutes.alias("departure"), frame.select(weekday=col("date")), other(by=col("date")), {"sum": col("a") + helper()}]

def helper():
    return col("b")

def busy():
    return col("departure") > 5

RECORDS = (Record("route", ("origin", "dest")),)
FUNCTIONS = (busy, quiet)

def quiet():
    return RECORDS
'''


@pytest.fixture
def target(tmp_path, monkeypatch):
    names = "frame = None\ndef col(name): return name\ndef other(**made): return made\ndef Record(name, of): return name\n"
    (tmp_path / "reach_example.py").write_text(names + SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("components.runtime.code_reach.definitions_of", within(tmp_path))
    yield "reach_example"
    sys.modules.pop("reach_example", None)


def within(folder):
    from components.runtime.code_digest import definitions_of

    return lambda module, name: definitions_of(module, name, folder, packages={"reach_example"})


def test_a_list_of_functions_gives_each_with_the_texts_that_it_reaches(target):
    assert functions_in(f"{target}:FUNCTIONS") == {"busy": {"departure"}, "quiet": {"route", "origin", "dest"}}
    assert functions_in(f"{target}:late")["late"] >= {"hour", "minute", "b", "departure"}


def test_names_are_made_of_the_texts_in_their_expressions_through_local_variables(target):
    assert made_of(f"{target}:late") == {"departure": {"hour", "minute"}, "weekday": {"date"}, "sum": {"a"}}
    assert made_of(f"{target}:quiet") == {"route": {"origin", "dest"}}


def test_touched_names_follow_one_another_and_leave_out_the_start():
    names = {"b": frozenset({"a"}), "c": frozenset({"b", "x"}), "a": frozenset({"c"})}
    assert touched(names, frozenset({"a"})) == {"b", "c"}
    assert touched(names, frozenset({"q"})) == frozenset()
