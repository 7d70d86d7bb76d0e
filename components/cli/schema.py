"""`almanac schema`: infer, compare, propose and approve what every span must look like; import and export it."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from components.cli.options import AsOfOption, PipelineName

if TYPE_CHECKING:
    from datetime import datetime

    from components.runtime.graph import Pipeline
    from components.runtime.spans import Span

schema = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Infer, compare, propose and approve schemas; import and export them."
)

NameOption = Annotated[str, typer.Option("--name", help="The schema, where a pipeline has several.")]
WindowOption = Annotated[int, typer.Option("--window", min=1, help="Spans to look at: the last ones that end by the as-of.")]
StepOption = Annotated[str | None, typer.Option("--step", help="The step of statistics, where a pipeline has several.")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="A file to write; by default the text is printed.")]


@schema.command()
def infer(
    pipeline: PipelineName, as_of: AsOfOption = None, window: WindowOption = 28, step: StepOption = None, output: OutputOption = None
) -> None:
    """Write a first schema from the statistics of a window, with the evidence behind each line. No row is read."""
    from components.artifacts.schema_text import schema_text
    from components.run.catalog import load_pipeline
    from components.run.schema_versions import source_key
    from components.run.window_statistics import span_statistics
    from components.store.store import Store
    from components.validation.inference import infer_schema

    built = load_pipeline(pipeline)
    instant, spans = _window(built, as_of, window)
    with Store.open() as store:
        found = span_statistics(store, built, spans, instant, step=step)
    inferred = infer_schema({span.key: one for span, one in found.present()}, ("event_time", *source_key(built)))
    heading = f"# Inferred from {len(spans)} spans of {pipeline}, {spans[0].key} to {spans[-1].key}; tighten it where you know more.\n"
    _write(heading + schema_text(inferred.schema, inferred.evidence), output)


@schema.command()
def diff(
    pipeline: PipelineName,
    on: Annotated[str | None, typer.Option("--on", help="Compare with what is in force on this date; default the newest approved.")] = None,
    name: NameOption = "schema",
) -> None:
    """Say in which lines the draft differs from the approved schema."""
    from components.artifacts.schema import Schema
    from components.artifacts.schema_text import differences
    from components.run.catalog import load_pipeline
    from components.run.schema_versions import draft_path, in_force
    from components.runtime.instants import parse_instant, to_micros
    from components.store.store import Store

    built = load_pipeline(pipeline)
    draft = Schema.from_yaml(draft_path(built, name))
    with Store.open() as store:
        entry, approved = in_force(store, built, name, to_micros(parse_instant(on, built.calendar.zone)) if on else None)
    found = differences(approved, draft)
    for one in found:
        print(one)  # noqa: T201
    said = "is" if not found else f"differs in {len(found)} line{'s' if len(found) > 1 else ''} from"
    print(f"{name}.yaml {said} the schema that {entry.who} approved: ledger entry {entry.id}")  # noqa: T201


@schema.command()
def propose(
    pipeline: PipelineName, as_of: AsOfOption = None, window: WindowOption = 28, step: StepOption = None, name: NameOption = "schema"
) -> None:
    """Write a dated proposal beside the draft: what it would have to say for a window's spans, why, and what that touches."""
    from components.run import schema_versions
    from components.run.catalog import load_pipeline
    from components.store.store import Store

    built = load_pipeline(pipeline)
    instant, spans = _window(built, as_of, window)
    with Store.open() as store:
        path, changes, touches = schema_versions.propose(store, built, name, spans, instant, step)
    if path is None:
        print(f"nothing to propose: {name}.yaml holds for all of {len(spans)} spans")  # noqa: T201
        return
    for line in (*changes, *touches.lines(), f"proposal  {path}"):
        print(line)  # noqa: T201


@schema.command()
def approve(
    pipeline: PipelineName,
    proposal: Annotated[str | None, typer.Option("--proposal", help="The date of a proposal that becomes the draft first.")] = None,
    effective_from: Annotated[
        str | None, typer.Option("--effective-from", help="First date that it holds for; default today, or the proposal's date.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="The reason, kept with your name.")] = "",
    who: Annotated[str, typer.Option("--who", help="Your name; by default the account's.")] = "",
    name: NameOption = "schema",
) -> None:
    """Write the draft to the ledger as approved, in force from a date on; earlier days keep the schema of their time."""
    from datetime import datetime

    from components.run.catalog import load_pipeline
    from components.run.schema_versions import adopt, draft_path
    from components.run.setup import approve_schema
    from components.runtime.instants import parse_instant, to_micros
    from components.store.store import Store

    built = load_pipeline(pipeline)
    draft_path(built, name)
    start = effective_from or proposal
    since = parse_instant(start, built.calendar.zone) if start else datetime.now().astimezone()
    if proposal is not None:
        adopt(built, name, proposal)
    with Store.open() as store:
        entry = approve_schema(store, built, name, effective_from=to_micros(since), who=who or getpass.getuser(), why=why)
    print(f"approved {name} of {pipeline} from {since:%Y-%m-%d} on: ledger entry {entry.id}")  # noqa: T201


@schema.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A schema.pbtxt of TensorFlow Metadata, or a suite of Great Expectations.")],
    output: OutputOption = None,
) -> None:
    """Write the schema that a schema.pbtxt or a Great Expectations suite (.json) amounts to; what has no counterpart stands at its top."""
    from components.adapters.expectation_import import from_suite
    from components.adapters.expectation_suite import read_suite
    from components.adapters.tfx_schema import read_pbtxt
    from components.artifacts.schema_text import schema_text

    found, left_out = from_suite(read_suite(file)) if file.suffix == ".json" else read_pbtxt(file)
    said = [f"# From {file.name}.", *(["# Not said here:"] if left_out else []), *(f"#   {one}" for one in left_out)]
    _write("\n".join([*said, schema_text(found)]), output)


@schema.command()
def export(
    pipeline: PipelineName,
    to: Annotated[str, typer.Option("--to", help="pbtxt (TensorFlow Metadata) or suite (Great Expectations).")],
    name: NameOption = "schema",
    output: OutputOption = None,
) -> None:
    """Write the draft as a schema.pbtxt or a Great Expectations suite, with what that cannot say."""
    from components.adapters.expectation_export import to_suite
    from components.adapters.tfx_export import to_pbtxt
    from components.artifacts.schema import Schema
    from components.run.catalog import load_pipeline
    from components.run.schema_versions import draft_path
    from components.runtime.errors import ConfigError, nearest

    if to not in ("pbtxt", "suite"):
        raise ConfigError(f"a schema is not written as '{to}'", expected="pbtxt or suite", nearest=nearest(to, ["pbtxt", "suite"]))
    draft = Schema.from_yaml(draft_path(load_pipeline(pipeline), name))
    if to == "pbtxt":
        _write(to_pbtxt(draft), output)
        return
    suite, left_out = to_suite(draft, pipeline)
    noted = suite.model_copy(update={"meta": {"not_said_here": left_out}}) if left_out else suite
    _write(noted.model_dump_json(exclude_defaults=True, indent=1) + "\n", output)


def _window(pipeline: "Pipeline", as_of: str | None, n: int) -> "tuple[datetime, list[Span]]":
    """Return the as-of and the last spans that end by it and lie in the history."""
    from components.cli.options import moment

    instant = moment(pipeline, as_of)
    return instant, [span for span in pipeline.calendar.ending_by(instant, n) if not span < pipeline.start]


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")  # noqa: T201
        return
    output.write_text(text, encoding="utf-8")
    print(f"written {output}")  # noqa: T201
