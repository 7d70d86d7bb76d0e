"""What the evaluation page says of one training run, as plain frozen values: filled from the store, written as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from components.artifacts.curve import Curve
from components.artifacts.evaluation import CalibrationBin, ClassRows
from components.artifacts.examination import Examination
from components.reports.run_view import Metric, RunView, json_value

FORMAT_VERSION = 1


@dataclass(frozen=True)
class EvaluationView:
    """All that the page shows.

    Parameters
    ----------
    run
        The run's own page, of which metrics, comparisons and decision stand here too.
    gaps
        Model minus champion by slice.
    examination
        None where the pipeline has no such step.
    card
        The model card: sections of names and texts.
    candidates
        The card of each model that was tried, by name.
    classes
        Of many classes the test rows of each, and whether the model knows it.

    """

    run: RunView
    gaps: tuple[Metric, ...]
    calibration: tuple[CalibrationBin, ...]
    examination: Examination | None
    curves: tuple[Curve, ...]
    card: Mapping[str, Mapping[str, str]]
    candidates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    classes: tuple[ClassRows, ...] = ()

    def to_json(self) -> str:
        """Return the same values as JSON with sorted keys and ISO 8601 times: what a script reads instead of the page."""
        told = {name: getattr(self.run, name) for name in ("pipeline", "run_id", "as_of", "lane")}
        parts = {name: [asdict(one) for one in getattr(self.run, name)] if isinstance(getattr(self.run, name), tuple) else getattr(self.run, name)
                 for name in ("metrics", "comparisons")}  # fmt: skip
        decision = self.run.decision if isinstance(self.run.decision, str) or self.run.decision is None else asdict(self.run.decision)
        own = {name: value for name, value in asdict(self).items() if name != "run"}
        body = {"format_version": FORMAT_VERSION, **told, **parts, "decision": decision, **own}
        return json.dumps(body, default=json_value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
