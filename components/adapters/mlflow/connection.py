"""A client of the MLflow server that gives up early, and one meaning for each way in which a request can fail."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.run.mirror import MirrorUnavailable
from components.runtime.errors import PipelineError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
SETTINGS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds for one request; MLflow's own default is 120
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # MLflow's 7 with backoff take two minutes; the next sync is our retry
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Settings of MLflow's client, each overruled by the variable of that name where one is set."""

CLOSED_DOORS = {401, 403, 429}
"""Statuses below 500 that are about the server as a whole, not about one record."""


class MirrorRefused(PipelineError):  # noqa: N818 - an answer of the server about one record
    """The server took the request and refused it; other records may pass."""


@contextmanager
def answers_from(uri: str) -> Iterator[None]:
    """Turn every failure of MLflow's client inside the block into `MirrorUnavailable` or `MirrorRefused`."""
    import requests
    from mlflow.exceptions import MlflowException

    try:
        yield
    except requests.RequestException as error:
        raise _unavailable(uri, error) from error
    except MlflowException as error:
        status = error.get_http_status_code()
        if status in CLOSED_DOORS or status >= 500:  # noqa: PLR2004 - HTTP's class of server errors
            raise _unavailable(uri, error) from error
        raise MirrorRefused("MLflow refused a request", where=public(uri), got=_first_line(error)) from error


@contextmanager
def unless_done_already() -> Iterator[None]:
    """Pass over a refusal of what another writer may have done in the meantime; the next search tells."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.get_http_status_code() >= 500:  # noqa: PLR2004 - HTTP's class of server errors
            raise


def connect(uri: str) -> "MlflowClient":
    """Return a client of the server at ``uri``, after one quick question whether it is there.

    Raises
    ------
    MirrorUnavailable
        If nothing answers within `CONNECT_SECONDS` and `ANSWER_SECONDS`, or with a server error.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    if urlsplit(uri).scheme in {"http", "https"}:
        _knock(uri)
    from mlflow.tracking import MlflowClient

    return MlflowClient(uri, registry_uri=uri)


def public(uri: str) -> str:
    """Return an address without the user and password that it may hold.

    Examples
    --------
    >>> public("http://anna:secret@127.0.0.1:5000/x")
    'http://127.0.0.1:5000/x'
    """
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _knock(uri: str) -> None:
    import requests

    try:
        answer = requests.get(f"{uri.rstrip('/')}/health", timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
    except requests.RequestException as error:
        raise _unavailable(uri, error) from error
    if answer.status_code >= 500:  # noqa: PLR2004
        raise MirrorUnavailable("MLflow is not ready", where=public(uri), got=f"HTTP status {answer.status_code}")


def _unavailable(uri: str, error: Exception) -> MirrorUnavailable:
    return MirrorUnavailable("MLflow does not answer", where=public(uri), got=_first_line(error))


def _first_line(error: Exception) -> str:
    """Return the beginning of an error's text, on one line."""
    return " ".join(str(error).split())[:300]
