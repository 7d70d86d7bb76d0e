"""`almanac which-models`: the models that learned from a labeling function, a rater or a source."""

from typing import Annotated

import typer

from components.cli.options import PipelineName


def which_models(
    pipeline: PipelineName,
    name: Annotated[str, typer.Argument(metavar="LF|RATER|SOURCE", help="A labeling function, a rater or a source.")],
) -> None:
    """List the models whose labels it had a part in, newest first: what to look at again if it turns out to be wrong."""
    from rich.console import Console

    from components.run.label_provenance import which_models as find
    from components.store.store import Store

    console = Console(highlight=False, soft_wrap=True)
    with Store.open() as store:
        learners = find(store, pipeline, name)
    for one in learners:
        part = "" if one.n_labels is None else f", {one.n_labels:,} labels"
        console.print(f"{one.model.digest[:12]}  {one.step:<16} {one.model.span or '-':<24} {one.teacher}{part}", markup=False)
    if not learners:
        console.print(f"No model of {pipeline} learned from '{name}'.", markup=False)
