"""Which labels were made from columns that may only be sliced by: through labeling functions, tables, outcomes, raters and feedback."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.feedback import Feedback
from components.artifacts.labels import LIMITED
from components.artifacts.lookups import Lookups
from components.artifacts.purposes import purposes_of
from components.artifacts.rated_items import RatedItems
from components.artifacts.votes import Votes
from components.labeling.functions import LabelingFunction
from components.labeling.voting import Said, vote_all
from components.measures.made_from import made_by, without_values
from components.runtime.keys import CodeRef
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl

OUTCOME = "the outcome"


def read_by(features: Features, functions: Sequence[LabelingFunction], lookups: Lookups, said: Sequence[Said]) -> dict[str, str]:
    """Return the purposes of functions that read tagged columns, themselves, in prepared columns or in lookup tables; {} without tags.

    A function whose columns are known reads a tagged one or not. The others vote a second time without the tagged values: who votes
    otherwise then, or fails, has read them.
    """
    import numpy as np

    tags = purposes_of([features.schema])
    if not tags and not lookups.purposes:
        return {}
    purpose = min([*tags.values(), *(one for table in lookups.purposes.values() for one in table.values())])
    found = {function.name: purpose for function in functions if set(function.needs or ()) & set(tags)}
    open_ones = [(function, one) for function, one in zip(functions, said, strict=True) if function.name not in found]
    tables = {name: without_values(table, lookups.purposes.get(name, {})) for name, table in lookups.tables.items()}
    again = vote_all(without_values(features.to_polars(), tags), [function for function, _ in open_ones], tables)
    for (function, before), after in zip(open_ones, again, strict=True):
        if after.faults != before.faults or not np.array_equal(after.votes, before.votes):
            found[function.name] = purpose
    return found


def described(
    outcomes: Window[Examples],
    outcome: CodeRef,
    votes: Window[Votes] | None = None,
    rated: RatedItems | None = None,
    feedback: Feedback | None = None,
) -> dict[str, dict[str, str]]:
    """Return the purposes of the sources of labels, for their description: what raters, feedback and functions read, and the outcome."""
    present = [value for _, value in votes.present()] if votes else []
    found = {f"labeling function {name}": purpose for value in present for name, purpose in value.purposes.items()}
    found |= {f"the raters' {name}": purpose for name, purpose in (rated.purposes if rated else {}).items()}
    found |= {f"the feedback's {name}": purpose for name, purpose in (feedback.purposes if feedback else {}).items()}
    found |= told_by(outcomes, outcome, OUTCOME)
    return {LIMITED: found} if found else {}


def told_by(rows: Window[Examples], outcome: CodeRef, name: str) -> dict[str, str]:
    """Return the purpose of an outcome that is told by tagged columns, under a name; {} of another."""
    expression = {name: cast("Callable[[], pl.Expr]", outcome.load())()}
    found: dict[str, str] = {}
    for _, value in rows.present():
        if purposes := purposes_of([value.schema]):
            found |= made_by(expression, value.to_polars(), purposes)
    return found
