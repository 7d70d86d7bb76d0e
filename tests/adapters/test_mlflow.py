"""Against a real server: each pipeline run is one MLflow run, whatever crashed, was repeated, ran twice at once or was deleted."""

import hashlib
import itertools
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import mlflow
import numpy as np
import polars as pl
import pytest
import requests
from mlflow.entities import Run, ViewType
from mlflow.tracking import MlflowClient
from sklearn.ensemble import HistGradientBoostingClassifier

from components.adapters.mlflow import mirror_alias, sync
from components.artifacts.model import Model, features_of
from components.run.mirror import (
    CandidateRecord,
    DatasetRecord,
    MetricRecord,
    MirrorUnavailable,
    ModelRecord,
    RunRecord,
)
from components.runtime.errors import StoreError

pytestmark = pytest.mark.system

FRAME = pl.DataFrame({"hour": [1, 5, 9, 20] * 20, "temp": [0.5, 1.5, -2.0, 0.0] * 20})
COUNTER = itertools.count()


class Ids(dict[str, str]):
    """The side table in memory."""

    def put(self, run_key: str, foreign_id: str) -> None:
        self[run_key] = foreign_id


@pytest.fixture
def client(mlflow_uri: str) -> MlflowClient:
    return MlflowClient(mlflow_uri, registry_uri=mlflow_uri)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifact")
    estimator = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2, random_state=0).fit(FRAME, FRAME["hour"] > 5)
    Model.from_estimator(estimator, features=features_of(FRAME)).save(folder)
    return folder


@pytest.fixture
def data_run() -> RunRecord:
    return RunRecord(
        key=f"data-{next(COUNTER)}",
        pipeline="flights",
        graph="flights_data",
        as_of=datetime(2013, 6, 1, tzinfo=UTC),
        lane="backfill",
        reason="backfill",
        why="the week before June",
        state="COMPLETE",
        started=datetime(2013, 6, 1, 1, tzinfo=UTC),
        ended=datetime(2013, 6, 1, 2, tzinfo=UTC),
        parameters={"span": "2013-05-31", "seed": 0, "weather": None},
        metrics=(MetricRecord("rows", 921), MetricRecord("carrier=AA/coverage", 0.5), MetricRecord("unknown", None)),
        tags={"almanac.code": "abc"},
        datasets=(DatasetRecord("examples", "d" * 64, "ingestion", "2013-05-31", 921, "/store/examples"),),
        links={"airflow": "http://127.0.0.1:8080/dags/flights_data", "store": "run-17"},
    )


@pytest.fixture
def training_run(data_run: RunRecord, artifact: Path, tmp_path: Path) -> RunRecord:
    report = tmp_path / "report.html"
    report.write_text("<h1>blessed</h1>")
    digest = hashlib.sha256(data_run.key.encode()).hexdigest()
    candidates = tuple(
        CandidateRecord(n, {"depth": n}, (MetricRecord("auc", 0.7, 1),), chosen=n == "deep", card=f"**{n}**") for n in ("deep", "flat")
    )
    return replace(
        data_run,
        key=data_run.key.replace("data", "training"),
        graph="flights_training",
        lane="production",
        candidates=candidates,
        model=ModelRecord(artifact, digest, "flights", aliases=("champion",)),
        report=report,
    )


