"""Arguments and options that several commands share."""

import signal
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from components.runtime.graph import Pipeline
    from components.store.records import Lane

PipelineName = Annotated[str, typer.Argument(metavar="PIPELINE", help="A folder of pipeline_config, such as flights.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Use only what was known by this date or time (local to the pipeline).")]
LaneOption = Annotated[str, typer.Option("--lane", help="production, backfill or experiment.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="Override a configuration key: training.window='91 spans'. Repeatable.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why this run, in your words.")]
BecauseOption = Annotated[str, typer.Option("--because", help="What started this run: manual, drift, performance, volume or code.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's identifier, its beginning, or 'latest'.")]


def checked_lane(text: str) -> "Lane":
    """Return the lane called ``text``."""
    from components.runtime.errors import ConfigError, nearest

    lanes = ("production", "backfill", "experiment")
    if text not in lanes:
        raise ConfigError(f"there is no lane '{text}'", key="lane", expected=", ".join(lanes), nearest=nearest(text, lanes))
    return text  # type: ignore[return-value]


def moment(pipeline: "Pipeline", text: str | None) -> datetime:
    """Return the as-of of an option: a date is its local start; without one it is now, or the end of a pipeline that has ended."""
    from components.runtime.instants import parse_instant

    return parse_instant(text, pipeline.calendar.zone) if text else pipeline.newest_as_of(datetime.now().astimezone())


def stop_on_terminate() -> None:
    """Let SIGTERM end the command as Ctrl-C does: the execution is CANCELED and its claim released."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
