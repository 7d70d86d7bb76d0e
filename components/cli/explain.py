"""`almanac explain`: why one step of a run was computed or reused."""

from typing import Annotated

import typer

from components.cli.options import RunName


def explain(run: RunName, step: Annotated[str, typer.Argument(help="A step of the run.")]) -> None:
    """Say why a step ran or was reused: the parts of its key, and what differs from the execution before it."""
    from rich.console import Console

    from components.runtime.errors import StoreError, nearest
    from components.runtime.keys import differing_parts
    from components.store.store import Store

    console = Console(highlight=False, soft_wrap=True)
    with Store.open() as store:
        record = store.runs.get(run)
        executions = store.executions(record.pipeline)
        steps = executions.of_run(record.id)
        found = [one for one in steps if one.step == step]
        if not found:
            raise StoreError(f"run {record.id} has no step '{step}'", nearest=nearest(step, {one.step for one in steps}))
        for one in found:
            name = f"{one.step}[{one.position}]" if one.position else one.step
            console.print(f"{name} {one.span}: {one.state}", style="bold", markup=False)
            if one.reuses is not None:
                origin = executions.get(one.reuses)
                console.print(f"  reuses execution {origin.id} of run {origin.run}: same key {one.key[:12]}", markup=False)
            elif one.state == "ABSENT":
                console.print(f"  {one.key_parts.get('absent')}", markup=False)
            else:
                before = executions.previous(one)
                changed = differing_parts(before.key_parts, one.key_parts) if before else []
                why = (
                    f"differs from execution {before.id} in: {', '.join(changed)}" if before else "it had never been computed for this span"
                )
                console.print(f"  {why}", markup=False)
            if one.error:
                console.print(f"  {one.error}", markup=False, style="red")
