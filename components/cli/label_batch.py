"""`almanac label-batch`: the rows that people should label next, as tasks for Label Studio."""

from pathlib import Path
from typing import Annotated

import typer

from components.cli.options import PipelineName

Choices = Annotated[str, typer.Option("--choices", help="The names of the classes in order, as people see them: 'ham,spam'.")]


def label_batch(
    pipeline: PipelineName,
    to: Annotated[Path, typer.Option("--to", help="Where to write: .json, .jsonl or .csv.")],
    choices: Choices,
) -> None:
    """Write the newest batch that a training run of the pipeline picked; `almanac label-import` takes the answers."""
    from rich.console import Console

    from components.labeling.label_studio import Question, write_tasks
    from components.run.label_provenance import newest_batch
    from components.store.store import Store

    with Store.open() as store:
        batch = newest_batch(store, pipeline)
    n_tasks = write_tasks(batch, to, Question(tuple(choices.split(","))))
    Console(highlight=False, soft_wrap=True).print(f"{n_tasks} tasks in {to}", markup=False)
