"""The user's own Great Expectations suite over one span, its verdicts as findings."""

import json
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from components.adapters.expectation_suite import BY_ROW, Expectation, Suite
from components.adapters.expectation_verdicts import SILENT, Verdict, finding, gathered, too_large
from components.artifacts.examples import ROW_ID, Examples
from components.artifacts.findings import MAX_EXAMPLES, Findings, Severity
from components.runtime.component import component
from components.runtime.errors import ConfigError, nearest
from components.runtime.keys import CodeRef

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 100_000
"""Rows that go on one pandas frame at most: twenty expectations take 0.14 s there, and the frame a few tens of MB."""

_ONE_AT_A_TIME = threading.Lock()
"""Great Expectations has one current project a process and keeps the batch that it validates in its engine."""

Frames = Callable[[], "Iterator[tuple[int, pd.DataFrame]]"]
"""The batches of a span, each with the number of its first row."""


@dataclass(frozen=True)
class SuiteConfig:
    """The most rows of a span that go on one frame, how bad a larger span is, and the columns that name a row in examples (none: row_id)."""

    max_rows: int = MAX_ROWS
    too_large: Severity = "fail"
    key: tuple[str, ...] = ()


@component(libraries=("great-expectations", "pandas"))
def check_suite(examples: Examples, *, suite: Suite | CodeRef, config: SuiteConfig = SuiteConfig()) -> Findings:
    """Return a finding for each expectation that the span misses or that could not be evaluated.

    `suite` is one read from JSON, or code: an `ExpectationSuite` or a function that returns one. Verdicts come first and without details; only
    missed expectations run again, for their counts and rows. The suite sees every column but ``row_id``, integers with nulls as floats. Up
    to ``config.max_rows`` rows are one batch; above, expectations about single rows (``BY_ROW``) run on batches of a tile, and the others
    are ``suite-too-large`` (state ``too-large``). A span without rows is checked by nothing (state ``empty``): neither is a pass.

    Raises
    ------
    ConfigError
        If the installed Great Expectations does not know an expectation or does not take its arguments, or the span has no column of the key.
    """
    with _quiet():
        suite = _loaded(suite) if isinstance(suite, CodeRef) else suite
        everything = tuple(range(len(suite.expectations)))
        _gx_suite(suite.model_dump_json(), everything)
        _require_key(config.key, examples.schema.names)
        if examples.n_rows == 0:
            return Findings.of([], checked=0, state="empty")
        is_whole = examples.n_rows <= config.max_rows
        run = tuple(at for at in everything if is_whole or suite.expectations[at].type in BY_ROW)
        left = [at for at in everything if at not in run]
        verdicts = _judged(lambda: _batches(examples, is_whole=is_whole), suite, run)
    found = [finding(suite.expectations[at], one, examples, config.key) for at, one in verdicts.items() if not one.success]
    if left:
        found.append(too_large(suite, left, examples.n_rows, config.max_rows, config.too_large))
    checked = sum(not one.error for one in verdicts.values())
    return Findings.of(found, checked=checked, state="too-large" if left else "checked")


def prepare() -> None:
    """Make the context beforehand: a process forked from this one inherits it. No row is looked at."""
    with _quiet():
        _batch_definition()


def _judged(batches: Frames, suite: Suite, positions: Sequence[int]) -> dict[int, Verdict]:
    """Return the verdicts over all batches: first without details, then with them for what some batch missed."""
    verdicts = dict.fromkeys(positions, Verdict(success=True))
    for _, frame in batches() if positions else ():
        kept = tuple(at for at in positions if verdicts[at].success)
        verdicts |= _verdicts(frame, suite, kept, "BOOLEAN_ONLY")
    missed = tuple(at for at in positions if not (verdicts[at].success or verdicts[at].error))
    parts = [_verdicts(frame, suite, missed, "SUMMARY", first) for first, frame in batches()] if missed else []
    return verdicts | {at: gathered(suite.expectations[at], [part[at] for part in parts]) for at in missed}


