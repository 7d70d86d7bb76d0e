"""`almanac doctor`: what is wrong with this machine or its servers, and what to do."""

import typer


def doctor() -> None:
    """Check versions, disk, memory, ports, databases and servers; the exit status is 1 if anything is not well."""
    from rich.console import Console

    from components.cli.console import state_folder
    from components.cli.services.checks import all_checks
    from components.cli.services.stack import Stack

    console, checks = Console(highlight=False, soft_wrap=True), all_checks(Stack.open(state_folder()))
    for check in checks:
        console.print("[green]ok [/green]" if check.ok else "[red]no [/red]", f"{check.name:<16}", end="")
        console.print(check.detail, markup=False)
        if check.action:
            console.print(f"    {'':<16}-> {check.action}", markup=False)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
