"""The search: rounds of proposals and trials, each trial a task of its own."""

from collections.abc import Mapping

from pydantic import Field

from components.runtime.config import Configuration
from components.runtime.graph import LedgerRoot, Pipeline, Ref, WindowRef, each
from components.training.component import TrainingConfig, choose_candidate, try_candidate
from components.training.search import Method, Parameter, SearchConfig, propose_candidates


class SearchSection(Configuration):
    """What is tried beyond the candidates, in rounds of a batch, see `components.training.search.SearchConfig`."""

    method: Method = "listed"
    space: Mapping[str, Parameter] = Field(default_factory=dict)
    rounds: int = Field(1, ge=1)
    batch: int = Field(8, ge=1)
    reduction: int = Field(2, ge=2)
    seed: int = 0


def add_search(
    pipeline: Pipeline, search: SearchConfig, fitting: TrainingConfig, *, features: WindowRef, labels: Ref, split: Ref,
    champion: LedgerRoot | None = None,
) -> Ref:  # fmt: skip
    """Add the rounds of a search and return its choice; each round proposes, tries what it proposed, and chooses among all so far."""
    previous: Ref | None = None
    rounds = search.rounds if search.method != "listed" else 1
    for number in range(rounds):
        suffix = f"_{number + 1}" if number else ""
        proposals = pipeline.add(
            propose_candidates, name=f"propose{suffix}", split=split, previous=previous, config=search, position=number
        )
        trials = pipeline.add(
            try_candidate, name=f"try_candidate{suffix}", features=features, labels=labels, split=split, proposal=each(proposals),
            champion=champion, config=fitting,
        )  # fmt: skip
        group = "train" if number + 1 == rounds else None
        choice = pipeline.add(choose_candidate, name=f"choice{suffix}", group=group, trials=trials, previous=previous, config=fitting)
        previous = choice
    return choice