@pytest.fixture
def die_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that makes the n-th request from now fail once the server has worked on it; 0 ends that."""
    real = requests.Session.request
    left = [0]

    def request(*args: object, **kwargs: object) -> requests.Response:
        answer = real(*args, **kwargs)
        left[0] -= 1
        if left[0] == 0:
            raise requests.ConnectionError("killed")
        return answer

    monkeypatch.setattr(requests.Session, "request", request)
    return lambda nth: left.__setitem__(0, nth)


def runs_of(client: MlflowClient, key: str) -> tuple[Run, dict[str, Run]]:
    experiment = client.get_experiment_by_name("flights").experiment_id
    found = client.search_runs([experiment], f"tags.`almanac.run_key` = '{key}'", ViewType.ACTIVE_ONLY)
    (parent,) = [run for run in found if "almanac.candidate" not in run.data.tags]
    children = [run for run in found if run is not parent]
    assert {run.data.tags["mlflow.parentRunId"] for run in children} <= {parent.info.run_id}
    by_name = {run.data.tags["almanac.candidate"]: run for run in children}
    assert len(by_name) == len(children)
    return parent, by_name


def assert_complete(client: MlflowClient, record: RunRecord) -> Run:
    parent, children = runs_of(client, record.key)
    assert parent.info.status == "FINISHED"
    assert parent.info.end_time == 1370052000000
    assert parent.data.params == {"span": "2013-05-31", "seed": "0", "weather": "None"}
    assert parent.data.metrics == {"rows": 921.0, "carrier_AA/coverage": 0.5}
    assert [each.dataset.digest for each in parent.inputs.dataset_inputs] == ["d" * 32]
    assert all(run.data.tags["mlflow.note.content"] == f"**{name}**" for name, run in children.items())
    assert set(children) == {each.name for each in record.candidates}
    assert all(run.info.status == "FINISHED" and run.data.metrics == {"auc": 0.7} for run in children.values())
    if record.model is not None:
        (version,) = client.search_model_versions(f"name = 'flights' and tags.`almanac.digest` = '{record.model.digest}'")
        assert version.run_id is not None
        assert version.tags["almanac.run_key"] == record.key
        assert [each.model_id for each in parent.outputs.model_outputs] == [version.tags["almanac.model_id"]]
        assert [each.path for each in client.list_artifacts(parent.info.run_id)] == ["report.html"]
        assert client.get_model_version_by_alias("flights", "champion").version == version.version
    return parent


def test_a_run_is_mirrored_with_its_figures_datasets_and_links(client: MlflowClient, mlflow_uri: str, data_run: RunRecord) -> None:
    ids = Ids()
    (mirrored,) = sync([data_run], mlflow_uri, ids).mirrored
    parent = assert_complete(client, data_run)
    assert mirrored.foreign_id == parent.info.run_id == ids[data_run.key]
    assert mirrored.url.endswith(f"/runs/{parent.info.run_id}")
    assert parent.data.tags["almanac.link.store"] == "run-17"
    assert "the week before June" in parent.data.tags["mlflow.note.content"]


def test_syncing_again_changes_nothing_even_without_the_side_table(client: MlflowClient, mlflow_uri: str, training_run: RunRecord) -> None:
    first = sync([training_run], mlflow_uri, Ids())
    assert sync([training_run, training_run], mlflow_uri, Ids()).mirrored == first.mirrored * 2
    assert_complete(client, training_run)


def test_a_mirrored_data_run_costs_one_search_the_second_time(mlflow_uri: str, data_run: RunRecord, monkeypatch) -> None:
    ids = Ids()
    sync([data_run], mlflow_uri, ids)
    real, asked = requests.Session.request, []
    monkeypatch.setattr(requests.Session, "request", lambda self, method, url, **kw: asked.append(url) or real(self, method, url, **kw))
    sync([data_run], mlflow_uri, ids)
    assert [url.rpartition("/mlflow/")[2].partition("?")[0] for url in asked] == [
        f"{mlflow_uri}/health",
        "experiments/get-by-name",
        "runs/search",
    ]


@pytest.mark.slow
def test_a_sync_that_dies_after_any_request_is_completed_by_the_next(
    client: MlflowClient, mlflow_uri: str, training_run: RunRecord, die_after: Callable[[int], None]
) -> None:
    for nth in itertools.count(1):
        digest = hashlib.sha256(f"killed {nth}".encode()).hexdigest()
        record = replace(training_run, key=f"killed-{nth}", model=replace(training_run.model, digest=digest))
        die_after(nth)
        try:
            sync([record], mlflow_uri, Ids())
        except MirrorUnavailable:
            die_after(0)
            sync([record], mlflow_uri, Ids())
            assert_complete(client, record)
        else:
            break
    assert nth > 15


@pytest.mark.slow
def test_syncs_at_the_same_time_agree_on_one_run_and_one_version(client: MlflowClient, mlflow_uri: str, training_run: RunRecord) -> None:
    for round_ in range(3):
        digest = hashlib.sha256(f"together {round_}".encode()).hexdigest()
        record = replace(training_run, key=f"together-{round_}", model=replace(training_run.model, digest=digest))
        barrier = threading.Barrier(4)

        def one(_: int, record: RunRecord = record, barrier: threading.Barrier = barrier) -> dict[str, str]:
            barrier.wait()
            return dict(sync([record], mlflow_uri, Ids()).refused)

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(one, range(4))) == [{}] * 4
        assert sync([record], mlflow_uri, Ids()).refused == {}
        assert_complete(client, record)


def test_a_run_deleted_by_hand_is_restored_under_its_id(client: MlflowClient, mlflow_uri: str, data_run: RunRecord) -> None:
    (before,) = sync([data_run], mlflow_uri, Ids()).mirrored
    client.delete_run(before.foreign_id)
    assert sync([data_run], mlflow_uri, Ids()).mirrored == (before,)
    assert_complete(client, data_run)


def test_a_run_that_is_gone_for_good_is_made_again(client: MlflowClient, mlflow_uri: str, data_run: RunRecord) -> None:
    ids = Ids({data_run.key: "0" * 32})
    (mirrored,) = sync([data_run], mlflow_uri, ids).mirrored
    assert assert_complete(client, data_run).info.run_id == mirrored.foreign_id == ids[data_run.key]


def test_a_retry_updates_the_same_run(client: MlflowClient, mlflow_uri: str, data_run: RunRecord) -> None:
    failed = replace(data_run, state="FAILED", metrics=(MetricRecord("rows", 3),))
    (before,) = sync([failed], mlflow_uri, Ids()).mirrored
    assert client.get_run(before.foreign_id).info.status == "FAILED"
    assert sync([data_run], mlflow_uri, Ids()).mirrored == (before,)
    assert_complete(client, data_run)


def test_a_changed_parameter_is_a_finding(mlflow_uri: str, data_run: RunRecord) -> None:
    sync([data_run], mlflow_uri, Ids())
    result = sync([replace(data_run, parameters={"seed": 1})], mlflow_uri, Ids())
    assert [(one.code, one.expected, one.got) for one in result.findings] == [("mirror-parameter-changed", "1", "0")]


def test_a_cached_run_links_to_the_version_that_is_there(client: MlflowClient, mlflow_uri: str, training_run: RunRecord) -> None:
    again = replace(training_run, key=f"{training_run.key}-again", state="CACHED")
    one, two = sync([training_run, again], mlflow_uri, Ids()).mirrored
    assert one.model_version == two.model_version
    outputs = [client.get_run(each.foreign_id).outputs.model_outputs[0].model_id for each in (one, two)]
    assert outputs[0] == outputs[1]


@pytest.mark.filterwarnings("ignore:.*AnyType:UserWarning")  # mlflow.pyfunc warns of itself when it is imported
def test_the_champion_loads_by_name_with_the_artifact_s_own_bytes(mlflow_uri: str, training_run: RunRecord, tmp_path: Path) -> None:
    sync([training_run], mlflow_uri, Ids())
    mlflow.set_tracking_uri(mlflow_uri)
    expected = Model.load(training_run.model.directory).predict_proba(FRAME)
    folder = tmp_path / "champion"
    folder.mkdir()
    loaded = mlflow.sklearn.load_model("models:/flights@champion", dst_path=str(folder))
    np.testing.assert_allclose(loaded.predict_proba(FRAME.to_pandas()), expected, rtol=1e-12, atol=0)
    for file in ("model.skops", "model.json"):
        assert (folder / file).read_bytes() == (training_run.model.directory / file).read_bytes()
    scored = mlflow.pyfunc.load_model(str(folder))
    np.testing.assert_allclose(scored.predict(FRAME.to_pandas()), expected, rtol=1e-12, atol=0)
    assert scored.metadata.get_input_schema().input_names() == ["hour", "temp"]


def test_an_alias_moved_by_hand_is_reported_and_put_back(client: MlflowClient, mlflow_uri: str, training_run: RunRecord) -> None:
    older = replace(training_run, key=f"{training_run.key}-older", model=replace(training_run.model, digest="0ld", aliases=()))
    newer = training_run
    by_key = {each.key: each.model_version for each in sync([older, newer], mlflow_uri, Ids()).mirrored}
    assert mirror_alias("flights", "champion", newer.model.digest, mlflow_uri) == []
    client.set_registered_model_alias("flights", "champion", by_key[older.key])
    (finding,) = mirror_alias("flights", "champion", newer.model.digest, mlflow_uri)
    assert (finding.code, finding.expected, finding.got) == ("alias-moved", newer.model.digest, "0ld")
    assert str(client.get_model_version_by_alias("flights", "champion").version) == by_key[newer.key]
    client.delete_registered_model_alias("flights", "champion")
    (finding,) = mirror_alias("flights", "champion", newer.model.digest, mlflow_uri)
    assert finding.got == "no alias"
    assert mirror_alias("flights", "champion", "0ld", mlflow_uri) == []


def test_an_alias_of_an_unknown_artifact_says_what_to_do(mlflow_uri: str) -> None:
    with pytest.raises(StoreError, match="mlflow-sync"):
        mirror_alias("flights", "champion", "nowhere", mlflow_uri)


def test_a_record_that_cannot_be_written_does_not_hold_up_the_others(mlflow_uri: str, data_run: RunRecord, tmp_path: Path) -> None:
    broken = replace(data_run, key="broken", model=ModelRecord(tmp_path / "gone", "gone", "flights"))
    result = sync([broken, data_run], mlflow_uri, Ids())
    assert list(result.refused) == ["broken"]
    assert [each.key for each in result.mirrored] == [data_run.key]


def test_no_server_is_one_clear_error_within_seconds(data_run: RunRecord) -> None:
    start = time.monotonic()
    with pytest.raises(MirrorUnavailable, match=r"127\.0\.0\.1:1: MLflow does not answer.*almanac mlflow-sync"):
        sync([data_run], "http://user:secret@127.0.0.1:1", Ids())
    assert time.monotonic() - start < 3


def test_a_server_that_never_answers_is_given_up(data_run: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.adapters.mlflow.connection.ANSWER_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(MirrorUnavailable):
            sync([data_run], f"http://127.0.0.1:{silent.getsockname()[1]}", Ids())


def test_a_server_error_half_way_is_unavailable_and_tells_what_was_done(data_run: RunRecord) -> None:
    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 503)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    start = time.monotonic()
    with pytest.raises(MirrorUnavailable, match="503") as caught:
        sync([data_run], f"http://127.0.0.1:{server.server_port}", Ids())
    server.shutdown()
    server.server_close()
    assert caught.value.done.mirrored == ()
    assert time.monotonic() - start < 5
