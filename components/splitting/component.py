"""Split the spans of a window by time, with a gap, as of a date."""

from dataclasses import dataclass
from datetime import datetime

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.split import Split
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.window import Window


@dataclass(frozen=True)
class SplitConfig:
    """How many spans validate (the last of the training window) and test, and how many lie between as the gap."""

    validation_spans: int = 7
    test_spans: int = 7
    gap_spans: int = 1


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
    are not mature are ``immature`` unless the gap takes them, spans without features are in no part.

    Raises
    ------
    DataError
        If no span is left to train or fewer than ``test_spans`` mature ones to test.

    """
    if features.spans != outcomes.spans:
        raise DataError("features and outcomes are not of the same spans", fix="give both windows the same length and until=")
    rows = {span.key: value.n_rows for span, value in features.present()}
    mature = {span.key for span, _ in outcomes.present()}
    present = [span for span in features.spans if span.key in rows]
    before = [span.key for span in present if span.end <= cut]
    after = [span.key for span in present if span.end > cut]
    usable, testable = ([key for key in keys if key in mature] for keys in (before, after[config.gap_spans :]))
    validation = usable[len(usable) - config.validation_spans :] if len(usable) > config.validation_spans else []
    train = usable[: len(usable) - len(validation)]
    test = testable[max(0, len(testable) - config.test_spans) :]
    gap = [*after[: config.gap_spans], *testable[: len(testable) - len(test)]]
    if not train or len(test) < config.test_spans:
        raise DataError(
            f"too few spans to split: {len(train)} to train, {len(test)} mature to test (wanted {config.test_spans})",
            fix="lengthen the window, deliver outcomes, or shorten test_spans and gap_spans",
        )
    parts = {
        "train": train,
        "validation": validation,
        "gap": gap,
        "test": test,
        "immature": [key for key in (*before, *after[config.gap_spans :]) if key not in mature],
    }
    counts = {part: sum(rows[key] for key in keys) for part, keys in parts.items()}
    return Split(to_micros(as_of), to_micros(cut), rows=counts, **{part: tuple(keys) for part, keys in parts.items()})
