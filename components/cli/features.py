"""`almanac features`: what a model is asked with about single rows."""

import math
from typing import Annotated

import typer

from components.cli.options import PipelineName


def features(
    pipeline: PipelineName,
    rows: Annotated[
        typer.FileText, typer.Argument(help="JSON objects with the source's columns, one a line; '-' reads the standard input.")
    ],
) -> None:
    """Print raw rows with their features as JSON that the scoring server takes; what they were made from goes to standard error."""
    import json
    import sys

    from components.cli.options import stop_on_terminate
    from components.ingestion.sources.json import object_of
    from components.ingestion.sources.source import Rejected
    from components.run.catalog import load_pipeline
    from components.run.describing import describe_rows
    from components.run.opening import deliver_for
    from components.runtime.errors import DataError
    from components.store.store import Store

    stop_on_terminate()
    asked = []
    for number, line in enumerate(rows, 1):
        if isinstance(found := object_of(number, line.encode()), Rejected):
            raise DataError("no JSON object", where=f"{rows.name}, line {number}")
        asked.append((json.loads(line), found.values))
    built = load_pipeline(pipeline)
    with Store.open() as store:
        deliver_for(store, built, None)
        described = describe_rows(store, built, [values for _, values in asked])
    for sentence in described.made_from:
        print(sentence, file=sys.stderr)  # noqa: T201
    made = described.features.drop("row_id", "event_time").to_dicts()
    records = [raw | {name: _plain(value) for name, value in row.items()} for (raw, _), row in zip(asked, made, strict=True)]
    print(json.dumps({"dataframe_records": records}, ensure_ascii=False, allow_nan=False, default=str))  # noqa: T201


def _plain(value: object) -> object:
    """Return null for NaN, for which JSON has no number: a model takes both for missing."""
    return None if isinstance(value, float) and math.isnan(value) else value
