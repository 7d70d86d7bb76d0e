"""`almanac verify`: run a run's steps again and compare the bytes."""

import typer

from components.cli.options import RunName


def verify(run: RunName) -> None:
    """Make every step of a run again on its snapshot and name the first artifact that differs; exit status 1 if one does."""
    from rich.console import Console

    from components.run.catalog import load_pipeline
    from components.run.verification import verify_run
    from components.store.store import Store

    console = Console(highlight=False, soft_wrap=True)
    with Store.open() as store:
        record = store.runs.get(run)
        checked = verify_run(store, load_pipeline(record.pipeline, record.parameters), record.id)
    for one in checked:
        console.print(f"{one.outcome:<15} {one.step}.{one.output} {one.span} {one.recorded[:12]} {one.note}", markup=False)
    differing = [one for one in checked if one.outcome == "differs"]
    if differing:
        first = differing[0]
        console.print(
            f"the first that differs: {first.step}.{first.output}: {first.recorded[:12]} recorded, {first.again[:12]} now", style="red"
        )
        raise typer.Exit(1)
    console.print(f"{sum(one.outcome == 'same' for one in checked)} of {len(checked)} artifacts have the same bytes")
