"""Promotion of what was blessed: only after a fresh process has shown that the model serves from the registry."""

from components.adapters.mlflow.outbox import mirror_champion
from components.adapters.mlflow.serving_check import check_before_promotion
from components.run.promotions import promote, unpromoted
from components.runtime.errors import StoreError
from components.store.store import Store


def promote_checked(store: Store, pipeline: str, run: str) -> str:
    """Check the model that a run blessed, promote it if the run is of the production lane, and say what came of it.

    Raises
    ------
    StoreError
        If a fresh process cannot serve the model: then it is not promoted.
    MirrorUnavailable
        If MLflow does not answer: the promotion waits for `almanac mlflow-sync`.

    """
    ledger = store.ledger(pipeline)
    blessing = next((e for e in reversed(ledger.entries("blessing")) if e.value.get("run") == run), None)
    if blessing is None:
        return "no model was blessed"
    if any(
        e.value.get("digest") == blessing.value["digest"] and e.effective_from == blessing.effective_from
        for e in ledger.entries("promotion")
    ):
        return "promoted already"
    checked = check_before_promotion(store, pipeline, run)
    if promote(store, pipeline, blessing) is None:
        return f"{checked}; not promoted: {'a newer model was' if blessing.lane == 'production' else f'the lane is {blessing.lane}'}"
    return f"{checked}; promoted; MLflow: {mirror_champion(store, pipeline)}"


def promote_waiting(store: Store, pipeline: str) -> str:
    """Promote the newest blessed model of production where that waited for MLflow, and say what came of it; "" where nothing waits."""
    waiting = unpromoted(store, pipeline)
    if waiting is None:
        return ""
    try:
        return promote_checked(store, pipeline, str(waiting.value["run"]))
    except StoreError as error:
        return error.message
