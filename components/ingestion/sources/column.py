"""What a source declares of one column beyond its type: null tokens and forms of its own, and what privacy demands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.artifacts.purposes import Purpose
from components.ingestion.privacy import PrivacyRule

ColumnType = Literal["string", "integer", "float", "boolean", "date", "timestamp"]


@dataclass(frozen=True)
class Column:
    """A column whose cells need a rule.

    Parameters
    ----------
    type
        What its cells are read as.
    null_tokens
        The texts that mean null in this column, instead of the source's; they apply to text cells of any format.
    canonical
        Text to the text that it means, applied to whole cells before they are typed: "0.0" is not "0" until this says so.
    privacy
        What is done to the values before anything is written; None keeps them.
    purpose
        What the column may be used for, where that is limited: ``slice-only``.
    """

    type: ColumnType
    null_tokens: tuple[str, ...] | None = None
    canonical: Mapping[str, str] = field(default_factory=dict)
    privacy: PrivacyRule | None = None
    purpose: Purpose | None = None

    @property
    def maps_text(self) -> bool:
        """Whether cells have to be looked at as text before they are typed."""
        return self.null_tokens is not None or bool(self.canonical)

    @property
    def identity(self) -> dict[str, object]:
        """The rules in plain values, without those that are not set."""
        tokens = {} if self.null_tokens is None else {"null_tokens": sorted(self.null_tokens)}
        forms = {"canonical": dict(sorted(self.canonical.items()))} if self.canonical else {}
        private = {} if self.privacy is None else {"privacy": self.privacy.identity}
        return {**tokens, **forms, **private, **({} if self.purpose is None else {"purpose": self.purpose})}
