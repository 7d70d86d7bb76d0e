"""`almanac show`: one run, or one artifact."""

from typing import Annotated

import typer


def show(
    what: Annotated[str, typer.Argument(metavar="RUN|DIGEST", help="A run, 'latest', or the beginning of an artifact's digest.")],
) -> None:
    """Show a run's steps and artifacts, or where an artifact lies and what is in it."""
    import json

    from rich.console import Console

    from components.run.judging import findings_of_run
    from components.runtime.errors import StoreError
    from components.runtime.instants import from_micros
    from components.store.store import Store

    console = Console(highlight=False, soft_wrap=True)
    with Store.open() as store:
        try:
            record = store.runs.get(what)
        except StoreError as no_run:
            try:
                artifact = store.find_artifact(what)
            except StoreError:
                raise no_run from None
            console.print(f"{artifact.kind} {artifact.digest}", style="bold", markup=False)
            console.print(
                f"span {artifact.span or '-'}, known at {from_micros(artifact.known_at):%Y-%m-%d %H:%M} UTC, {artifact.n_bytes:,} bytes"
            )
            console.print(str(store.blobs.path(artifact.kind, artifact.digest)), markup=False)
            console.print(json.dumps(artifact.summary, indent=1), markup=False)
            return
        console.print(f"{record.id}: {record.state}. {record.verdict}", style="bold", markup=False)
        artifacts = store.run(record.id).artifacts
        for one in store.executions(record.pipeline).of_run(record.id):
            if one.own:
                seconds = ((one.ended_at or one.started_at) - one.started_at) / 1e6
                name = f"{one.step}[{one.position}]" if one.position else one.step
                console.print(f"  {one.state:<9} {name:<24} {seconds:7.2f} s  {one.error}", markup=False)
        for name, artifact in artifacts.items():
            if "." in name:
                figures = ", ".join(f"{key} {value}" for key, value in list(artifact.summary.items())[:6])
                console.print(f"  {artifact.digest[:12]}  {name:<34} {figures}", markup=False)
        for source, findings in findings_of_run(store, record.pipeline, record.span, record.ended_at).items():
            for finding in findings:
                console.print(f"  {finding.code:<18} {source}: {finding.where}: {finding.message}", markup=False)
