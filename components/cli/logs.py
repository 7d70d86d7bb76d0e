"""`almanac logs`: why a server failed."""

from typing import Annotated

import typer


def logs(
    service: Annotated[str, typer.Argument(help="One server, such as scheduler; all of them if left out.")] = "",
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Last lines to show of each log.")] = 8,
) -> None:
    """Show how each server does, the end of its log and the last lines that speak of an error."""
    from rich.console import Console

    from components.cli.console import state_folder
    from components.cli.services.errors import ServiceError
    from components.cli.services.excerpts import excerpt
    from components.cli.services.stack import Stack
    from components.runtime.errors import nearest

    stack, console = Stack.open(state_folder()), Console(highlight=False, soft_wrap=True)
    files = stack.log_files()
    if service and service not in files:
        raise ServiceError(f"no server is called {service!r}", expected=", ".join(files), nearest=nearest(service, files))
    status = {one.name: one for one in stack.status()}
    for name in [service] if service else files:
        one, part = status.get(name), excerpt(files[name], lines=lines)
        state = "" if one is None else "healthy" if one.healthy else "running, not healthy" if one.running else "not running"
        console.print(f"[bold]{name}[/bold]  {state}  {part.path}")
        for text in part.errors:
            console.print(f"  ! {text}", style="red", markup=False)
        for text in part.tail or ("(no log yet)",):
            console.print(f"    {text}", markup=False)
