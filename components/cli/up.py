"""`almanac up`: start the servers, then show the whole chain on them."""

from typing import Annotated

import typer


def up(servers_only: Annotated[bool, typer.Option("--servers-only", help="Start the servers and run no pipeline.")] = False) -> None:
    """Start PostgreSQL, MLflow and Airflow on loopback, run the flights pipeline on them and say what it found."""
    from components.cli.console import progress_printer, state_folder
    from components.cli.services.stack import Stack
    from components.store.connections import Connections

    home, show = state_folder(), progress_printer()
    addresses = Stack.open(home).start(show)
    Connections(addresses.almanac_database, addresses.mlflow, addresses.airflow).save(home)
    show(f"Airflow: {addresses.airflow}")
    show(f"MLflow: {addresses.mlflow}")
    if not servers_only:
        from components.cli.tour import run_tour

        run_tour(addresses, home, show)
