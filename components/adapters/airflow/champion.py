"""The tab of a DAG that says which model serves, and where a person approves, promotes, rolls back and unpins, by name and with a reason."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote, urlsplit

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from components.adapters.mlflow.outbox import mirror_champion
from components.adapters.mlflow.promotion import promote_checked
from components.adapters.mlflow.serving_check import check_before_promotion
from components.reports.champion_page import render_champion
from components.run.catalog import load_pipeline, pipeline_names
from components.run.decisions import approve_run
from components.run.promotions import promote_run, roll_back, unpin
from components.runtime.errors import PipelineError
from components.runtime.instants import to_micros
from components.store.store import Store


def champion_routes() -> APIRouter:
    """Return the page ``champion/<dag>``, for who may read DAG runs, and its form, for who may change them."""
    routes = APIRouter()
    routes.add_api_route("/champion/{dag_id}", show_champion, response_class=HTMLResponse)
    may_change = [Depends(requires_access_dag("PUT", DagAccessEntity.RUN)), Depends(same_origin)]
    routes.add_api_route("/champion/{dag_id}", decide, methods=["POST"], response_class=HTMLResponse, dependencies=may_change)
    return routes


def show_champion(dag_id: str, said: str = "") -> Response:
    """Return the page of a DAG's pipeline."""
    with Store.open() as store:
        return HTMLResponse(render_champion(store, pipeline_of_dag(dag_id), said=said))


def decide(
    dag_id: str, user: GetUserDep, action: Annotated[str, Form()], why: Annotated[str, Form()] = "", run: Annotated[str, Form()] = ""
) -> Response:
    """Write a person's decision into the ledger and return to the page; a decision without a reason is refused."""
    pipeline = pipeline_of_dag(dag_id)
    if not why.strip():
        raise HTTPException(400, "a decision needs a reason")
    with Store.open() as store:
        try:
            said = settle(store, pipeline, action, run, who=str(user.get_name()), why=why.strip())
        except PipelineError as error:
            return HTMLResponse(render_champion(store, pipeline, said=str(error)), status_code=409)
    return RedirectResponse(f"?said={quote(said)}", status_code=303)


def settle(store: Store, pipeline: str, action: str, run: str, *, who: str, why: str) -> str:
    """Make one decision, mirror it to MLflow, and return what was done in a word.

    Raises
    ------
    StoreError
        If the ledger or the infra check forbids it.

    """
    now = to_micros(datetime.now(UTC))
    if action == "approve":
        approve_run(store, load_pipeline(pipeline), run, who=who, why=why)
        return f"approved; {promote_checked(store, pipeline, run)}"
    if action == "promote":
        check_before_promotion(store, pipeline, run)
        promote_run(store, pipeline, run, known_at=now, who=who, why=why)
    elif action == "rollback":
        roll_back(store, pipeline, run or None, known_at=now, who=who, why=why)
    elif action == "unpin":
        unpin(store, pipeline, known_at=now, who=who, why=why)
    else:
        raise HTTPException(400, "there is no such action")
    mirror_champion(store, pipeline)
    return DONE[action]


DONE: Mapping[str, str] = {"promote": "promoted", "rollback": "rolled back", "unpin": "unpinned"}


def pipeline_of_dag(dag_id: str) -> str:
    """Return the pipeline of one of our DAGs; 404 for any other."""
    name = dag_id.removesuffix("_training").removesuffix("_data")
    if name not in pipeline_names():
        raise HTTPException(404, "this DAG is not one of Almanac's")
    return name


def same_origin(request: Request) -> None:
    """Refuse a form that another site made a browser send."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site != "same-origin" or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise HTTPException(403, "the form came from another site")
