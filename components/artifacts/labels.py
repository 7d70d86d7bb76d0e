"""Labels: what is believed of each row as of a date, with every source kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.probabilities import as_matrix
from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

FILE = "labels.parquet"
MODEL = "label_model.json"
SHARES = "class_probabilities"
"""Column of labels of many classes: where raters or the label model gave the label, their probability of each class, a list; null elsewhere."""
LIMITED = "purposes"
"""Key of the label model's description under which sources of labels have the purposes of the columns that they were made from."""


@dataclass(frozen=True, eq=False)
class Labels:
    """One row an example of the window, sorted by (event time, row id), and the label model that spoke where no outcome was known.

    Files: ``labels.parquet`` and ``label_model.json``. Columns: ``row_id`` binary; ``event_time``; ``span``; ``outcome`` int8, null
    where not known as of the date; ``fed_back`` int8, what later events said, null where they may still come; ``rated`` float64, what raters
    say together, null where nobody rated, and ``n_raters``; ``voted`` float64, the label model's probability of class 1, null where every
    function abstained; ``label`` float64, the probability that training takes, null where there is none; ``source``: ``outcome``,
    ``feedback``, ``raters``, ``label_model``, ``no-outcome`` (the day's outcomes are known and this row has none: it will never have one) or
    ``uncovered``. Of many classes ``outcome``, ``fed_back`` and ``label`` (the most probable one) are classes' numbers, ``rated`` and
    ``voted`` lists, a probability for each of the ``n_classes`` that the description counts, and the label's own stand in the column
    `SHARES`. Without functions there are numbers alone.
    """

    kind: ClassVar[str] = "labels"
    format_version: ClassVar[int] = 3

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

    def probabilities(self, column: str) -> "NDArray[np.float64]":
        """Return the probability of each class by ``label``, ``rated`` or ``voted``, [n_rows, n_classes]; NaN where that says nothing."""
        import numpy as np
        import polars as pl

        if SHARES not in self.rows.columns:
            of_one = self.rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
            return np.stack([1 - of_one, of_one], axis=1)
        n_classes = int(str(self.label_model["n_classes"]))
        found = as_matrix(self.rows[SHARES if column == "label" else column], n_classes)
        if column == "label":
            sure = (self.rows["label"].is_not_null() & self.rows[SHARES].is_null()).to_numpy()
            found[sure] = np.eye(n_classes)[self.rows["label"].filter(sure).cast(pl.Int64).to_numpy()]
        return found

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
