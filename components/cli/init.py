"""`almanac init`: a first pipeline from a file."""

import keyword
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from components.ingestion.inference import Guess
    from components.ingestion.partition import Reading
    from components.runtime.spans import Calendar

MODULES = {"CsvSource": "csv", "JsonSource": "json", "ParquetSource": "parquet", "ArrowSource": "arrow", "OrcSource": "orc",
           "AvroSource": "avro", "TfRecordSource": "tfrecord"}  # fmt: skip
DAGS = '''"""The pipeline {name} in Airflow: a run for each span."""

from components.adapters.airflow.dags import to_dags

globals().update(to_dags("{name}"))
'''

FEW_DAYS, MANY_ROWS = 2, 1_000
"""A file of so few days and so many rows comes by the hour."""

SCHEMA_TYPES = {"integer": "int64", "float": "float64", "boolean": "bool"}

PIPELINE = '''"""{name}: days of one source, summarised and checked. Written by `almanac init`; yours from here on."""

from components.ingestion.component import ingest_examples
from components.ingestion.sources.{module} import {kind}
from components.ingestion.sources.source import EventTime
from components.runtime.config import Configuration
from components.runtime.graph import Pipeline
from components.statistics.component import generate_statistics
from components.validation.component import validate_examples


class Config(Configuration):
    """``pipeline.yaml``."""

    grain: str
    zone: str
    start: str
    end: str
    location: str


def build(config: Config) -> Pipeline:
    """Return the pipeline: examples of a span, their statistics, and what the schema says of them."""
    pipeline = Pipeline("{name}", grain=config.grain, zone=config.zone, start=config.start, end=config.end)
    source = {kind}(
        location=config.location,
        columns={{
{columns}        }},
        event_time={event_time},
        key={key},  # the columns that identify a row; None: the whole row
{more}    )
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("rows", source))
    statistics = pipeline.add(generate_statistics, name="statistics", examples=examples)
    pipeline.add(validate_examples, name="findings", examples=examples, statistics=statistics, schema=pipeline.schema())
    return pipeline
'''


def init(
    name: Annotated[str, typer.Argument(help="The name of the new pipeline, such as sales.")],
    file: Annotated[
        str, typer.Argument(metavar="FILE_OR_URL", help="A file with dated rows: CSV, JSON, Parquet, Arrow, ORC, Avro, TFRecord.")
    ],
) -> None:
    """Look at a file and write pipeline_config/NAME and dags/NAME.py, a pipeline that runs at once and says what it guessed."""
    from components.ingestion.inference import guessed
    from components.ingestion.partition import read_source
    from components.ingestion.sources.location import is_url
    from components.run import catalog
    from components.runtime.errors import DefinitionError
    from components.runtime.spans import Calendar, Grain

    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise DefinitionError("not a name of a pipeline", expected="lower-case letters, digits and _", got=repr(name))
    folder = catalog.FOLDER / name
    if folder.exists():
        raise DefinitionError(f"pipeline_config/{name} is there already", fix="Choose another name, or remove the folder.")
    guess = guessed(file if is_url(file) or file.startswith("package:") else str(Path(file).resolve()))
    calendar = Calendar(guess.grain, guess.source.event_time.zone)
    reading = read_source(guess.source, calendar)
    if calendar.grain == Grain.DAY and len(reading.parts) <= FEW_DAYS and reading.counts["read"] >= MANY_ROWS:
        calendar = Calendar(Grain.HOUR, calendar.zone)
        reading = read_source(guess.source, calendar)
    folder.mkdir(parents=True)
    for file_name, text in _files(name, guess, reading, calendar).items():
        (folder / file_name).write_text(text, encoding="utf-8")
    dags = folder.parents[1] / "dags"
    if dags.is_dir():
        (dags / f"{name}.py").write_text(DAGS.format(name=name), encoding="utf-8")
    print(_told(name, guess, reading, calendar))  # noqa: T201


