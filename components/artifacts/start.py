"""Start: where a fit began that was asked to go on from the champion, and how much of it could be carried over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["warm", "no-champion", "other-estimator", "other-classes", "other-shape"]

COLD: Mapping[State, str] = {
    "no-champion": "no champion as of {}",
    "other-estimator": "the champion as of {} is another estimator",
    "other-classes": "the champion as of {} tells other classes apart",
    "other-shape": "the champion as of {} has other layers",
}
"""Why a fit began from nothing."""


@dataclass(frozen=True)
class Start:
    """``warm``, or why the start was cold; the prepared columns that were carried, began at zero, or were left out; the fit's iterations."""

    state: State
    n_carried: int = 0
    n_new: int = 0
    n_left_out: int = 0
    iterations: int = 0

    def sentence(self, as_of: str) -> str:
        """Return it in words, for a champion as of a date.

        >>> Start("no-champion", iterations=12).sentence("2013-05-02")
        'cold: no champion as of 2013-05-02; 12 iterations'
        >>> Start("warm", 40, 2, 1, iterations=3).sentence("2013-05-02")
        'warm: 40 columns carried from the champion as of 2013-05-02, 2 new ones from zero, 1 left out; 3 iterations'
        """
        if self.state != "warm":
            return f"cold: {COLD[self.state].format(as_of)}; {self.iterations} iterations"
        moved = (
            f"{self.n_carried} columns carried from the champion as of {as_of}, {self.n_new} new ones from zero, {self.n_left_out} left out"
        )
        return f"warm: {moved}; {self.iterations} iterations"
