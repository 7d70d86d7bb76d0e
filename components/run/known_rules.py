"""Since when the rows of a delivery are known: the rule that a source declares, fixed by its first delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline, SourceRoot
from components.runtime.instants import to_micros
from components.store.records import ArtifactRecord, DeliveryRecord, NewArtifact

if TYPE_CHECKING:
    from components.ingestion.sources.source import Source


@dataclass(frozen=True)
class Known:
    """The rule by which the rows of a delivery are known, and since when; each its span's end plus the lag where ``assumed``.

    By the rule ``column`` each row says it itself.
    """

    rule: str
    since: int

    def has(self, part: NewArtifact, one: ArtifactRecord) -> bool:
        """Tell whether the rows of a part came before; where rows say it themselves, as known at the same time."""
        return part.digest == one.digest and (self.rule != "column" or part.known_at == one.known_at)


def known_of(pipeline: Pipeline, root: SourceRoot, file: "Source", same: DeliveryRecord | None, *, is_first: bool) -> Known:
    """Return by which rule and since when a file's rows are known; ``same`` is the delivery of the same content, declared otherwise."""
    from components.ingestion.sources.known import known_since

    declared = cast("Source", root.reads)
    if same is not None:
        return Known(same.known_rule, same.known_from)
    if not isinstance(declared.known_by, str):
        return Known("column", 0)
    if declared.known_by != "observed":
        since = known_since(declared.known_by, declared.location, file.location, pipeline.calendar, root.known_after)
        return Known(declared.known_by, since)
    return Known("assumed", 0) if is_first else Known("observed", to_micros(datetime.now(UTC)))


def column_of(source: "Source") -> str | None:
    """Return the column that says since when a row is known."""
    return source.known_column.column if source.known_column else None


def check_rules(pipeline: Pipeline, root: SourceRoot, earlier: Sequence[DeliveryRecord]) -> None:
    """Refuse a rule that cannot work, or another than that of the first delivery: what earlier runs read would change under them."""
    declared = cast("Source", root.reads)
    rule = "column" if declared.known_column else str(declared.known_by)
    where = f"pipeline {pipeline.name}, source '{root.name}'"
    if rule == "column" and root.redelivery == "replace":
        reason = "rows that become known one by one cannot be replaced by a later delivery"
        raise DefinitionError(reason, where=where, expected="redelivery='merge'", got="'replace'")
    if declared.adds and (declared.key is None or root.redelivery == "replace"):
        raise DefinitionError(
            "each delivery brings only what is new", where=where, expected="a key that tells rows apart, and redelivery='merge'"
        )
    if not earlier:
        return
    first, column = earlier[0], column_of(declared)
    fixed = {
        "known_by": (first.known_rule.replace("assumed", "observed"), rule),
        "the column of known_by": (first.hint.get("known_by"), column),
        "known_after": (first.known_after, str(root.known_after)),
    }
    for name, (before, now) in fixed.items():
        if before != now:
            raise DefinitionError(
                f"{name} cannot change after the first delivery", where=where, expected=repr(before), got=repr(now),
                fix="give the changed source a name of its own",
            )  # fmt: skip
