"""`almanac down`: stop the servers."""

import typer


def down() -> None:
    """Stop PostgreSQL, MLflow and Airflow; no process stays behind."""
    from components.cli.console import state_folder
    from components.cli.services.stack import Stack

    survivors = Stack.open(state_folder()).stop()
    if survivors:
        typer.echo(f"These processes could not be ended: {', '.join(map(str, survivors))}.", err=True)
        raise typer.Exit(1)
    typer.echo("Everything is stopped; no process is left.")
