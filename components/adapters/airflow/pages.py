"""The reports inside Airflow: a tab on every DAG run of ours, served by the API server to whoever may read DAG runs."""

from pathlib import Path
from urllib.parse import quote

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from components.adapters.airflow.champion import champion_routes
from components.store.store import Store

PREFIX = "/almanac"
NO_REPORT = "<p>There is no report of this DAG run: it is not one of Almanac's, or has not ended yet.</p>"


def application() -> FastAPI:
    """Return the web application: ``dags/<dag>/<run>`` leads to the report of a DAG run, ``runs/…`` are the files of all reports."""
    app = FastAPI(openapi_url=None, dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))])
    app.add_api_route("/dags/{dag_id}/{run_id}", report_of, response_class=HTMLResponse)
    app.add_api_route("/runs/{path:path}", file_of, response_class=HTMLResponse)
    app.include_router(champion_routes())
    return app


def report_of(dag_id: str, run_id: str) -> Response:
    """Return the way to the report of a DAG run, or a sentence where there is none."""
    with Store.open() as store:
        run = store.runs.find(f"airflow/{dag_id}/{run_id}")
        if run is None or not (store.folder / "runs" / run.id / "index.html").is_file():
            return HTMLResponse(NO_REPORT)
        return RedirectResponse(f"{PREFIX}/runs/{quote(run.id)}/index.html")


def file_of(path: str) -> Response:
    """Return a file of a report; nothing outside of their folder. A run's statistics are drawn when they are first looked at."""
    from components.reports.collect import write_report
    from components.reports.statistics_page import DATA, PAGE

    with Store.open() as store:
        runs = store.folder / "runs"
        run, _, name = path.partition("/")
        if name in (PAGE, DATA) and not (runs / path).exists() and within(runs, f"{run}/index.html"):
            write_report(store, run)
        file = within(runs, path)
    if file is None:
        raise HTTPException(404)
    return FileResponse(file)


def within(folder: Path, path: str) -> Path | None:
    """Return an existing file below a folder, or None."""
    file = (folder / path).resolve()
    return file if file.is_relative_to(folder.resolve()) and file.is_file() else None
