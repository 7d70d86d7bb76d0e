"""The session of a task: the run of its DAG run in the store, and how it ends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from urllib.parse import quote

from airflow.sdk import Context
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from components.adapters.airflow.form import configured
from components.adapters.airflow.request import DagRunFacts, key_of
from components.run.catalog import load_pipeline, pipeline_names
from components.run.session import Session
from components.runtime.errors import ConfigError, DataError, DefinitionError, PipelineError, StoreError
from components.runtime.graph import Pipeline
from components.runtime.keys import make_key
from components.runtime.resources import INLINE, Engine
from components.store.store import Store

HOPELESS = (DataError, ConfigError, DefinitionError)
"""Errors that the same data, configuration and code give again: Airflow does not retry them."""

DONE = frozenset({"success", "skipped"})


def pipeline_of(name: str, parameters: Mapping[str, object] | None = None) -> Pipeline:
    """Return a pipeline with what a run's form changed of its ``pipeline.yaml``."""
    return load_pipeline(name, parameters) if parameters else standing(name)


@cache
def standing(name: str) -> Pipeline:
    """Return a pipeline as its ``pipeline.yaml`` has it, built once a process."""
    return load_pipeline(name)


def prepare() -> None:
    """Read every pipeline, and the code of its steps for their keys, beforehand: a process forked from this one inherits them."""
    for name in pipeline_names():
        with suppress(Exception):  # a pipeline that cannot be read fails where its DAG is read
            configured(name)
            for step in standing(name).steps.values():
                make_key(step.component, step.config, {})


@contextmanager
def session_of(pipeline: str, context: Context, *, engine: Engine = INLINE) -> Iterator[Session]:
    """Join the run of a task's DAG run, with the parameters that it was opened with; each try of a task is an attempt."""
    with Store.open() as store:
        record = store.runs.find(key_of(context["dag_run"]))
        if record is None:
            raise StoreError(f"the store knows no run of DAG run {context['dag_run'].run_id}", fix="clear its first task, open_run")
        yield Session(store, pipeline_of(pipeline, record.parameters), record, context["ti"].try_number, engine)


@contextmanager
def explained() -> Iterator[None]:
    """Fail the task with the message of an error of ours, once and without our frames; a hopeless one is not tried again."""
    try:
        yield
    except HOPELESS as error:
        raise AirflowFailException(str(error)) from None
    except PipelineError as error:
        raise AirflowException(str(error)) from None


def close_by_tasks(session: Session, context: Context) -> None:
    """Close a run by what became of its tasks: as FAILED (or CANCELED) if one of them did not end well.

    They did end well, and the run is open all the same, where a person cleared one of them by itself: that opens the run again.
    """
    if unfinished := unfinished_tasks(context):
        session.fail(_failure(session, unfinished))
        session.run = session.store.runs.get(session.run.id)
    else:
        session.close()


def unfinished_tasks(context: Context) -> list[str]:
    """Return the tasks of the DAG run, but for the one that asks, that did not end well."""
    dag_run, mine = context["dag_run"], context["ti"].task_id
    states = context["ti"].get_task_states(dag_run.dag_id, run_ids=[dag_run.run_id])[dag_run.run_id]
    return sorted(name for name, state in states.items() if state not in DONE and name != mine)


def page_of(dag_run: DagRunFacts) -> str:
    """Return the address of a DAG run in Airflow's UI."""
    base = conf.get("api", "base_url", fallback="http://localhost:8080").rstrip("/")
    return f"{base}/dags/{quote(dag_run.dag_id)}/runs/{quote(dag_run.run_id)}"


def _failure(session: Session, unfinished: list[str]) -> BaseException:
    """Return why the run ended: what its last executions recorded, else the tasks that did not end well."""
    rows = session.store.executions(session.pipeline.name).of_run(session.run.id)
    last = {(one.step, one.position): one for one in rows}.values()
    broken = [one for one in last if one.state in ("FAILED", "CANCELED")]
    if broken and all(one.state == "CANCELED" for one in broken):
        return KeyboardInterrupt()
    told = "; ".join(f"{one.step}: {one.error}" for one in broken if one.state == "FAILED")
    return PipelineError(told or f"unfinished tasks: {', '.join(unfinished)}; their logs in Airflow say why")
