"""The tasks of a DAG: open the run, settle a group of steps, close the run, report it.

A task finds its run by the DAG run's key, so that a retry, a clear and a kill change nothing but what they run again.
"""

import logging
import math
from collections.abc import Sequence
from typing import NoReturn

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from components.adapters.airflow.connections import airflow_connection
from components.adapters.airflow.fanout import mapped_over, shown
from components.adapters.airflow.request import refuse_overtaking, request_of
from components.adapters.airflow.session import close_by_tasks, explained, page_of, pipeline_of, session_of, unfinished_tasks
from components.engines.local import Threads
from components.ingestion.sources.connection import kept_by
from components.run.evaluation import Result
from components.run.judging import findings_of_run
from components.run.mirror import MirrorUnavailable
from components.run.opening import deliver_for
from components.run.session import Session
from components.run.setup import approve_first_schemas
from components.runtime.graph import Graph
from components.runtime.window import Absent
from components.store.connections import Connections
from components.store.records import ArtifactRecord
from components.store.store import Store

logger = logging.getLogger("almanac.airflow")


class RunTask(BaseOperator):  # type: ignore[misc]
    """A task of a run."""

    def __init__(self, *, pipeline: str, **arguments: object) -> None:
        super().__init__(**arguments)
        self.pipeline = pipeline

    def on_kill(self) -> NoReturn:
        """End the step that runs: its execution becomes CANCELED and its claim is released."""
        raise KeyboardInterrupt("stopped by Airflow")


class OpenRun(RunTask):
    """Deliver the sources, and open the run of the DAG run on its snapshot."""

    def __init__(self, *, pipeline: str, graph: Graph, **arguments: object) -> None:
        super().__init__(pipeline=pipeline, **arguments)
        self.graph = graph

    def execute(self, context: Context) -> str:
        """Return the run's identifier."""
        with explained(), kept_by(airflow_connection), Store.open() as store:
            if self.graph == "training" and context["dag_run"].run_type == "backfill":
                refuse_overtaking(context["ti"].get_previous_dagrun())
            pipeline = pipeline_of(self.pipeline)
            request = request_of(pipeline, self.graph, context["dag_run"], context["params"], url=page_of(context["dag_run"]))
            pipeline = pipeline_of(self.pipeline, request.parameters)
            approve_first_schemas(store, pipeline)
            deliver_for(store, pipeline, request.span, request.as_of)
            run = Session.open(store, pipeline, request).run
            for source, found in findings_of_run(store, run.pipeline, run.span, None).items():
                for one in found:
                    logger.warning("%s: %s: %s: %s", source, one.code, one.where, one.message)
            logger.info("run %s: %s as of %s UTC, lane %s", run.id, run.span or run.graph, f"{request.as_of:%Y-%m-%d %H:%M}", run.lane)
        return run.id


class RunSteps(RunTask):
    """Settle the steps of one group; a mapped task settles its positions of one step.

    Parameters
    ----------
    steps
        The names of the steps.
    listed
        The output whose list of values a later step is mapped over.
    item
        What a mapped task is mapped over.
    n_mapped
        How many tasks share the positions of a step that is mapped over a list of the configuration. Where a run's form made the list
        longer or shorter there are more or fewer positions than tasks: each task takes every n-th.

    """

    def __init__(
        self,
        *,
        pipeline: str,
        steps: Sequence[str],
        listed: str = "",
        item: object = None,
        n_mapped: int | None = None,
        **arguments: object,
    ) -> None:
        super().__init__(pipeline=pipeline, **arguments)
        self.steps = list(steps)
        self.listed = listed
        self.item = item
        self.n_mapped = n_mapped

    def execute(self, context: Context) -> object:
        """Return digest and figures of each output; where a run has none of them, the task is skipped and says why."""
        with explained(), session_of(self.pipeline, context, engine=Threads()) as session:
            session.look_ahead(self.steps)
            index = context["ti"].map_index
            if index >= 0:
                context["item"] = self._item(session, index)  # for the name in the UI
            results = [result for name in self.steps for result in self._settled(session, name, index)]
        return self._told(results)

    def _settled(self, session: Session, name: str, index: int) -> list[Result]:
        if index < 0:
            return [session.step(name)]
        positions = [index] if self.n_mapped is None else range(index, session.width(name), self.n_mapped)
        return [session.step(name, position) for position in positions]

    def _item(self, session: Session, index: int) -> str:
        over = mapped_over(session.pipeline.steps[self.steps[0]])
        return ", ".join(map(shown, over[index :: self.n_mapped])) if isinstance(over, tuple) else shown(self.item)

    def _told(self, results: Sequence[Result]) -> object:
        found = [(name, output) for result in results for name, output in result.items()]
        absent = [output.reason for _, output in found if isinstance(output, Absent)]
        if len(absent) == len(found):
            raise AirflowSkipException(f"absent: {', '.join(dict.fromkeys(absent))}" if absent else "this run has fewer items")
        told: dict[str, list[dict[str, object]]] = {}
        for name, output in found:
            if isinstance(output, tuple):
                told.setdefault(name, []).extend(_figures(record) for record in output)
        return told[self.listed] if self.listed else {name: each[0] if len(each) == 1 else each for name, each in told.items()}