def _files(name: str, guess: "Guess", reading: "Reading", calendar: "Calendar") -> Mapping[str, str]:
    """Return the text of each file of the new pipeline."""
    source = guess.source
    kind = type(source).__name__
    spans = list(reading.parts)
    when = source.event_time
    usual = {"null_tokens": ("",), "delimiter": ",", "encoding": "utf-8", "decimal_point": ".", "renames": {}}
    more = [f"        {key}={_literal(getattr(source, key))},\n" for key, value in usual.items() if getattr(source, key, value) != value]
    columns = "".join(f"            {_literal(column)}: {_literal(one)},\n" for column, one in source.types.items())
    pipeline = PIPELINE.format(
        name=name, module=MODULES[kind], kind=kind, columns=columns, key=_literal(source.key), more="".join(more),
        event_time=f"EventTime({_literal(when.column)}{f', {_literal(when.format)}' if when.format else ''}, zone=config.zone)",
    )  # fmt: skip
    doubts = f"  # or, by other columns: {', '.join(guess.other_times)}" if guess.other_times else ""
    config = f"# What `almanac init` saw in {reading.counts['read']} rows; the event time is {when.column}{doubts}\n"
    config += f"grain: {calendar.grain}  # hour, day, week or month; neither it nor the zone can change after the first run\n"
    config += f"zone: {calendar.zone}  # whose clock the spans follow, and the times of the file that have no offset\n"
    config += f"start: {_quoted(spans[0])}  # the first and the last {calendar.grain} with rows; a later end lets later deliveries in\n"
    config += f"end: {_quoted(spans[-1])}\n"
    config += f"location: {_quoted(source.location)}\n"
    return {
        "__init__.py": f'"""The pipeline {name}."""\n',
        "pipeline.py": pipeline,
        "pipeline.yaml": config,
        "schema.yaml": _schema(guess, reading),
    }


def _schema(guess: "Guess", reading: "Reading") -> str:
    """Return a schema that every day of the file keeps: types, and columns that are never null."""
    key = ", ".join(map(_quoted, guess.source.key or ()))
    lines = ["# What every day must look like: types and presence as seen; tighten it where you know more (docs/findings.md).\n"]
    lines += [f"key: [{key}]\n" if key else "", "rows: {min: 1}\n", "event_time: {inside_span: true}\n", "columns:\n"]
    lines.append('  event_time: {type: timestamp, description: "when the row happened, UTC"}\n')
    nulls = dict.fromkeys(guess.source.columns, 0)
    for part in reading.parts.values():
        for name in nulls:
            nulls[name] += part.to_arrow([name]).column(0).null_count
    for name, kind in guess.source.types.items():
        presence = ", presence: {min_fraction: 0}" if nulls[name] else ""
        lines.append(f"  {_quoted(name)}: {{type: {SCHEMA_TYPES.get(kind, kind)}{presence}}}\n")
    return "".join(lines)


def _told(name: str, guess: "Guess", reading: "Reading", calendar: "Calendar") -> str:
    """Return what was guessed and what to do next."""
    keys = list(reading.parts)
    source, counts = guess.source, reading.counts
    return (
        f"pipeline_config/{name}: {source.format}, {counts['read']} rows, {counts['quarantined']} of them unreadable, "
        f"{len(keys)} {calendar.grain}s of {calendar.zone} from {keys[0]} to {keys[-1]}\n"
        f"event time {source.event_time.column}, key {', '.join(source.key) if source.key else 'none: the whole row'}\n"
        f"Run it: almanac backfill {name} {keys[0]} {keys[-1]}, or in Airflow as {name}_data"
    )


def _literal(value: object) -> str:
    """Return a text, a tuple, a mapping of texts or None as Python reads it back, quoted as this project quotes."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_literal(name)}: {_literal(one)}' for name, one in value.items())}}}"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    """Return text as YAML and Python read it back."""
    import json

    return json.dumps(text, ensure_ascii=False)
