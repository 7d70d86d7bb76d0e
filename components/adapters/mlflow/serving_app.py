"""MLflow's own scoring server for a registered model, with a log of what it predicted that ingestion can read."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from components.adapters.mlflow.connection import answers_from, connect

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/invocations"


def scoring_app(model_uri: str, log: Path) -> "FastAPI":
    """Return MLflow's scoring application for a model; each served prediction is a line in ``log``/<day>.jsonl.

    A line is one JSON object: ``served_at`` (UTC), ``model`` (the name it was loaded by), the row as it was asked, and ``prediction``
    (a number, or ``prediction_<i>`` for each class): a `JsonSource` with ``EventTime("served_at")`` reads the folder back as feedback.
    """
    import mlflow
    from mlflow.pyfunc import scoring_server
    from starlette.responses import Response as Answer

    app: FastAPI = scoring_server.init(mlflow.pyfunc.load_model(model_uri))
    log.mkdir(parents=True, exist_ok=True)

    async def note(request: "Request", call_next: "Callable[[Request], Awaitable[Response]]") -> "Response":
        asked = await request.body() if request.url.path == PATH else b""
        answer = await call_next(request)
        if request.url.path != PATH or answer.status_code != 200:  # noqa: PLR2004
            return answer
        body = b"".join([part async for part in answer.body_iterator])  # type: ignore[attr-defined]
        now = datetime.now(UTC)
        with (log / f"{now:%Y-%m-%d}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(lines(json.loads(asked), json.loads(body), now, model_uri))
        return Answer(body, answer.status_code, dict(answer.headers), answer.media_type)

    app.middleware("http")(note)
    return app


def serve_model(model_uri: str, log: Path, *, tracking_uri: str, port: int) -> None:
    """Serve a registered model on loopback until the process is stopped.

    Raises
    ------
    MirrorUnavailable
        If MLflow does not answer.

    """
    import mlflow
    import uvicorn

    connect(tracking_uri)
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    with answers_from(tracking_uri):
        app = scoring_app(model_uri, log)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def lines(asked: Mapping[str, object], answered: Mapping[str, object], now: datetime, model: str) -> Iterator[str]:
    r"""Yield a line for each row that was asked (``dataframe_split`` or ``dataframe_records``) and answered.

    >>> from datetime import UTC
    >>> asked = {"dataframe_records": [{"hour": 9}]}
    >>> next(lines(asked, {"predictions": [[0.25, 0.75]]}, datetime(2013, 6, 1, tzinfo=UTC), "models:/flights@champion"))
    '{"hour": 9, "model": "models:/flights@champion", "prediction_0": 0.25, "prediction_1": 0.75, "served_at": "2013-06-01T00:00:00+00:00"}\n'
    """
    predictions = answered.get("predictions")
    for row, prediction in zip(_rows(asked), predictions if isinstance(predictions, list) else [], strict=False):
        values = prediction if isinstance(prediction, list) else [prediction]
        names = [f"prediction_{i}" for i in range(len(values))] if isinstance(prediction, list) else ["prediction"]
        line = {**row, **dict(zip(names, values, strict=True)), "model": model, "served_at": now.isoformat()}
        yield json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n"


def _rows(asked: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    records, split = asked.get("dataframe_records"), asked.get("dataframe_split")
    if isinstance(records, list):
        return records
    if isinstance(split, Mapping):
        return [dict(zip(split["columns"], row, strict=True)) for row in split["data"]]
    return []
