"""The infra check: a fresh process serves a model by the registry's name as the store has it, or the model is not fit to serve."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from components.adapters.mlflow.connection import SETTINGS, answers_from, connect
from components.adapters.mlflow.registry import find_version
from components.adapters.mlflow.sync import sync
from components.artifacts.features import Features
from components.artifacts.model import Model
from components.run.outbox import MirrorTable, mirror_record
from components.run.promotions import blessing_of
from components.runtime.errors import StoreError
from components.store.connections import Connections
from components.store.records import LedgerEntry
from components.store.store import Store

if TYPE_CHECKING:
    import polars as pl

TOLERANCE = 1e-9
"""Largest difference of a probability between the fresh process and the store's model."""
SAMPLE = 200
WITHIN = 300
"""Rows that are predicted one by one, and seconds until the process is given up."""


@dataclass(frozen=True)
class ServingCheck:
    """What a fresh process made of a registered model: whether it serves, and what it costs (milliseconds a row, megabytes)."""

    model: str
    passed: bool
    reason: str
    n_rows: int = 0
    largest_difference: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    load_s: float | None = None
    peak_mb: float | None = None

    @property
    def words(self) -> str:
        """The check in one line."""
        if self.p50_ms is None:
            return f"{self.model} does not serve: {self.reason}"
        verdict = "serves" if self.passed else f"does not serve: {self.reason}"
        return f"{self.model} {verdict}; p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms a row, {self.peak_mb:.0f} MB"


def check_serving(store: Store, pipeline: str, entry: LedgerEntry, tracking_uri: str) -> ServingCheck:
    """Return whether the model that a decision names serves from MLflow's registry, and record it in the ledger.

    A process of its own loads ``models:/<pipeline>/<version>`` (the store's own folder where no server is set up), refuses types that were not reviewed, and predicts rows of the model's
    own training window, all together and one by one; both must be the store's predictions to `TOLERANCE`.

    Raises
    ------
    StoreError
        If the registry does not have the model yet.

    """
    digest = str(entry.value["digest"])
    name = _registered(store, entry, pipeline, tracking_uri) if tracking_uri else str(store.blobs.path(Model.kind, digest))
    check = probe(_model(store, entry), sample_rows(store, pipeline, digest), name, tracking_uri)
    with store.database.read() as connection:
        now = store.database.now(connection)
    value = {"digest": digest, **asdict(check)}
    store.ledger(pipeline).append(
        "serving-check", "champion", value, lane=entry.lane, effective_from=entry.effective_from, known_at=now,
        who="infra check", why=check.reason,
    )  # fmt: skip
    return check


def check_before_promotion(store: Store, pipeline: str, run: str) -> str:
    """Return what the infra check says of a run's blessed model, or that nothing was checked where it predicts no rows.

    Raises
    ------
    StoreError
        If no model of the run was blessed, or a fresh process cannot serve it from the registry.

    """
    blessing, address = blessing_of(store, pipeline, run), Connections.of(store.folder).mlflow
    model = store.load(store.artifact(int(str(blessing.value["artifact"]))))
    if not isinstance(model, Model):
        return f"not checked: a {type(model).__name__} predicts no rows"
    check = check_serving(store, pipeline, blessing, address)
    if not check.passed:
        raise StoreError(f"not promoted: {check.words}", fix="train again, or look at the model with `almanac show`")
    return check.words


def _registered(store: Store, entry: LedgerEntry, pipeline: str, tracking_uri: str) -> str:
    """Return the name by which the registry has a model; one that it lacks is registered first, with the run that made it."""
    client, digest = connect(tracking_uri), str(entry.value["digest"])
    with answers_from(tracking_uri):
        version = find_version(client, pipeline, digest)
        if version is None:
            sync([mirror_record(store, str(entry.value["run"]))], tracking_uri, MirrorTable(store))
            version = find_version(client, pipeline, digest)
    if version is None:
        raise StoreError(f"MLflow has no version of {pipeline} with this digest", expected=digest[:12], fix="run `almanac mlflow-sync`")
    return f"models:/{pipeline}/{version.version}"


def sample_rows(store: Store, pipeline: str, digest: str) -> "pl.DataFrame":
    """Return up to `SAMPLE` rows of the newest features that the model was trained on, evenly spread."""
    executions = store.executions(pipeline)
    made = executions.makers(digest)
    found = [record for one in made for record in executions.inputs(one.id).values() if record.kind == Features.kind]
    if not found:
        raise StoreError("the store does not know what the model was trained on", where=f"model {digest[:12]}")
    value = store.load(max(found, key=lambda record: record.span))
    if not isinstance(value, Features):
        raise StoreError("the model was trained on no features", where=f"model {digest[:12]}")
    return value.to_polars().gather_every(max(1, value.n_rows // SAMPLE)).head(SAMPLE)


def _model(store: Store, entry: LedgerEntry) -> Model:
    model = store.load(store.artifact(int(str(entry.value["artifact"]))))
    if not isinstance(model, Model):
        raise StoreError("the decision names no model")
    return model


def probe(model: Model, rows: "pl.DataFrame", name: str, tracking_uri: str) -> ServingCheck:
    """Return what a fresh process makes of the model called ``name`` in the registry, held against this one's predictions of the rows."""
    import numpy as np

    expected = model.predict_proba(rows) if model.classes else model.scores(rows)
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.parquet"
        rows.select([column.name for column in model.features]).write_parquet(sample)
        command = [sys.executable, "-m", "components.adapters.mlflow.serving_probe", tracking_uri, name, str(sample)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=WITHIN, env={**SETTINGS, **os.environ, "OMP_NUM_THREADS": "1"}, check=False
            )
        except subprocess.TimeoutExpired:
            return ServingCheck(name, passed=False, reason=f"the process did not end within {WITHIN} s")
    if done.returncode:
        return ServingCheck(name, passed=False, reason=(done.stderr.strip().splitlines() or ["it ended without a word"])[-1][:300])
    told = json.loads(done.stdout.strip().splitlines()[-1])
    gaps = [float(np.abs(np.asarray(told[way]) - expected).max()) for way in ("together", "single")]
    milliseconds = 1000 * np.asarray(told["seconds"])
    p50, p99 = (round(float(np.quantile(milliseconds, share)), 3) for share in (0.5, 0.99))
    passed = max(gaps) <= TOLERANCE
    reason = "same predictions in a fresh process" if passed else f"predictions differ by {max(gaps):.3g} from the store's"
    return ServingCheck(
        name, passed, reason, rows.height, max(gaps), p50, p99, round(told["load_s"], 3), round(told["peak_mb"], 1)
    )  # fmt: skip
