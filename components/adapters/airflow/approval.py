"""A person in the loop: a task that asks about a model that the gate did not bless, and keeps the answer with name and reason."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.exceptions import AirflowSkipException

from components.adapters.airflow.session import explained, session_of
from components.artifacts.decision import Decision
from components.run.decisions import answer_run, approve_run

if TYPE_CHECKING:
    from components.run.session import Session

APPROVE, LEAVE = "Bless the model", "Leave it as it is"


class AskPerson(HITLOperator):  # type: ignore[misc]
    """Ask, wherever the gate rejected or could not tell, whether the model is to be blessed all the same.

    The task waits in Airflow's list of required actions, with the gate's reasons. The answer, the name of who gave it and the reason go
    into the ledger before the run is closed; no answer in time leaves things as they are.
    """

    def __init__(self, *, pipeline: str, **arguments: object) -> None:
        why = Param("", type="string", title="Why", description="The reason, kept with your name.", source="task")
        super().__init__(subject="", options=[APPROVE, LEAVE], defaults=LEAVE, **{**arguments, "params": {"why": why}})
        self.pipeline = pipeline

    def execute(self, context: Context) -> None:
        """Ask; skip where the gate blessed the model, or decided nothing."""
        with explained(), session_of(self.pipeline, context) as session:
            decision = _decision(session)
            if decision is None or decision.verdict == "bless":
                raise AirflowSkipException("nothing to ask: the gate blessed the model" if decision else "nothing was decided")
            self.subject = (
                f"{self.pipeline} as of {context['params'].get('as_of') or 'now'}: the gate says {decision.verdict}. Bless the model?"
            )
            self.body = "\n".join(f"- {reason}" for reason in decision.reasons)
        super().execute(context)

    def execute_complete(self, context: Context, event: Mapping[str, object]) -> str:
        """Keep the answer."""
        answer = super().execute_complete(context, event)
        approved = answer["chosen_options"] == [APPROVE]
        person = answer["responded_by_user"]
        who = str(person["name"]) if person else "nobody in time"
        with explained(), session_of(self.pipeline, context) as session:
            why = str(answer["params_input"].get("why") or "")
            if approved:
                approve_run(session.store, session.pipeline, session.run.id, who=who, why=why)
            else:
                answer_run(session.store, session.pipeline, session.run.id, approved=False, who=who, why=why)
        return f"{answer['chosen_options'][0]}, said {who}"


def _decision(session: "Session") -> Decision | None:
    found = session.store.run(session.run.id)
    return next((value for name in found if isinstance(value := found[name], Decision)), None)
