"""Rated items: what several people said of rows, what they say together, and how far they agree."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import polars as pl

ROWS = "ratings.parquet"
AGREEMENT = "agreement.json"


@dataclass(frozen=True)
class RaterScore:
    """One rater: items rated, agreement with each other rater beyond chance (None without common items), and believed accuracy."""

    rater: str
    n_items: int
    kappa: float | None
    accuracy: float


@dataclass(frozen=True, eq=False)
class RatedItems:
    """One row a rated item, sorted by row id, and the agreement of the raters.

    Files: ``ratings.parquet`` and ``agreement.json``. Columns: ``row_id`` binary, the item's; ``rated``: list of float64, the
    probability of each class that the raters' words amount to (0 or 1 where an adjudicator spoke); ``n_raters`` int64; ``disputed``: raters differ and nobody
    adjudicated; ``said``: list of (rater, class), sorted. ``alpha`` is Krippendorff's, None where no item has two raters.
    ``purposes`` (in the file only where there are any) are those of the columns that the ratings were read from.
    """

    kind: ClassVar[str] = "rated_items"
    format_version: ClassVar[int] = 2

    rows: "pl.DataFrame"
    alpha: float | None
    raters: tuple[RaterScore, ...]
    purposes: Mapping[str, str] = field(default_factory=dict)

    def save(self, directory: Path) -> None:
        """Write the rows and the agreement."""
        write_table(self.rows.to_arrow(), directory / ROWS)
        body: dict[str, object] = {"alpha": self.alpha, "raters": [asdict(one) for one in self.raters]}
        body |= {"purposes": dict(self.purposes)} if self.purposes else {}
        (directory / AGREEMENT).write_text(json.dumps(body, sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the ratings back."""
        import polars as pl

        body = json.loads((directory / AGREEMENT).read_text(encoding="utf-8"))
        rows = pl.read_parquet(directory / ROWS, use_pyarrow=True)
        return cls(rows, body["alpha"], tuple(RaterScore(**one) for one in body["raters"]), body.get("purposes", {}))

    def summary(self) -> dict[str, int | float]:
        """Give items, disputes, raters and their agreement."""
        counts: dict[str, int | float] = {
            "n_items": self.rows.height,
            "n_disputed": int(self.rows["disputed"].sum()),
            "n_raters": len(self.raters),
        }
        return counts if self.alpha is None else counts | {"alpha": round(self.alpha, 6)}
