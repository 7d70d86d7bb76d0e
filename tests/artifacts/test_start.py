"""Start: every state has words."""

from typing import get_args

import pytest

from components.artifacts.start import Start, State


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_says_where_the_fit_began_and_as_of_when(state: State) -> None:
    told = Start(state, 3, 2, 1, iterations=7).sentence("2013-05-02")
    assert told.startswith("warm: 3 columns" if state == "warm" else "cold: ")
    assert "as of 2013-05-02" in told
    assert told.endswith("7 iterations")