class CloseRun(RunTask):
    """Write down what the run decided, and close it."""

    def execute(self, context: Context) -> None:
        """Close the run, and log its verdict."""
        with explained(), session_of(self.pipeline, context) as session:
            logger.info(session.close())


class PromoteRun(RunTask):
    """Promote what the run blessed, once a fresh process has shown that the model serves from MLflow's registry.

    A model that does not serve fails the task, and stays unpromoted. Where MLflow is away the task is skipped, and `almanac mlflow-sync`
    promotes.
    """

    def execute(self, context: Context) -> str:
        """Return what came of it."""
        from components.adapters.mlflow.promotion import promote_checked

        with explained(), session_of(self.pipeline, context) as session:
            try:
                said = promote_checked(session.store, session.pipeline.name, session.run.id)
            except MirrorUnavailable as error:
                raise AirflowSkipException(str(error)) from None
        logger.info("serving: %s", said)
        return said


class ReportRun(RunTask):
    """Close a run that did not get to its end, write the report, and copy the run to MLflow; comes last, whatever happened before.

    The DAG run ends as this task does: failed where the run is. A report or a copy that could not be written fails nothing: the task is
    skipped and says so, and `almanac mlflow-sync` catches up.
    """

    def execute(self, context: Context) -> None:
        """Log where the report is and where MLflow keeps the run."""
        with explained(), session_of(self.pipeline, context) as session:
            if session.run.state == "RUNNING":
                close_by_tasks(session, context)
            lacking = _publish(session.store, session.run.id)
            if session.run.state != "COMPLETE":
                raise AirflowFailException(f"the run is {session.run.state}: {session.run.verdict}")
            if failed := unfinished_tasks(context):
                raise AirflowFailException(f"the run came to its end, but not all that follows: {', '.join(failed)}")
            if lacking:
                raise AirflowSkipException(lacking)


def _publish(store: Store, run: str) -> str:
    """Write report and mirror, and return what went wrong ("" for nothing)."""
    from components.reports.collect import write_report

    try:
        logger.info("report: %s", write_report(store, run, statistics=False))
        logger.info("MLflow: %s", _mirrored(store, run))
    except MirrorUnavailable as error:
        return str(error)
    except Exception as error:
        logger.exception("the report or its copy in MLflow could not be written")
        return str(error)
    return ""


def _mirrored(store: Store, run: str) -> str:
    """Copy the run to MLflow, and return its address there; what else waits is for `almanac mlflow-sync`, not for every task at once."""
    address = Connections.of(store.folder).mlflow
    if not address:
        return "not set up"
    from components.adapters.mlflow.outbox import sync_outbox

    result = sync_outbox(store, address, only=run)
    for key, reason in result.refused.items():
        logger.warning("MLflow refused %s: %s", key, reason)
    return result.mirrored[-1].url if result.mirrored else address


def _figures(record: ArtifactRecord) -> dict[str, object]:
    """Return the digest, the name and the finite numbers of an artifact."""
    numbers = {name: value for name, value in record.summary.items() if isinstance(value, int | float) and math.isfinite(value)}
    return {"digest": record.digest, **{name: record.summary[name] for name in ("name",) if name in record.summary}, **numbers}
