"""`almanac lineage`: what an artifact was made of, or what was made of it."""

from typing import Annotated

import typer


def lineage(
    digest: Annotated[str, typer.Argument(help="The beginning of an artifact's digest.")],
    downstream: Annotated[bool, typer.Option("--downstream", help="What was made of it, instead of what it was made of.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="At most this many lines.")] = 60,
) -> None:
    """Show an artifact's lineage as a tree's levels: kind, span, digest and the step that made it."""
    from rich.console import Console

    from components.store.lineage import lineage as walk
    from components.store.store import Store

    console = Console(highlight=False, soft_wrap=True)
    with Store.open() as store:
        links = walk(store.database, store.find_artifact(digest).id, upstream=not downstream)
    for link in links[:limit]:
        made = f"by {link.step}" if link.step else "a root"
        console.print(
            f"{'  ' * link.depth}{link.artifact.kind} {link.artifact.span or '-'} {link.artifact.digest[:12]}  {made}", markup=False
        )
    if len(links) > limit:
        console.print(f"… and {len(links) - limit} more (--limit)")