def _batches(examples: Examples, *, is_whole: bool) -> "Iterator[tuple[int, pd.DataFrame]]":
    names = [name for name in examples.schema.names if name != ROW_ID]
    first = 0
    for table in [examples.to_arrow(names)] if is_whole else (tile.read(names) for tile in examples.tiles()):
        yield first, table.to_pandas()
        first += table.num_rows


def _verdicts(frame: "pd.DataFrame", suite: Suite, positions: tuple[int, ...], detail: str, first: int = 0) -> dict[int, Verdict]:
    """Return what Great Expectations says of the expectations at ``positions``; one that it passes over in silence is an error."""
    if not positions:
        return {}
    batch = _batch_definition().get_batch({"dataframe": frame})
    wanted = {"result_format": detail, "partial_unexpected_count": MAX_EXAMPLES}
    verdicts = dict.fromkeys(positions, SILENT)
    for result in batch.validate(_gx_suite(suite.model_dump_json(), positions), result_format=wanted).results:
        details = dict(result.result)
        rows = tuple(first + int(row) for row in details.get("partial_unexpected_index_list") or ())
        verdicts[result.expectation_config.meta["position"]] = Verdict(bool(result.success), _error(result.exception_info), details, rows)
    return verdicts


@cache
def _batch_definition() -> Any:
    """Return the one batch definition of the process: a whole data frame, in an ephemeral context without progress bars."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("spans").add_dataframe_asset("examples").add_batch_definition_whole_dataframe("span")


def _loaded(code: CodeRef) -> Suite:
    """Return the suite that a user's code makes, its own classes of expectations among it."""
    made: Any = code.load()
    made = made() if callable(made) else made
    if not hasattr(made, "to_json_dict"):
        raise ConfigError(
            "the code makes no suite", key=code.target, expected="great_expectations.ExpectationSuite", got=type(made).__name__
        )
    body = made.to_json_dict()
    names = ("type", "kwargs", "severity", "description")
    listed = [Expectation.model_construct(**{name: one[name] for name in names if name in one}) for one in body["expectations"]]
    return Suite.model_construct(name=body["name"], expectations=tuple(listed))


@cache
def _gx_suite(text: str, positions: tuple[int, ...]) -> Any:
    """Return those expectations of a suite in JSON as Great Expectations' own suite; each carries its position in its meta."""
    import great_expectations as gx

    body = json.loads(text)
    expectations = [_gx_expectation(body["name"], at, **body["expectations"][at]) for at in positions]
    return gx.ExpectationSuite(name=body["name"], expectations=expectations)


def _gx_expectation(suite: str, position: int, *, type: str, kwargs: dict[str, object], **_: object) -> Any:  # noqa: A002 - their word
    from great_expectations.compatibility.pydantic import ValidationError
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl, list_registered_expectation_implementations

    key = f"expectations[{position}]"
    try:
        return get_expectation_impl(type)(**kwargs, meta={"position": position})
    except ExpectationNotFoundError as error:
        known = nearest(type, list_registered_expectation_implementations())
        raise ConfigError("unknown expectation", file=suite, key=f"{key}.type", got=repr(type), nearest=known) from error
    except ValidationError as error:
        fields = get_expectation_impl(type).__fields__
        problem = error.errors()[0]
        name = str(problem["loc"][0])
        near = None if name in fields else nearest(name, fields)
        raise ConfigError(str(problem["msg"]), file=suite, key=f"{key}.kwargs.{name}", got=json.dumps(kwargs), nearest=near) from error


def _error(info: dict[str, Any]) -> str:
    """Return the messages of an exception record, which stands alone or once per metric; empty where nothing was raised."""
    records = [info] if "raised_exception" in info else list(info.values())
    return "; ".join(sorted({str(record["exception_message"]) for record in records if record["raised_exception"]}))


def _require_key(key: Sequence[str], names: Sequence[str]) -> None:
    for name in key:
        if name not in names:
            raise ConfigError("the examples have no such column", key="key", got=repr(name), nearest=nearest(name, names))


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold the library to one caller, without analytics and without its warnings."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ["GX_ANALYTICS_ENABLED"] = "False"
        yield
