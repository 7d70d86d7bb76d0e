"""`almanac init`: a first pipeline from a file."""

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from components.ingestion.sources.connection import PREFIXES

if TYPE_CHECKING:
    from components.artifacts.delivery import Delivery
    from components.ingestion.inference import Guess
    from components.ingestion.partition import Reading
    from components.runtime.spans import Calendar

MODULES = {"CsvSource": "csv", "JsonSource": "json", "ParquetSource": "parquet", "ArrowSource": "arrow", "OrcSource": "orc",
           "AvroSource": "avro", "TfRecordSource": "tfrecord", "SqlSource": "sql"}  # fmt: skip
DAGS = '''"""The pipeline {name} in Airflow: a run for each span."""

from components.adapters.airflow.dags import to_dags

globals().update(to_dags("{name}"))
'''

FEW_DAYS, MANY_ROWS = 2, 1_000
"""A file of so few days and so many rows comes by the hour."""

SCHEMA_SPANS = 1_000
"""The newest spans with rows that the schema goes by: their statistics take a few milliseconds each."""

SHOWN_FAULTS = 5

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
{place}

def build(config: Config) -> Pipeline:
    """Return the pipeline: examples of a span, their statistics, and what the schema says of them."""
    pipeline = Pipeline("{name}", grain=config.grain, zone=config.zone, start=config.start, end=config.end)
    source = {kind}(
{where}        columns={{
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
        str,
        typer.Argument(
            metavar="FILE_OR_URL",
            help="Dated rows: a file of CSV, JSON, Parquet, Arrow, ORC, Avro, TFRecord or SQLite, a folder of them, or a pattern.",
        ),
    ],
) -> None:
    """Look at a file and write pipeline_config/NAME and dags/NAME.py, a pipeline that runs at once and says what it guessed."""
    from components.run import catalog
    from components.runtime.errors import DefinitionError

    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise DefinitionError("not a name of a pipeline", expected="lower-case letters, digits and _", got=repr(name))
    folder = catalog.FOLDER / name
    if folder.exists():
        raise DefinitionError(f"pipeline_config/{name} is there already", fix="Choose another name, or remove the folder.")
    first = _looked(name, file)
    folder.mkdir(parents=True)
    for file_name, text in _files(name, first).items():
        (folder / file_name).write_text(text, encoding="utf-8")
    dags = folder.parents[1] / "dags"
    if dags.is_dir():
        (dags / f"{name}.py").write_text(DAGS.format(name=name), encoding="utf-8")
    print(_told(name, first))  # noqa: T201


@dataclass(frozen=True)
class _Look:
    """What was guessed, and what a read of each file brought; ``address`` is that of the connection, "" for none."""

    guess: "Guess"
    calendar: "Calendar"
    readings: "Sequence[Reading]"
    address: str = ""

    @property
    def spans(self) -> list[str]:
        """The keys of the spans with rows, in order of time."""
        return sorted({key for one in self.readings for key in one.parts})

    def count(self, name: str) -> int:
        """Return a sum over the files."""
        return sum(one.counts[name] for one in self.readings)

    def deliveries(self, span: str) -> "list[Delivery]":
        """Return what the files hold of a span."""
        return [one.parts[span] for one in self.readings if span in one.parts]

    def faults(self) -> list[str]:
        """Say of each row that cannot be read where it stands and why."""
        rows = [row for one in self.readings if one.quarantine for row in one.quarantine.to_arrow().drop_columns(["raw"]).to_pylist()]
        places = [f"{Path(row['file']).name}, row {row['row']:,}" + (f", column {row['column']}" if row["column"] else "") for row in rows]
        return [f"{place}: {row['reason']}" for place, row in zip(places, rows, strict=True)]


def _looked(name: str, file: str) -> _Look:
    """Guess, and read everything: without strays where the files have too many of them."""
    from components.ingestion.inference import guessed
    from components.ingestion.inferred_files import located
    from components.ingestion.sources.connection import kept_by
    from components.ingestion.sources.sql import SqlSource
    from components.runtime.errors import DataError
    from components.runtime.spans import Calendar, Grain

    location = located(file)
    with kept_by(lambda _: {"conn_type": "sqlite", "host": location}):
        guess = guessed(location, connection=name)
        calendar = Calendar(guess.grain, guess.source.event_time.zone)
        try:
            found = _read(guess, calendar)
        except DataError:
            guess = guessed(location, connection=name, strict=True)
            found = _read(guess, calendar)
        if calendar.grain == Grain.DAY and len(found.spans) <= FEW_DAYS and found.count("read") >= MANY_ROWS:
            found = _read(guess, Calendar(Grain.HOUR, calendar.zone))
    return replace(found, address=f"sqlite:///{location}") if isinstance(guess.source, SqlSource) else found


def _read(guess: "Guess", calendar: "Calendar") -> _Look:
    from components.ingestion.partition import read_source
    from components.runtime.errors import DataError

    found = _Look(guess, calendar, [read_source(one, calendar) for one in guess.source.files()])
    if not found.spans:
        raise DataError("no row has a time that can be read", where=guess.source.location)
    return found


def _files(name: str, first: _Look) -> Mapping[str, str]:
    """Return the text of each file of the new pipeline."""
    guess, source = first.guess, first.guess.source
    kind = type(source).__name__
    when = source.event_time
    place = {key: getattr(source, key) for key in ("connection", "table") if hasattr(source, key)}
    usual = {"null_tokens": ("",), "delimiter": ",", "encoding": "utf-8", "decimal_point": ".", "skip_lines": 0, "renames": {}}
    more = [f"        {key}={_literal(getattr(source, key))},\n" for key, value in usual.items() if getattr(source, key, value) != value]
    columns = "".join(
        f"            {_literal(column)}: {_literal(one)},{_comment(guess.remarks.get(column))}\n" for column, one in source.types.items()
    )
    others = {name: why for name, why in guess.remarks.items() if name not in source.types}
    columns += "".join(f"            # {name}: {why}\n" for name, why in others.items())
    pipeline = PIPELINE.format(
        name=name, module=MODULES[kind], kind=kind, columns=columns, key=_literal(source.key), more="".join(more),
        place="" if place else "    location: str\n",
        where="".join(f"        {key}={_literal(value)},\n" for key, value in place.items()) or "        location=config.location,\n",
        event_time=f"EventTime({_literal(when.column)}{f', {_literal(when.format)}' if when.format else ''}, zone=config.zone)",
    )  # fmt: skip
    return {
        "__init__.py": f'"""The pipeline {name}."""\n',
        "pipeline.py": pipeline,
        "pipeline.yaml": _settings(first, "" if place else source.location),
        "schema.yaml": _schema(first),
    }


def _settings(first: _Look, location: str) -> str:
    """Return the text of ``pipeline.yaml``."""
    calendar, spans = first.calendar, first.spans
    doubts = f"  # or, by other columns: {', '.join(first.guess.other_times)}" if first.guess.other_times else ""
    config = f"# What `almanac init` saw in {first.count('read')} rows; the event time is {first.guess.source.event_time.column}{doubts}\n"
    config += f"grain: {calendar.grain}  # hour, day, week or month; neither it nor the zone can change after the first run\n"
    config += f"zone: {calendar.zone}  # whose clock the spans follow, and the times of the file that have no offset\n"
    config += f"start: {_quoted(spans[0])}  # the first and the last {calendar.grain} with rows; a later end lets later deliveries in\n"
    config += f"end: {_quoted(spans[-1])}\n"
    return f"{config}location: {_quoted(location)}\n" if location else config


def _schema(first: _Look) -> str:
    """Return a schema that every span of the files keeps, with the evidence for each line."""
    from components.artifacts.schema_text import schema_text
    from components.ingestion.component import ingest_examples
    from components.statistics.component import generate_statistics
    from components.validation.inference import infer_schema

    spans = first.spans[-SCHEMA_SPANS:]
    window = {key: generate_statistics(ingest_examples(first.deliveries(key), first.calendar.span(key))) for key in spans}
    inferred = infer_schema(window, first.guess.source.key or ())
    heading = f"# Inferred from {len(spans)} {first.calendar.grain}s with rows, {spans[0]} to {spans[-1]}: loosen what may change, tighten what you know\n"
    return f"{heading}# more of (docs/schema.md).\n{schema_text(inferred.schema, inferred.evidence)}"


def _told(name: str, first: _Look) -> str:
    """Return what was guessed and what to do next."""
    keys, source, faults = first.spans, first.guess.source, first.faults()
    files = f"{len(first.readings)} files, " if len(first.readings) > 1 else ""
    what = f"pipeline_config/{name}: {source.format}, {files}{first.count('read')} rows, {len(faults)} of them unreadable, "
    lines = [f"{what}{len(keys)} {first.calendar.grain}s of {first.calendar.zone} from {keys[0]} to {keys[-1]}"]
    lines.append(f"event time {source.event_time.column}, key {', '.join(source.key) if source.key else 'none: the whole row'}")
    lines += [f"{'column ' * (column in source.types)}{column}: {said}" for column, said in first.guess.remarks.items()]
    lines += [f"unreadable: {fault}" for fault in faults[:SHOWN_FAULTS]]
    if len(faults) > SHOWN_FAULTS:
        lines.append(f"unreadable: {len(faults) - SHOWN_FAULTS:,} more rows")
    if first.address:
        lines.append(f"The database is known by a name: export {PREFIXES[0]}{name.upper()}={first.address}")
    return "\n".join([*lines, f"Run it: almanac backfill {name} {keys[0]} {keys[-1]}, or in Airflow as {name}_data"])


def _comment(text: str | None) -> str:
    return f"  # {text}" if text else ""


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
