"""Findings: what a check says of one span, with stable codes and a verdict."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal, Self, get_args

Severity = Literal["fail", "quarantine", "warn", "info"]
"""What a finding does: fail its span, set its rows aside, or only say so; worst first."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
FILE = "findings.json"
MAX_EXAMPLES = 5
MAX_TEXT = 80
"""Characters of one value that an example shows."""


def row_text(row: Mapping[str, object]) -> str:
    """Return a row as an example shows it: names and values, long ones cut, bytes in hexadecimal digits.

    >>> row_text({"id": b"ab", "price": None, "name": "A b"})
    'id=6162 price=null name=A b'
    """
    return " ".join(f"{name}={_text(value)}" for name, value in row.items())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    text = value.isoformat() if isinstance(value, datetime) else "null" if value is None else str(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."


@dataclass(frozen=True)
class Finding:
    """One thing that a check found: a documented code, where, what was expected, what came, and what to do.

    ``count`` is the number of rows that it touches (None where it is not about rows); ``examples`` are at most five rows or
    values as short texts.
    """

    code: str
    severity: Severity
    where: str
    message: str
    expected: str = ""
    got: str = ""
    fix: str = ""
    count: int | None = None
    examples: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The place, as error messages call it."""
        return self.where


@dataclass(frozen=True)
class Findings:
    """All findings of one check of one span, ordered by severity, code and place; ``failed`` where one of them fails the span.

    File: ``findings.json``. ``checked`` counts the rules that were evaluated, so that no findings out of no rules is visible.
    ``state`` is "checked", or a word for why nothing could be said ("no-baseline", "no-schema"): never a pass.
    """

    kind: ClassVar[str] = "findings"
    format_version: ClassVar[int] = 1

    findings: tuple[Finding, ...] = ()
    checked: int = 0
    state: str = "checked"

    @classmethod
    def of(cls, findings: Sequence[Finding], *, checked: int, state: str = "checked") -> Self:
        """Return ``findings`` in their fixed order, each with at most five examples."""
        ranked = sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.code, f.where, f.message))
        return cls(tuple(replace(f, examples=f.examples[:MAX_EXAMPLES]) for f in ranked), checked, state)

    @property
    def failed(self) -> bool:
        """Whether nothing downstream of the span may run."""
        return any(finding.severity == "fail" for finding in self.findings)

    def save(self, directory: Path) -> None:
        """Write ``findings.json``."""
        body = {"checked": self.checked, "findings": [asdict(f) for f in self.findings], "state": self.state}
        (directory / FILE).write_text(json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the findings back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        found = tuple(Finding(**{**f, "examples": tuple(f["examples"])}) for f in body["findings"])
        return cls(found, body["checked"], body["state"])

    def summary(self) -> dict[str, bool | int | str]:
        """Give the verdict and the counts by severity."""
        counts: dict[str, int] = {s: sum(f.severity == s for f in self.findings) for s in SEVERITIES}
        return {"failed": self.failed, "state": self.state, "checked": self.checked, **counts}
