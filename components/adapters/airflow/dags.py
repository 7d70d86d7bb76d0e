"""A pipeline's graphs as DAGs: one task a group of steps, between one that opens the run and two that close and report it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

from airflow.sdk import DAG, TriggerRule, get_parsing_context
from airflow.sdk.definitions.mappedoperator import MappedOperator

from components.adapters.airflow.fanout import mapped_over, shown
from components.adapters.airflow.form import form_of
from components.adapters.airflow.session import standing
from components.adapters.airflow.tasks import CloseRun, OpenRun, PromoteRun, ReportRun, RunSteps, RunTask
from components.adapters.airflow.timetable import SpanTimetable
from components.artifacts.decision import Decision
from components.runtime.feeds import Graph, Ref, Step
from components.runtime.graph import Pipeline

Task: TypeAlias = RunSteps | MappedOperator

MAX_RUNS: Mapping[Graph, int] = {"data": 4, "training": 1}
"""DAG runs at once: days are independent of one another; a training takes the champion that the one before it left."""

RETRYING = {"retries": 2, "retry_delay": timedelta(seconds=5), "retry_exponential_backoff": True, "max_retry_delay": timedelta(minutes=5)}
"""What is tried again is a server that was away, a full disk, a killed process: seconds, then minutes, are enough."""

ITEM = "{{ item if item is defined else map_index }}"
"""How the UI names a mapped task: by what it was mapped over in this run, which the task tells."""


def to_dags(name: str, *, form: Sequence[str] = (), ask_within: timedelta | None = None) -> dict[str, DAG]:
    """Return the DAGs of a pipeline by name: ``<name>_data``, a run for each span, and ``<name>_training``, weekly and by hand.

    Neither has an end date; the schedule ends with the pipeline's last span. ``form`` are the keys of ``pipeline.yaml`` that the
    trigger form shows as fields of their own ("training.window"); every other one can be set there too, under "overrides". With
    ``ask_within`` a person is asked about each model that the gate did not bless, and has that long to answer. A process that runs a task
    gets the DAG of that task alone.
    """
    pipeline = standing(name)
    wanted = get_parsing_context().dag_id
    graphs = [graph for graph in MAX_RUNS if pipeline.of_graph(graph) and wanted in (None, f"{name}_{graph}")]
    return {f"{name}_{graph}": _dag(pipeline, graph, form, ask_within) for graph in graphs}


def _dag(pipeline: Pipeline, graph: Graph, form: Sequence[str], ask_within: timedelta | None) -> DAG:
    last = pipeline.span_as_of(pipeline.end).isoformat() if pipeline.end else ""
    calendar = pipeline.calendar
    daily = SpanTimetable(str(calendar.grain), calendar.zone, str(pipeline.lag), last)
    dag = DAG(
        f"{pipeline.name}_{graph}",
        schedule=daily if graph == "data" else SpanTimetable("week", calendar.zone, until=last),
        start_date=pipeline.start.start,
        catchup=False,
        max_active_runs=MAX_RUNS[graph],
        default_args=RETRYING,
        params=form_of(pipeline, graph, form if graph == "training" else ()),
        tags=["almanac", pipeline.name],
        description=f"{graph.capitalize()} of {pipeline.name}: {', '.join(step.name for step in pipeline.of_graph(graph))}",
    )
    with dag:
        _tasks(pipeline, graph, ask_within if graph == "training" else None)
    return dag


def _tasks(pipeline: Pipeline, graph: Graph, ask_within: timedelta | None) -> None:
    """Make the tasks and their edges.

    Opening is the setup and reporting the teardown: who clears a step opens and reports the run again, and reporting waits for all tasks,
    whatever their end. Steps run unless something before them failed: one whose input is absent may still have something to say.
    """
    opened = OpenRun(task_id="open_run", pipeline=pipeline.name, graph=graph)
    groups = pipeline.groups(graph)
    owners = {step.name: group for group, steps in groups.items() for step in steps}
    tasks: dict[str, Task] = {}
    for group, steps in groups.items():
        before = dict.fromkeys(owners[name] for step in steps for name in step.upstream if owners.get(name, group) != group)
        rule = TriggerRule.NONE_FAILED if before else TriggerRule.ALL_SUCCESS  # all that Airflow allows after a setup
        tasks[group] = _task(pipeline, group, steps, tasks, rule)
        tasks[group].set_upstream([tasks[name] for name in before] or [opened])
    closed = CloseRun(task_id="close_run", pipeline=pipeline.name, trigger_rule=TriggerRule.NONE_FAILED)
    closed.set_upstream([task for task in tasks.values() if not task.downstream_task_ids])
    if ask_within is not None:
        from components.adapters.airflow.approval import AskPerson

        asked = AskPerson(pipeline=pipeline.name, task_id="ask_person", response_timeout=ask_within, trigger_rule=TriggerRule.NONE_FAILED)
        asked.set_upstream(list(closed.upstream_list))
        closed.set_upstream(asked)
    ended: RunTask = closed
    if any(out.type is Decision for step in pipeline.of_graph(graph) for out in step.component.outputs.values()):
        ended = PromoteRun(task_id="promote", pipeline=pipeline.name, trigger_rule=TriggerRule.NONE_FAILED)
        ended.set_upstream(closed)
    reported = ReportRun(task_id="report_run", pipeline=pipeline.name)
    reported.as_teardown(setups=opened, on_failure_fail_dagrun=True).set_upstream(ended)


def _task(pipeline: Pipeline, group: str, steps: Sequence[Step], tasks: Mapping[str, Task], rule: TriggerRule) -> Task:
    """Return the task of a group: mapped where it is one mapped step and the length of its list can be told by Airflow."""
    names = [step.name for step in steps]
    shared = {"task_id": group, "pipeline": pipeline.name, "steps": names, "trigger_rule": rule, "doc_md": _about(steps)}
    over = mapped_over(steps[0]) if len(steps) == 1 else None
    if isinstance(over, tuple):
        return RunSteps.partial(**shared, n_mapped=len(over), map_index_template=ITEM).expand(item=[shown(value) for value in over])
    if over is not None and isinstance(tasks.get(over.step), RunSteps):
        return RunSteps.partial(**shared, map_index_template=ITEM).expand(item=tasks[over.step].output)
    return RunSteps(**shared, listed=_listed(pipeline, group, names))


def _listed(pipeline: Pipeline, group: str, names: Sequence[str]) -> str:
    """Return the output of a task's one step that a later step is mapped over, or ""."""
    overs = [mapped_over(step) for step in pipeline.steps.values()]
    return next((over.output for over in overs if isinstance(over, Ref) and names == [over.step] == [group]), "")


def _about(steps: Sequence[Step]) -> str:
    """Return the documentation of the components, for the task's page."""
    return "\n\n".join(f"**{step.name}**: {(step.component.__doc__ or '').strip()}" for step in steps)
