"""Several spans at once, absences named, and lists to fan out over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from components.runtime.spans import Span

T_co = TypeVar("T_co", covariant=True)

Reason = Literal["no-delivery", "empty", "failed-validation", "before-history", "no-champion"]


@dataclass(frozen=True)
class Absent:
    """Why a span has no value: nothing delivered by then, an empty span, failed validation, or before the source's history."""

    reason: Reason


@dataclass(frozen=True)
class Window(Generic[T_co]):
    """One entry per span, in order: a value, or ``Absent`` with its reason."""

    spans: tuple[Span, ...]
    values: tuple[T_co | Absent, ...]

    def __post_init__(self) -> None:
        """Refuse a window whose spans and values differ in number."""
        if len(self.spans) != len(self.values):
            raise ValueError(f"a window wants one entry per span: {len(self.spans)} spans, {len(self.values)} values")

    def __len__(self) -> int:
        """Count the spans, absent ones too."""
        return len(self.spans)

    def present(self) -> Iterator[tuple[Span, T_co]]:
        """Yield (span, value) of the spans that have one, in order."""
        for span, value in zip(self.spans, self.values, strict=True):
            if not isinstance(value, Absent):
                yield span, value


class Each(tuple[T_co, ...]):
    """A list of values that a later step is mapped over, in this order."""

    __slots__ = ()
