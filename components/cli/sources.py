"""`almanac sources`: what was delivered, and what is wrong with it."""

from components.cli.options import PipelineName


def sources(pipeline: PipelineName) -> None:
    """Show the newest deliveries of each source of a pipeline, and the findings that stand."""
    from rich.console import Console
    from rich.markup import escape

    from components.runtime.instants import from_micros
    from components.store.store import Store

    console = Console(highlight=False, soft_wrap=True)
    with Store.open() as store:
        deliveries = store.roots(pipeline).deliveries()
        for name in dict.fromkeys(one.source for one in deliveries):
            ours = [one for one in deliveries if one.source == name]
            rows, bad = sum(one.n_read for one in ours), sum(one.n_quarantined for one in ours)
            twice, withheld = (sum(int(str(one.hint.get(count, 0))) for one in ours) for count in ("ambiguous", "withheld"))
            console.print(
                f"[bold]{escape(name)}[/bold]: {len(ours)} deliveries, {rows:,} rows read, {bad:,} quarantined, {withheld:,} withheld, "
                f"{twice:,} at local times that occur twice"
            )
            for one in ours[-SHOWN:]:
                known = "assumed" if one.known_rule == "assumed" else f"{one.known_rule}, from {from_micros(one.known_from):%Y-%m-%d %H:%M}"
                console.print(
                    f"  {one.version:>5}  {one.first_span or '-'} to {one.last_span or '-'}  {one.n_read:,} rows, "
                    f"{one.n_quarantined} quarantined  known: {known}  {one.hint.get('file', '')}", markup=False,
                )  # fmt: skip
        found = store.source_findings(pipeline).standing()
        for finding in found:
            since = f"since {from_micros(finding.recorded_at):%Y-%m-%d %H:%M} UTC"
            console.print(f"[bold]{finding.finding.code}[/bold]", end=" ")
            console.print(f"{finding.source}: {finding.finding.where}: {finding.finding.message} ({since})", markup=False)
        console.print(f"{len(found)} findings stand" if deliveries or found else "nothing was delivered yet")


SHOWN = 5
"""Deliveries of a source that are listed, the newest."""
