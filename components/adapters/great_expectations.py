"""The user's own Great Expectations suite over one span, its verdicts as findings."""

import json
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from components.adapters.expectation_suite import SEVERITIES, Expectation, Suite
from components.artifacts.examples import ROW_ID, Examples
from components.artifacts.findings import MAX_EXAMPLES, Finding, Findings, Severity
from components.runtime.component import component
from components.runtime.errors import ConfigError, nearest

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 100_000
"""Rows that go on one pandas frame at most: twenty expectations take 0.14 s there, and the frame a few tens of MB."""

_ONE_AT_A_TIME = threading.Lock()
"""Great Expectations has one current project a process and keeps the batch that it validates in its engine."""


@dataclass(frozen=True)
class SuiteConfig:
    """How a suite runs: the most rows of a span that it takes, and how bad a larger span is."""

    max_rows: int = MAX_ROWS
    too_large: Severity = "fail"


@dataclass(frozen=True)
class _Verdict:
    """What Great Expectations answered to one expectation; ``error`` says why it could not."""

    success: bool
    error: str
    details: dict[str, Any]


@component(libraries=("great-expectations", "pandas"))
def check_suite(examples: Examples, *, suite: Suite, config: SuiteConfig = SuiteConfig()) -> Findings:
    """Return a finding for each expectation that the span misses or that could not be evaluated.

    Verdicts come first and without details; only missed expectations run again, for their counts and example values. The suite
    sees every column but ``row_id``, integers with nulls as floats. A span without rows is checked by nothing (state ``empty``),
    one of more than ``config.max_rows`` rows gives ``suite-too-large`` (state ``too-large``): neither is a pass.

    Raises
    ------
    ConfigError
        If the installed Great Expectations does not know an expectation or does not take its arguments.
    """
    with _quiet():
        everything = tuple(range(len(suite.expectations)))
        _gx_suite(suite.model_dump_json(), everything)
        if examples.n_rows == 0:
            return Findings.of([], checked=0, state="empty")
        if examples.n_rows > config.max_rows:
            return Findings.of([_too_large(suite, examples.n_rows, config)], checked=0, state="too-large")
        frame = examples.to_arrow([name for name in examples.schema.names if name != ROW_ID]).to_pandas()
        verdicts = _verdicts(frame, suite, everything, "BOOLEAN_ONLY")
        missed = tuple(at for at in everything if not (verdicts[at].success or verdicts[at].error))
        verdicts |= _verdicts(frame, suite, missed, "SUMMARY")
    found = [_finding(suite.expectations[at], verdict) for at, verdict in verdicts.items() if not verdict.success]
    return Findings.of(found, checked=sum(not verdict.error for verdict in verdicts.values()))


def prepare() -> None:
    """Make the context beforehand: a process forked from this one inherits it. No row is looked at."""
    with _quiet():
        _batch_definition()


def _verdicts(frame: "pd.DataFrame", suite: Suite, positions: tuple[int, ...], detail: str) -> dict[int, _Verdict]:
    """Return what Great Expectations says of the expectations at ``positions``; one that it passes over in silence is an error."""
    if not positions:
        return {}
    batch = _batch_definition().get_batch({"dataframe": frame})
    wanted = {"result_format": detail, "partial_unexpected_count": MAX_EXAMPLES}
    silent = _Verdict(success=False, error="Great Expectations gave no result", details={})
    verdicts = dict.fromkeys(positions, silent)
    for result in batch.validate(_gx_suite(suite.model_dump_json(), positions), result_format=wanted).results:
        position = result.expectation_config.meta["position"]
        verdicts[position] = _Verdict(bool(result.success), _error(result.exception_info), dict(result.result))
    return verdicts


@cache
def _batch_definition() -> Any:
    """Return the one batch definition of the process: a whole data frame, in an ephemeral context without progress bars."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("spans").add_dataframe_asset("examples").add_batch_definition_whole_dataframe("span")


@cache
def _gx_suite(text: str, positions: tuple[int, ...]) -> Any:
    """Return those expectations of a suite in JSON as Great Expectations' own suite; each carries its position in its meta."""
    import great_expectations as gx

    suite = Suite.model_validate_json(text)
    expectations = [_gx_expectation(suite.name, suite.expectations[at], at) for at in positions]
    return gx.ExpectationSuite(name=suite.name, expectations=expectations)


def _gx_expectation(suite: str, expectation: Expectation, position: int) -> Any:
    from great_expectations.compatibility.pydantic import ValidationError
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl, list_registered_expectation_implementations

    key = f"expectations[{position}]"
    try:
        return get_expectation_impl(expectation.type)(**expectation.kwargs, meta={"position": position})
    except ExpectationNotFoundError as error:
        known = nearest(expectation.type, list_registered_expectation_implementations())
        raise ConfigError("unknown expectation", file=suite, key=f"{key}.type", got=repr(expectation.type), nearest=known) from error
    except ValidationError as error:
        fields = get_expectation_impl(expectation.type).__fields__
        problem = error.errors()[0]
        name = str(problem["loc"][0])
        near = None if name in fields else nearest(name, fields)
        raise ConfigError(
            str(problem["msg"]), file=suite, key=f"{key}.kwargs.{name}", got=_text(expectation.kwargs), nearest=near
        ) from error


def _error(info: dict[str, Any]) -> str:
    """Return the messages of an exception record, which stands alone or once per metric; empty where nothing was raised."""
    records = [info] if "raised_exception" in info else list(info.values())
    return "; ".join(sorted({str(record["exception_message"]) for record in records if record["raised_exception"]}))


def _finding(expectation: Expectation, verdict: _Verdict) -> Finding:
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
        examples=tuple(_text(value) for value in details.get("partial_unexpected_list", ())[:MAX_EXAMPLES]),
    )


def _too_large(suite: Suite, n_rows: int, config: SuiteConfig) -> Finding:
    return Finding(
        code="suite-too-large",
        severity=config.too_large,
        where="table",
        message=f"the suite {suite.name!r} was not run: whole columns would have to fit one pandas frame",
        expected=f"at most {config.max_rows} rows",
        got=f"{n_rows} rows",
        fix="Say it in schema.yaml, which has no limit, or raise max_rows.",
        count=n_rows,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold the library to one caller, without analytics and without its warnings."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ["GX_ANALYTICS_ENABLED"] = "False"
        yield
