"""Why a figure is not there: the closed list of reasons and the words that a page shows, none of which reads as a pass."""

from typing import Literal

Absence = Literal[
    "no-champion",
    "no-baseline",
    "no-schema",
    "labels-not-mature",
    "too-few-rows",
    "too-few-spans",
    "one-class",
    "champion-saw-the-rows",
    "champion-takes-other-features",
    "not-run",
    "no-delivery",
    "empty",
    "failed-validation",
    "before-history",
    "superseded",
    "absent",
]
"""A reason for a missing figure, section or span; the four of an absent span are those of a window's entry."""

_WORDS: dict[str, tuple[str, str]] = {
    "no-champion": ("No champion", "No model was blessed in this lane before, so there is nothing to compare with."),
    "no-baseline": ("No baseline", "No earlier span is there to compare with, so drift was not judged."),
    "no-schema": ("No schema", "No schema is approved, so the columns were not judged."),
    "labels-not-mature": ("Labels not mature", "The outcomes of these rows were not yet known as of the run."),
    "too-few-rows": ("Too few rows", "The figure would say little, so it was not computed."),
    "too-few-spans": ("Too few spans", "All rows are of one span, which cannot say how much spans differ."),
    "one-class": ("One class", "All outcomes of these rows are alike."),
    "champion-saw-the-rows": ("Champion saw the rows", "The champion was trained on these rows, so a comparison would flatter it."),
    "champion-takes-other-features": ("Champion takes other features", "The champion takes features that these rows do not have."),
    "not-run": ("Not run", "This step did not run, so nothing is known of it."),
    "no-delivery": ("No delivery", "No rows were delivered for this span."),
    "empty": ("Empty", "Nothing was expected for this span, or a delivery came without a row of it."),
    "failed-validation": ("Failed validation", "The span was kept out because its validation failed."),
    "before-history": ("Before history", "The span lies before the first delivery."),
    "superseded": ("Superseded", "A delivery that arrived later belongs to what this run read."),
    "absent": ("Absent", "Nothing was recorded."),
}


def short_words(reason: str) -> str:
    """Return the two or three words of a reason; an unknown one is shown as it is, with blanks for dashes.

    Examples
    --------
    >>> short_words("no-champion"), short_words("no-quorum")
    ('No champion', 'No quorum')
    """
    known = _WORDS.get(reason)
    return known[0] if known else reason.replace("-", " ").capitalize()


def sentence(reason: str) -> str:
    """Return the sentence that explains a reason; empty for an unknown one."""
    known = _WORDS.get(reason)
    return known[1] if known else ""
