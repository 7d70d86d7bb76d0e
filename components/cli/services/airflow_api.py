"""A small client of Airflow's public REST API (`/api/v2`): trigger, backfill, wait, read states and logs."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

from components.cli.services.errors import ServiceError
from components.cli.services.health import OPENER, UNREACHABLE

Json = dict[str, object]
FINISHED = ("success", "failed")
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)  # of an expired and of a foreign token
PAGE = 100  # items asked for at once; the server's own limit ([api] maximum_page_limit) by default


@dataclass(slots=True)
class AirflowApi:
    """A client of one API server on loopback.

    Attributes
    ----------
    url : str
        Address of the server, such as `http://127.0.0.1:8080`.
    timeout : float
        Seconds to wait for one answer.
    """

    url: str
    timeout: float = 30.0
    _token: str = field(default="", repr=False)

    def token(self) -> str:
        """Return a token for the API; on loopback everybody is an admin and no password is asked. It is kept until it is refused."""
        if not self._token:
            self._token = str(self._send("GET", "/auth/token", None, {})["access_token"])
        return self._token

    def wait_for_dag(self, dag_id: str, *, within: float = 90.0) -> Json:
        """Return a DAG as soon as it was read from its file.

        Raises
        ------
        ServiceError
            It did not appear in time; the message carries the import error of its file, where there is one.
        """
        deadline = time.monotonic() + within
        while True:
            try:
                return self._call("GET", f"/dags/{_quote(dag_id)}")
            except ServiceError as error:
                if not _answered(error, HTTPStatus.NOT_FOUND):
                    raise
            if time.monotonic() > deadline:
                raise ServiceError(f"The DAG {dag_id} did not appear within {within:.0f} s: {self._import_errors()}")
            time.sleep(0.5)

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run a DAG."""
        self._call("PATCH", f"/dags/{_quote(dag_id)}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, object] | None = None, run_id: str | None = None) -> str:
        """Start a manual run, which has no logical date, and return its id; `conf` gives the parameters of the trigger form."""
        body: Json = {"logical_date": None, "conf": dict(conf or {})}
        if run_id is not None:
            body["dag_run_id"] = run_id
        return str(self._call("POST", f"/dags/{_quote(dag_id)}/dagRuns", body)["dag_run_id"])

    def dag_run(self, dag_id: str, run_id: str) -> Json:
        """Return one run, with its `state`: queued, running, success or failed."""
        return self._call("GET", f"/dags/{_quote(dag_id)}/dagRuns/{_quote(run_id)}")

    def dag_runs(self, dag_id: str, **filters: object) -> list[Json]:
        """Return a DAG's runs, oldest first; filters are the API's own, such as `run_type="backfill"` or `logical_date_gte`."""
        return self._list(f"/dags/{_quote(dag_id)}/dagRuns", "dag_runs", {"order_by": "id", **filters})

    def wait_for_run(self, dag_id: str, run_id: str, *, within: float = 600.0) -> Json:
        """Return a run as soon as it is finished, well or badly.

        Raises
        ------
        ServiceError
            It is not finished in time.
        """
        deadline = time.monotonic() + within
        while (run := self.dag_run(dag_id, run_id))["state"] not in FINISHED:
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"The run {run_id} of {dag_id} is still {run['state']} after {within:.0f} s: see {self.url}/dags/{dag_id}."
                )
            time.sleep(0.3)
        return run

    def task_instances(self, dag_id: str, run_id: str) -> list[Json]:
        """Return a run's task instances, with `task_id`, `map_index`, `state`, `try_number`, `start_date`, `end_date`."""
        return self._list(f"/dags/{_quote(dag_id)}/dagRuns/{_quote(run_id)}/taskInstances", "task_instances", {})

    def task_log(self, dag_id: str, run_id: str, task_id: str, *, try_number: int = 1, map_index: int = -1) -> str:
        """Return what one try of a task logged, a line an event."""
        path = f"/dags/{_quote(dag_id)}/dagRuns/{_quote(run_id)}/taskInstances/{_quote(task_id)}/logs/{try_number}"
        content = self._call("GET", f"{path}?map_index={map_index}&full_content=true")["content"]
        events = content if isinstance(content, list) else [content]
        return "\n".join(str(event["event"]) if isinstance(event, dict) and "event" in event else str(event) for event in events)

    def clear_task(self, dag_id: str, run_id: str, task_id: str, *, downstream: bool = False) -> None:
        """Let a finished task, and on wish what follows it, run again in the same run."""
        body: Json = {"dag_run_id": run_id, "task_ids": [task_id], "include_downstream": downstream, "only_failed": False, "dry_run": False}
        self._call("POST", f"/dags/{_quote(dag_id)}/clearTaskInstances", body)

    def create_backfill(
        self,
        dag_id: str,
        from_date: str,
        to_date: str,
        *,
        reprocess: str = "none",
        max_active_runs: int = 4,
        conf: Mapping[str, object] | None = None,
    ) -> int:
        """Start a backfill and return its id.

        `from_date` and `to_date` are ISO times with a zone, both included; `reprocess` is `none`, `failed` or `completed`: which of the dates
        that have a run already run again.
        """
        body: Json = {
            "dag_id": dag_id,
            "from_date": from_date,
            "to_date": to_date,
            "reprocess_behavior": reprocess,
            "max_active_runs": max_active_runs,
            "dag_run_conf": dict(conf or {}),
        }
        return cast("int", self._call("POST", "/backfills", body)["id"])

    def backfill(self, backfill_id: int) -> Json:
        """Return a backfill; its `completed_at` is None while it runs."""
        return self._call("GET", f"/backfills/{backfill_id}")

    def _import_errors(self) -> str:
        errors = self._list("/importErrors", "import_errors", {})
        if not errors:
            return "no file of the DAG folder defines it."
        return " ".join(f"{error['filename']}: {str(error['stack_trace']).strip().splitlines()[-1]}." for error in errors)

    def _list(self, path: str, key: str, query: Mapping[str, object]) -> list[Json]:
        """Return all items of a listing, page by page."""
        items: list[Json] = []
        while True:
            words = urllib.parse.urlencode({**query, "limit": PAGE, "offset": len(items)})
            page = cast("list[Json]", self._call("GET", f"{path}?{words}")[key])
            items += page
            if len(page) < PAGE:
                return items

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Return the answer of one API call; a token that is refused once is fetched anew."""
        try:
            return self._send(method, f"/api/v2{path}", body, {"Authorization": f"Bearer {self.token()}"})
        except ServiceError as error:
            if not _answered(error, *REFUSED):
                raise
        self._token = ""
        return self._send(method, f"/api/v2{path}", body, {"Authorization": f"Bearer {self.token()}"})

    def _send(self, method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Json:
        data = None if body is None else json.dumps(body).encode()
        sent = {"Accept": "application/json", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=sent)  # noqa: S310 - the stack's own address
        try:
            with OPENER.open(request, timeout=self.timeout) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            raise ServiceError(f"Airflow answered {error.code} to {method} {path}: {detail}") from error
        except UNREACHABLE as error:
            raise ServiceError(f"Airflow does not answer at {self.url} ({error}): start it with `make up`.") from error
        return cast("Json", json.loads(text)) if text else {}


def _quote(part: str) -> str:
    return urllib.parse.quote(part, safe="")


def _answered(error: ServiceError, *statuses: HTTPStatus) -> bool:
    return isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code in statuses
