"""Row-wise functions and functions with a time limit: the same votes here and in other processes, and no hanging."""

import signal

import polars as pl
import pytest

from components.artifacts.votes import Fault
from components.labeling import isolation
from components.labeling.functions import LabelingFunction
from components.labeling.voting import Said, vote_all
from components.runtime.errors import DefinitionError
from tests.labeling.slow_functions import difficult, in_time, odd, raises, sleeps

NUMBERS = pl.DataFrame({"n": range(8)})


def said(function: LabelingFunction, rows: pl.DataFrame = NUMBERS) -> Said:
    return vote_all(rows, [function], {"listed": pl.DataFrame({"n": [2, 5]})})[0]


def test_rows_that_raise_take_too_long_or_get_no_class_abstain_and_are_counted() -> None:
    found = said(difficult)
    assert found.votes.tolist() == [0, 0, 0, -1, -1, -1, -1, 0]
    assert set(found.faults) == {
        Fault("difficult", "timed-out", "took longer than 0.2 s", 1, (3,)),
        Fault("difficult", "raised", "raised LookupError: four", 1, (4,)),
        Fault("difficult", "bad-vote", "voted 7; its classes are 0, 1, and null abstains", 1, (5,)),
        Fault("difficult", "bad-vote", "voted 'six'; votes are whole numbers, and None abstains", 1, (6,)),
    }


def test_an_alarm_that_was_set_before_goes_on() -> None:
    set_before = signal.setitimer(signal.ITIMER_REAL, 500)
    try:
        said(odd)
        assert 400 < signal.getitimer(signal.ITIMER_REAL)[0] <= 500
    finally:
        signal.setitimer(signal.ITIMER_REAL, *set_before)


@pytest.mark.slow
def test_a_pool_of_processes_gives_the_same_votes_and_faults_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    here = (said(difficult), said(odd))
    monkeypatch.setattr(isolation, "FEW_ROWS", 0)
    monkeypatch.setattr(isolation, "CHUNK_ROWS", 3)
    for one, other in zip(here, (said(difficult), said(odd)), strict=True):
        assert one.votes.tolist() == other.votes.tolist()
        assert one.faults == other.faults


@pytest.mark.slow
def test_a_column_wise_function_is_ended_when_its_time_is_over() -> None:
    assert said(sleeps).faults == (Fault("sleeps", "timed-out", "took longer than 0.3 s", 8, (0, 1, 2, 3, 4)),)
    assert said(in_time).votes.tolist() == [0, 0, 1, 0, 0, 1, 0, 0]
    assert said(raises).faults[0].message == "raised ValueError: 8 are too many"


def test_rows_need_their_columns_named() -> None:
    with pytest.raises(DefinitionError, match="Name the columns of a row"):
        LabelingFunction("no_columns", lambda row: None, by_row=True)


def test_a_function_that_no_other_process_can_find_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "FEW_ROWS", 0)
    with pytest.raises(DefinitionError, match="cannot be found by another process"):
        said(LabelingFunction("nested", lambda row: 1, by_row=True, columns=("n",)))
