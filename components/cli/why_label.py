"""`almanac why-label`: what a row's label is as of a date, and who said what of it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from components.cli.options import AsOfOption, PipelineName


def why_label(
    pipeline: PipelineName,
    key: Annotated[str, typer.Argument(help="The row: COLUMN=VALUE, several with commas between them.")],
    as_of: AsOfOption = None,
) -> None:
    """Show a row's label, the source that it came from, and what every function, rater and outcome said, with versions."""
    from rich.console import Console

    from components.cli.options import moment
    from components.run import catalog
    from components.run.label_provenance import why_label as tell
    from components.runtime.errors import ConfigError
    from components.runtime.instants import to_micros
    from components.store.store import Store

    pairs = [one.partition("=") for one in key.split(",")]
    if not all(middle for _, middle, _ in pairs):
        raise ConfigError(f"the key '{key}' does not say which row", expected="COLUMN=VALUE,COLUMN=VALUE", got=key)
    console = Console(highlight=False, soft_wrap=True)
    until = to_micros(moment(catalog.load_pipeline(pipeline), as_of))
    with Store.open() as store:
        story = tell(store, pipeline, {name: value for name, _, value in pairs}, until)
    row, label = story.row, story.probabilities.get("label", ())
    told = f"label {label.index(max(label))}, probability {max(label):.4g}" if label else "no label"
    console.print(f"{told}, from {row['source']} (precedence: {', '.join(story.precedence)})", style="bold", markup=False)
    console.print(f"  event time   {row['event_time']}, span {row['span']}", markup=False)
    console.print(f"  outcome      {_said(row['outcome'])}", markup=False)
    console.print(f"  feedback     {_said(row['fed_back'])}", markup=False)
    ratings = ", ".join(f"{who} {what}" for who, what in story.ratings.items())
    console.print(f"  raters       {_shares(story.probabilities.get('rated'))}  {ratings}", markup=False)
    console.print(f"  label model  {_shares(story.probabilities.get('voted'))}  {story.label_model}", markup=False)
    for function, vote in story.votes.items():
        console.print(f"    {function:<28} {'abstains' if vote is None else vote}", markup=False)
    for step, digest in story.versions.items():
        console.print(f"  {step:<12} {digest[:12]}", markup=False)


def _said(value: object) -> str:
    return "-" if value is None else f"{value:g}"


def _shares(probabilities: Sequence[float] | None) -> str:
    """Return the probability of each class in words."""
    return "-" if probabilities is None else ", ".join(f"P({one}) {p:.3g}" for one, p in enumerate(probabilities))
