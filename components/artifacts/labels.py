"""Labels: what is believed of each row as of a date, with every source kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

FILE = "labels.parquet"
MODEL = "label_model.json"
SHARES = "class_probabilities"
"""Column of labels of many classes: where the label model spoke its probability of each class, a list; null elsewhere."""
LIMITED = "purposes"
"""Key of the label model's description under which sources of labels have the purposes of the columns that they were made from."""


@dataclass(frozen=True, eq=False)
class Labels:
    """One row an example of the window, sorted by (event time, row id), and the label model that spoke where no outcome was known.

    Files: ``labels.parquet`` and ``label_model.json``. Columns: ``row_id`` binary; ``event_time``; ``span``; ``outcome`` int8, null
    where not known as of the date; ``fed_back`` int8, what later events
    said, null where they may still come; ``rated`` float64, what raters say together, null where nobody rated, and ``n_raters``; ``voted`` float64,
    the label model's probability of class 1, null where every function abstained; ``label`` float64, the probability that training takes,
    null where there is none; ``source``: ``outcome``, ``feedback``, ``raters``, ``label_model``, ``no-outcome`` (the day's outcomes are known and this row
    has none: it will never have one) or ``uncovered``. Of many classes ``outcome``, ``voted`` (the most probable one) and ``label`` are
    classes' numbers, and where functions voted there is the column `SHARES`.
    """

    kind: ClassVar[str] = "labels"
    format_version: ClassVar[int] = 2

    rows: "pl.DataFrame"
    label_model: Mapping[str, object] = field(default_factory=dict)

    def save(self, directory: Path) -> None:
        """Write the rows and the label model."""
        write_table(self.rows.to_arrow(), directory / FILE)
        (directory / MODEL).write_text(json.dumps(self.label_model, sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the labels back."""
        import polars as pl

        label_model = json.loads((directory / MODEL).read_text(encoding="utf-8"))
        return cls(pl.read_parquet(directory / FILE, use_pyarrow=True), label_model)

    def summary(self) -> dict[str, int | float]:
        """Give the rows by source and the share of rows with a label."""
        counts = dict(self.rows["source"].value_counts().iter_rows())
        covered = self.rows["label"].count()
        sources = {
            "outcome": "outcome",
            "feedback": "feedback",
            "rated": "raters",
            "label_model": "label_model",
            "no_outcome": "no-outcome",
            "uncovered": "uncovered",
        }
        by_source = {f"n_{name}": int(counts.get(source, 0)) for name, source in sources.items()}
        return {"n_rows": self.rows.height, **by_source, "coverage": round(covered / max(1, self.rows.height), 6)}
