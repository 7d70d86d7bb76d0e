"""People in the loop: a task that writes the rows to label, waits for the answers, and hands them to the next run as a delivery."""

import re
from collections.abc import Mapping
from pathlib import Path

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, Context
from airflow.sdk.exceptions import AirflowSkipException

from components.adapters.airflow.session import explained, standing
from components.labeling.label_studio import Question, read_ratings, write_ratings, write_tasks
from components.run.label_provenance import newest_batch
from components.runtime.home import answers_folder
from components.store.store import Store

TAKE, NONE = "Take the answers", "Nobody labeled them"


class AskRaters(HITLOperator):  # type: ignore[misc]
    """Write the newest batch as tasks for Label Studio, wait in Airflow's list of required actions, and take its export in.

    Parameters
    ----------
    key
        The columns of the key of the pipeline's examples; the batch shows them.
    question
        The classes as people see them.
    into
        The folder in which the pipeline's source of answers looks for files: the answers become a new file there. None: that of
        `AnswersSource`.

    """

    def __init__(self, *, pipeline: str, key: tuple[str, ...], question: Question, into: Path | None = None, **arguments: object) -> None:
        super().__init__(subject="", options=[TAKE, NONE], **arguments)
        self.pipeline, self.key, self.question, self.into = pipeline, key, question, into or answers_folder(pipeline)

    def execute(self, context: Context) -> None:
        """Write the tasks and ask; skip where the batch is empty."""
        folder = self._folder(context)
        with explained(), Store.open() as store:
            n_tasks = write_tasks(newest_batch(store, self.pipeline), folder / "tasks.json", self.question)
        if not n_tasks:
            raise AirflowSkipException("nothing to ask: the batch is empty")
        self.subject = f"{self.pipeline}: {n_tasks} rows to label"
        self.body = (
            f"Import `{folder / 'tasks.json'}` into Label Studio, label, export as JSON to `{folder / 'export.json'}`, and say so here."
        )
        super().execute(context)

    def execute_complete(self, context: Context, event: Mapping[str, object]) -> str:
        """Write the answers where the source of ratings looks."""
        answer = super().execute_complete(context, event)
        if answer["chosen_options"] != [TAKE]:
            raise AirflowSkipException("nobody labeled the rows")
        folder = self._folder(context)
        with explained():
            ratings = read_ratings(folder / "export.json", self.key, self.question)
            write_ratings(ratings, self.key, self.into / f"{folder.name}.csv")
        return f"{len(ratings)} ratings"

    def _folder(self, context: Context) -> Path:
        """Return the folder of this DAG run's tasks and answers."""
        with Store.open() as store:
            folder: Path = store.folder / "people" / self.pipeline / re.sub(r"[^\w-]+", "_", str(context["dag_run"].run_id))
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def people_dag(name: str, *, key: tuple[str, ...], choices: tuple[str, ...], into: Path | None = None) -> dict[str, DAG]:
    """Return the DAG ``<name>_people`` by its name: started by hand or after a training, it waits until people have labeled the batch."""
    pipeline = standing(name)
    with DAG(
        f"{name}_people", schedule=None, start_date=pipeline.start.start, catchup=False, max_active_runs=1, tags=["almanac", name],
        description=f"Rows of {name} that people should label",
    ) as dag:  # fmt: skip
        AskRaters(task_id="ask_raters", pipeline=name, key=key, question=Question(choices), into=into)
    return {dag.dag_id: dag}
