"""What Great Expectations answers of one expectation, over one batch or several, as findings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.adapters.expectation_suite import SEVERITIES, Expectation, Suite
from components.artifacts.examples import ROW_ID, Examples
from components.artifacts.findings import MAX_EXAMPLES, Finding, Severity, row_text
from components.artifacts.tiles import TILE_ROWS


@dataclass(frozen=True)
class Verdict:
    """The answer to one expectation: `error` says why there is none, `details` are as Great Expectations has them, `rows` count from 0."""

    success: bool
    error: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[int, ...] = ()


SILENT = Verdict(success=False, error="Great Expectations gave no result")
"""An expectation that was passed over: no pass."""


def gathered(expectation: Expectation, parts: Sequence[Verdict]) -> Verdict:
    """Return the answer over all batches from those of each, with details; rows without a value count as Great Expectations counts them.

    Unexpected rows are added up and judged by the expectation's `mostly`, success = (n - missing - unexpected) / (n - missing) >= mostly; an
    answer that counts no rows is that of the first batch that missed it.
    """
    worst = next((one for one in parts if one.error), next((one for one in parts if not one.success), parts[0]))
    if len(parts) == 1 or worst.error or any("unexpected_count" not in one.details for one in parts):
        return worst
    n, missing, unexpected = (
        sum(int(one.details.get(name, 0)) for one in parts) for name in ("element_count", "missing_count", "unexpected_count")
    )
    mostly = expectation.kwargs.get("mostly", 1.0)
    success = n == missing or (n - missing - unexpected) / (n - missing) >= float(str(mostly))
    rows = tuple(row for one in parts for row in one.rows)
    return Verdict(success, "", {"element_count": n, "unexpected_count": unexpected}, rows[:MAX_EXAMPLES])


def finding(expectation: Expectation, verdict: Verdict, examples: Examples, key: Sequence[str]) -> Finding:
    """Return the finding of an expectation that was missed or could not be evaluated; rows are shown with their key."""
    expected = f"{expectation.type} {_text(expectation.kwargs)}"
    if verdict.error:
        fix = "Correct the expectation's arguments or bring its columns back; an expectation that cannot be evaluated is no pass."
        message = f"{expectation.type} could not be evaluated"
        return Finding("expectation-not-evaluated", "fail", expectation.subject, message, expected, verdict.error, fix)
    details = verdict.details
    count = details.get("unexpected_count") if "element_count" in details else None
    observed = details.get("observed_value")
    shown = {name: value for name, value in details.items() if value} if observed is None else observed
    return Finding(
        code="expectation-failed",
        severity=SEVERITIES[expectation.severity],
        where=expectation.subject,
        message=expectation.description or f"{expectation.type} was missed",
        expected=expected,
        got=_text(shown) if count is None else f"{count} of {details['element_count']} rows unexpected",
        fix="Look at the values: correct the source, or the expectation if the data are right.",
        count=count,
        examples=tuple(_row(examples, row, [*(key or [ROW_ID]), *expectation.columns]) for row in verdict.rows[:MAX_EXAMPLES]),
    )


def too_large(suite: Suite, left: Sequence[int], n_rows: int, max_rows: int, severity: Severity) -> Finding:
    """Return the finding that the expectations at some positions were not run."""
    named = ", ".join(sorted({suite.expectations[at].type for at in left}))
    return Finding(
        code="suite-too-large",
        severity=severity,
        where="table",
        message=f"{len(left)} of {len(suite.expectations)} expectations of {suite.name!r} were not run: they want the whole on one pandas frame",
        expected=f"at most {max_rows} rows for {named}",
        got=f"{n_rows} rows",
        fix="Say it in schema.yaml, which has no limit, or raise max_rows.",
        count=n_rows,
    )


def _row(examples: Examples, row: int, columns: Sequence[str]) -> str:
    tile = examples.tiles()[row // TILE_ROWS]
    return row_text(tile.read(list(dict.fromkeys(columns))).slice(row % TILE_ROWS, 1).to_pylist()[0])


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
