"""The page of a pipeline's champion: which model serves, since when and by whose word, and what a person may decide now."""

from components.reports.formats import when
from components.reports.layout import render
from components.runtime.instants import from_micros
from components.store.champions import champion_entry, pinned
from components.store.records import LedgerEntry
from components.store.store import Store

RUNS = 12
KINDS = ("blessing", "approval", "promotion", "rollback", "unpin", "serving-check")


def render_champion(store: Store, pipeline: str, *, said: str = "") -> str:
    """Return the page as one HTML text, with a form for each decision; ``said`` is what came of the last one."""
    ledger = store.ledger(pipeline)
    now, pin = champion_entry(ledger), pinned(ledger)
    blessed = {str(entry.value["run"]) for entry in ledger.entries("blessing")}
    entries = sorted((entry for kind in KINDS for entry in ledger.entries(kind)), key=lambda entry: -entry.id)
    runs = [run for run in store.runs_of(pipeline).recent(limit=RUNS, graph="training") if run.state == "COMPLETE"]
    values = {
        "pipeline": pipeline,
        "tone": "idle" if now is None else "warn" if pin else "good",
        "words": "No champion" if now is None else "Pinned" if pin else "Serving",
        "sentence": _sentence(now),
        "said": said,
        "pinned": pin is not None,
        "has_champion": now is not None,
        "runs": [(run, run.id in blessed, now is not None and run.id == now.value["run"], when(from_micros(run.as_of))) for run in runs],
        "entries": [(entry, when(from_micros(entry.recorded_at))) for entry in entries[:50]],
    }
    contents = {"verdict": "Champion", "decide": "Decide", "ledger": "Ledger"}
    return render("champion.html", title=f"Champion of {pipeline}", contents=contents, values=values, forms=True)


def _sentence(now: LedgerEntry | None) -> str:
    """Say which model serves and by whose word."""
    if now is None:
        return "No model was promoted yet."
    as_of = when(from_micros(now.effective_from)).split()[0]
    return f"The model of run {now.value['run']}, as of {as_of}; {now.kind} by {now.who}: {now.why or 'no reason given'}."
