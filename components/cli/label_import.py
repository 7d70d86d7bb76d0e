"""`almanac label-import`: an export of Label Studio as a file of ratings, which the next run takes in as a delivery."""

from pathlib import Path
from typing import Annotated

import typer

from components.cli.label_batch import Choices


def label_import(
    export: Annotated[Path, typer.Argument(help="The JSON export of Label Studio.", exists=True, dir_okay=False)],
    to: Annotated[Path, typer.Option("--to", help="A new CSV where the pipeline's source of ratings looks for files.")],
    key: Annotated[str, typer.Option("--key", help="The columns of the rows' key: 'message_id'.")],
    choices: Choices,
) -> None:
    """Write a row for each answer: the key, event_time, rater, label and rated_at."""
    from rich.console import Console

    from components.labeling.label_studio import Question, read_ratings, write_ratings

    names = tuple(key.split(","))
    ratings = read_ratings(export, names, Question(tuple(choices.split(","))))
    write_ratings(ratings, names, to)
    Console(highlight=False, soft_wrap=True).print(f"{len(ratings)} ratings in {to}", markup=False)
