"""Wording: what drifted, said as a finding."""

from components.artifacts.drift import Drifted
from components.artifacts.findings import Finding
from components.artifacts.shifts import Against, Aspect

CODES: dict[Aspect, str] = {
    "rows": "drift-rows",
    "copied": "drift-copied",
    "missing": "drift-missing",
    "values": "drift-values",
    "spread": "drift-spread",
    "spike": "drift-spike",
    "unseen": "drift-unseen",
    "vanished": "drift-vanished",
}
"""The codes of `docs/findings.md`."""

MOVED: dict[Aspect, str] = {
    "rows": "the number of rows is unlike that of other spans",
    "copied": "the span repeats an earlier one, value by value",
    "missing": "the share of missing values moved",
    "values": "the distribution of the values moved",
    "spread": "the values spread more widely or more narrowly",
    "spike": "a single value became frequent",
    "unseen": "values came that no span before had",
    "vanished": "values that every span had are gone",
}
FIXES: dict[Aspect, str] = {
    "rows": "see whether the delivery is complete, late, or came twice",
    "copied": "see whether an old delivery was sent again under a new date",
    "missing": "see what fills the column at the source",
    "values": "see whether the world changed or the source: its unit, its filter, its code list",
    "spread": "see whether a sensor or a unit changed",
    "spike": "see whether a sensor is stuck, or a default filled in",
    "unseen": "see whether the new values are true; if so add them to the schema, and train anew",
    "vanished": "see whether a part of the source was not delivered",
}
AGAINST: dict[Against, str] = {
    "previous": "the span before",
    "weekday": "the same place in the seasons before",
    "window": "the window before",
    "nearest": "the nearest of the spans before",
    "trend": "the same stretch some seasons ago",
}


def finding_of(drifted: Drifted) -> Finding:
    """Return a warning for what drifted: by how much, since when, and what its past says is usual."""
    usual = drifted.distances[drifted.against]
    came = f"suddenly, on {drifted.since}" if drifted.how == "sudden" else f"gradually, since {drifted.since}"
    where = " of ".join(part for part in (drifted.column, drifted.slice) if part) or "the span"
    return Finding(
        code=CODES[drifted.aspect],
        severity="warn",
        where=where,
        message=f"{MOVED[drifted.aspect]}, {came}",
        expected=f"a distance of at most {usual.threshold:.3g} from {AGAINST[drifted.against]}, as {usual.n_past} spans had it",
        got=f"{usual.distance:.3g}",
        fix=FIXES[drifted.aspect],
    )
