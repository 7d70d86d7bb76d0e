"""Variants of the chosen model that were trained on less: an older window, a share of the rows, without a source of labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from components.artifacts.choice import Choice, TrainingWindow
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.split import Split
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.window import Window
from components.training.component import LIBRARIES, TrainingConfig, fitting_of, refuse_later, settled
from components.training.purposes import refuse_slice_only
from components.training.rows import inputs_of, labeled_rows, thinned, with_weights

WHOLE = TrainingWindow()
"""All spans of the window."""


@dataclass(frozen=True)
class Variant:
    """What a variant learns from: a window of the spans, a share of their rows, and no label of the source ``lacks`` ("" lacks none)."""

    name: str
    window: TrainingWindow = WHOLE
    share: float = 1.0
    lacks: str = ""


@component(libraries=LIBRARIES)
def fit_variant(
    features: Window[Features], labels: Labels, choice: Choice, split: Split, as_of: datetime, *, variant: Variant, config: TrainingConfig
) -> Model:
    """Return the chosen candidate fitted on the variant's part of the labeled rows, for comparison with the model of all of them.

    ``figures`` hold the rows, ``trained_until``, the as-of that nothing lies after, and ``newest``, the end of the last span that the variant
    learned from.

    Raises
    ------
    DataError
        If the variant leaves nothing to learn from.

    """
    import polars as pl

    refuse_later(features, labels, as_of)
    refuse_slice_only(features, labels, config.excluded)
    ends = {span.key: span.end for span, _ in features.present()}
    spans = variant.window.of(tuple(ends))
    of_variant = (pl.col("source") != variant.lacks) if spans else pl.lit(value=False)
    rows = labeled_rows(features, labels, spans=spans or None, excluded=config.excluded, held_out=split.held_out).filter(of_variant)
    if not rows.height:
        raise DataError(f"variant '{variant.name}' leaves no row to learn from", fix="lengthen the window, or shorten how stale it is")
    rows = thinned(rows, variant.share, many_classes=config.many_classes)
    rows = with_weights(rows, voted=config.voted_weight, half_life=config.half_life)
    figures = {"n_rows": rows.height, "trained_until": to_micros(as_of), "newest": to_micros(ends[spans[-1]])}
    columns, fitting = features_of(inputs_of(rows, config.excluded)), fitting_of(config)
    candidate = settled(choice.trial.proposal.candidate, choice.trial.iterations)
    prepared = fitting.prepare(rows, candidate)
    del rows
    return Model.from_estimator(fitting.train(prepared, candidate).estimator, features=columns, figures=figures)


def by_age(ages: Sequence[int], n_spans: int) -> tuple[Variant, ...]:
    """Return variants that end ``ages`` spans early, each of as many spans as the oldest one has.

    >>> [(one.name, one.window.spans, one.window.stale) for one in by_age((0, 7), 56)]
    [('0 spans old', 49, 0), ('7 spans old', 49, 7)]
    """
    spans = n_spans - max(ages)
    return tuple(Variant(f"{age} spans old", TrainingWindow(f"{age} spans old", spans, age)) for age in ages)


def by_share(shares: Sequence[float]) -> tuple[Variant, ...]:
    """Return variants of growing shares of the rows; a larger share holds a smaller one."""
    return tuple(Variant(f"{share:.0%} of the rows", share=share) for share in sorted(shares))


def by_source(sources: Sequence[str]) -> tuple[Variant, ...]:
    """Return the variant of all sources of labels, then one without each."""
    return (Variant("all sources"), *(Variant(f"without {source}", lacks=source) for source in sources))
