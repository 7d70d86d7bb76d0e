"""Days that a function of the project makes up: for examples, load tests and test beds whose truth is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, Self, cast

from components.ingestion.fingerprint import DigestedHint, Hint
from components.ingestion.sources.source import Cells, Source
from components.ingestion.sources.tables import sliced, table_cells
from components.runtime.canonical import canonical_json
from components.runtime.keys import CodeRef

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class GeneratedSource(Source):
    """A file a day, from ``first`` to ``last`` or to today (UTC), as ``generate`` makes it: a function from a date to an Arrow table.

    The function must give the same table for the same date whenever it is asked. Its code is the content's digest, so nothing is made up
    twice. Each day is known since its end plus the declared lag, whenever it was made up.

    Parameters
    ----------
    first, last
        ISO dates; without ``last`` the days go on.
    every
        Whether there is a file each day or on the first of each month.

    """

    format: ClassVar[str] = "generated"

    location: str = ""
    known_by: Literal["observed", "path"] = "path"
    generate: CodeRef
    first: str
    last: str | None = None
    every: Literal["day", "month"] = "day"
    day: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "location", f"generated:{self.generate.target}/{self.day or '{YYYY-MM-DD}'}")
        if self.day:
            object.__setattr__(self, "known_by", "observed")
        super().__post_init__()

    def files(self) -> list[Self]:
        """Return a source a day, in order."""
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last) if self.last else date.max
        end = min(last, datetime.now(UTC).date())
        days = [first + timedelta(days=i) for i in range((end - first).days + 1)]
        return [replace(self, day=day) for day in days if self.every == "day" or day.day == 1]

    def fingerprint(self) -> Hint:
        """Return the digest of the code and the day, without making the day up."""
        digest = hashlib.sha256(canonical_json([self.generate.canonical(), str(self.day)])).hexdigest()
        return DigestedHint(self.location, 0, None, digest)

    def batches(self) -> Iterator[pa.Table]:
        """Yield the day's rows."""
        self.check_columns(self._made.column_names)
        return sliced(self._made, self.file_names)

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the table's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())

    @cached_property
    def _made(self) -> pa.Table:
        generate = cast("Callable[[date], pa.Table]", self.generate.load())
        return generate(self.day or date.fromisoformat(self.first))
