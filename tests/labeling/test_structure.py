"""Groups of functions: what becomes of a fit in which nothing is left to move."""

import numpy as np

from components.labeling.expectation import fit_by_expectation
from components.labeling.structure import _rearrange
from components.labeling.vote_patterns import VotePatterns


def test_a_fit_without_groups_is_left_as_it_is() -> None:
    patterns = VotePatterns.of(np.random.default_rng(0).integers(-1, 2, (200, 4)).astype(np.int8), 2)
    fit = fit_by_expectation(patterns, "coin")
    assert _rearrange(patterns, fit, None) is fit
