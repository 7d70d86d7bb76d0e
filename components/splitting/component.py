"""Split the spans of a window by time, with gaps, as of a date."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.split import Split
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.window import Window
from components.splitting.folds import walk_forward
from components.splitting.holdout import held_out, purged

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class HoldOut:
    """Keys that never train: about ``share`` of the values of ``columns``, the same ones in every run with this ``salt``."""

    columns: tuple[str, ...]
    share: float
    salt: str = ""


@dataclass(frozen=True)
class SplitConfig:
    """How many spans validate (a fold) and test, how many lie between as the gap, and which rows stand apart.

    ``folds`` walk forward through the end of the training window. ``purge`` names a column: rows of a group that is also in the test part
    do not train. The gap is kept before each validation part and before the test part.
    """

    validation_spans: int = 7
    test_spans: int = 7
    gap_spans: int = 1
    folds: int = 1
    purge: str = ""
    hold_out: HoldOut | None = None


@component
def split_by_time(
    features: Window[Features],
    outcomes: Window[Examples],
    as_of: datetime,
    cut: datetime,
    *,
    config: SplitConfig = SplitConfig(),
) -> Split:
    """Return which spans train, validate and test: everything that trains ends by ``cut``, everything that tests starts a gap later.

    ``features`` and ``outcomes`` cover the same spans. A span is mature where its outcomes are there as of the run. The test part is
    the last ``test_spans`` mature spans after the cut and ``gap_spans`` more; every other mature span after the cut is gap. Spans that
    are not mature are ``immature`` unless the gap takes them, spans without features are in no part. Only counts of rows are read,
    unless rows are purged or held out.

    Raises
    ------
    DataError
        If no span is left to train or fewer than ``test_spans`` mature ones to test.
    DefinitionError
        If a column to purge or hold out by is none of the features.

    """
    if features.spans != outcomes.spans:
        raise DataError("features and outcomes are not of the same spans", fix="give both windows the same length and until=")
    rows = {span.key: value.n_rows for span, value in features.present()}
    mature = {span.key for span, _ in outcomes.present()}
    present = [span for span in features.spans if span.key in rows]
    before = [span.key for span in present if span.end <= cut]
    after = [span.key for span in present if span.end > cut]
    usable, testable = ([key for key in keys if key in mature] for keys in (before, after[config.gap_spans :]))
    folds = walk_forward(usable, folds=config.folds, validation=config.validation_spans, gap=config.gap_spans)
    train = list(folds[0].train) if folds else usable
    validation = [key for fold in folds for key in fold.validation]
    test = testable[max(0, len(testable) - config.test_spans) :]
    if not train or len(test) < config.test_spans:
        raise DataError(
            f"too few spans to split: {len(train)} to train, {len(test)} mature to test (wanted {config.test_spans})",
            fix="lengthen the window, deliver outcomes, or shorten test_spans and gap_spans",
        )
    parts = {
        "train": train,
        "embargo": usable[len(train) : len(usable) - len(validation)],
        "validation": validation,
        "gap": [*after[: config.gap_spans], *testable[: len(testable) - len(test)]],
        "test": test,
        "immature": [key for key in (*before, *after[config.gap_spans :]) if key not in mature],
    }
    counts = {part: sum(rows[key] for key in keys) for part, keys in parts.items()}
    apart = _apart(features, before, test, config) if config.purge or config.hold_out else ()
    manifest = {part: tuple(keys) for part, keys in parts.items()}
    return Split(as_of=to_micros(as_of), cut=to_micros(cut), rows=counts, folds=folds, held_out=apart, **manifest)


def _apart(features: Window[Features], before: list[str], test: list[str], config: SplitConfig) -> tuple[str, ...]:
    """Return the rows of the spans before the cut that must not train."""
    early, late = _rows(features, before), _rows(features, test)
    found = set(purged(early, late, config.purge)) if config.purge else set()
    if config.hold_out is not None:
        found |= set(held_out(early, config.hold_out.columns, config.hold_out.share, config.hold_out.salt))
    return tuple(sorted(found))


def _rows(features: Window[Features], keys: list[str]) -> "pl.DataFrame":
    import polars as pl

    return pl.concat([value.to_polars() for span, value in features.present() if span.key in set(keys)])
