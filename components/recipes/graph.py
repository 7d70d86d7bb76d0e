"""What the steps of a training graph have in common: what it reads, the windows as of its two dates, and its labels."""

from dataclasses import dataclass

from components.labeling.component import LabelConfig, resolve_labels
from components.labeling.feedback import FeedbackConfig, join_feedback
from components.labeling.learning import VoteModelConfig, learn_from_votes
from components.labeling.measured import label_outcomes
from components.labeling.rating import RatingConfig, combine_ratings
from components.recipes.sections import TrainedSections
from components.runtime.errors import DefinitionError
from components.runtime.graph import AsOf, Pipeline, Ref, SourceRoot, WindowRef, window
from components.runtime.keys import CodeRef


@dataclass(frozen=True)
class Events:
    """Later events as a source of labels: what brings them, the rows that they are of, how both meet, and the function that tells an event's class."""

    events: Ref
    examples: Ref
    config: FeedbackConfig
    outcome: CodeRef | None = None


@dataclass(frozen=True)
class TrainingGraph:
    """The training graph of a pipeline: what it reads, and the windows as of a date that its steps take.

    Without ``votes`` labels are outcomes alone. ``outcome`` names the pipeline's function that says what of an outcome row is to be
    predicted; ``excluded`` are feature columns that no model takes. ``functions`` names the pipeline's labeling functions, which are
    then analysed; ``shown`` are the columns that tell people of a row. With ``statistics``, those of the examples, the newest spans are
    held against the live model's training window, but for the columns ``moving`` that say which day it is. ``ratings``
    are what people said of rows, read as ``rating`` says, and ``answers`` what they said in the batches that they were asked to label;
    ``feedback`` are events that came later. ``sample`` holds rows of the examples' key that were
    labeled by hand, and ``sampled`` names the function that tells their class: the evidence by which ``auto`` chooses a label model.
    ``slicing`` names the pipeline's list of slicing functions.
    """

    pipeline: Pipeline
    config: TrainedSections
    features: Ref
    votes: Ref | None
    outcomes: Ref
    outcome: CodeRef
    excluded: tuple[str, ...] = ()
    functions: CodeRef | None = None
    shown: tuple[str, ...] = ()
    statistics: Ref | None = None
    moving: tuple[str, ...] = ()
    ratings: Ref | None = None
    rating: RatingConfig | None = None
    answers: Ref | None = None
    feedback: Events | None = None
    sample: Ref | None = None
    sampled: CodeRef | None = None
    slicing: CodeRef | None = None

    @property
    def slices(self) -> tuple[str, ...]:
        """What figures are broken down by: the evaluation's slices, and those that the gate asks about."""
        gate = self.config.gate
        asked = [name for name in (*(one.dimension for one in gate.floors), *(one.dimension for one in gate.critical)) if name]
        return tuple(dict.fromkeys((*self.config.evaluation.slices, *asked)))

    @property
    def many_classes(self) -> bool:
        """Whether labels are numbers of classes, and no probabilities of one."""
        return self.config.evaluation.task == "multi-class"

    @property
    def row_by_row(self) -> bool:
        """Whether the outcomes' source says of each row since when it is known: then a row that is not there is waited for."""
        feeds = self.pipeline.steps[self.outcomes.step].feeds.values()
        return any(isinstance(feed, SourceRoot) and feed.reads.known_column is not None for feed in feeds)

    @property
    def since_cut(self) -> int:
        """How many spans lie between the cut and the run's date: the test, the gap, and those whose outcomes are not known yet."""
        return self.config.training.test_spans + self.config.training.gap_spans + self.config.outcome_lag.count

    @property
    def cut(self) -> AsOf:
        """The date as of which the rehearsal trains."""
        return self.pipeline.as_of.minus(f"{self.since_cut} {self.config.outcome_lag.unit}s")

    @property
    def both(self) -> str:
        """The length of a window as of the run's date that reaches back to the first span before the cut."""
        return f"{window(self.features, self.config.training.window).n + self.since_cut} spans"

    def seen(self, ref: Ref, until: AsOf, spans: str = "") -> WindowRef:
        """Return a window of the training window's length, with enough spans to learn from."""
        length = spans or self.config.training.window
        return window(ref, length, until=until, on_absent="skip", minimum=self.config.training.test_spans)

    def known(self, until: AsOf, spans: str = "") -> WindowRef:
        """Return the outcomes known by a date; those that are not there yet are immature."""
        return window(self.outcomes, spans or self.config.training.window, until=until, on_absent="skip")

    def labels(self, name: str, until: AsOf) -> Ref:
        """Add the labels of the window as of a date; without votes they are the outcomes alone."""
        if self.votes is None:
            if self.ratings is not None or self.feedback is not None:
                raise DefinitionError("raters and feedback are resolved beside votes, and there are none", fix="add labeling functions")
            return self.pipeline.add(
                label_outcomes, name=name, group=name, features=self.seen(self.features, until), outcomes=self.known(until), as_of=until,
                outcome=self.outcome, row_by_row=self.row_by_row,
            )  # fmt: skip
        section, length = self.config.labeling, self.config.training.window
        others: dict[str, Ref] = {}
        if self.ratings is not None and self.rating is not None:
            said = {"ratings": self.ratings} | ({} if self.answers is None else {"answers": self.answers})
            heard = {parameter: window(ref, length, until=until, on_absent="skip") for parameter, ref in said.items()}
            others["rated"] = self.pipeline.add(combine_ratings, name=f"{name}_rated", group=name, config=self.rating, **heard)
        if self.feedback is not None:
            others["feedback"] = self._fed_back(f"{name}_fed_back", name, self.feedback, until)
        if section.method is not None:
            others["learned"] = self.pipeline.add(
                learn_from_votes, name=f"{name}_learned", group=name, votes=self.seen(self.votes, until),
                config=VoteModelConfig(section.method), **self._sampled(length, until),
            )  # fmt: skip
        return self.pipeline.add(
            resolve_labels, name=name, group=name, votes=self.seen(self.votes, until), outcomes=self.known(until), as_of=until,
            outcome=self.outcome, config=LabelConfig(precedence=section.precedence, many_classes=self.many_classes, row_by_row=self.row_by_row),
            **others,
        )  # fmt: skip

    def _fed_back(self, name: str, group: str, source: Events, until: AsOf) -> Ref:
        """Add what later events said of the rows of the window until the date."""
        both = {"examples": source.examples, "events": source.events}
        met = {parameter: window(ref, self.config.training.window, until=until, on_absent="skip") for parameter, ref in both.items()}
        told = {"outcome": source.outcome} if source.outcome else {}
        return self.pipeline.add(join_feedback, name=name, group=group, as_of=until, config=source.config, **met, **told)

    def _sampled(self, length: str, until: AsOf) -> dict[str, object]:
        """Return the arguments that say which rows of the window were labeled by hand."""
        if self.sample is None:
            return {}
        return {"sample": window(self.sample, length, until=until, on_absent="skip"), "labeled": self.sampled}
