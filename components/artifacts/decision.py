"""Decision: what the gate says of a model, with its reasons in plain words."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

Verdict = Literal["bless", "reject", "inconclusive"]
Outcome = Literal["pass", "fail", "unknown"]
FILE = "decision.json"


@dataclass(frozen=True)
class Check:
    """One rule of the gate: what it asked, what it met, and whether that suffices; ``unknown`` is neither pass nor fail."""

    rule: str
    outcome: Outcome
    asked: str
    met: str


@dataclass(frozen=True)
class Decision:
    """Bless, reject or inconclusive, and why.

    File: ``decision.json``. ``model_step`` names the step whose model the decision is about. Any failed check rejects; otherwise any
    unknown one makes it inconclusive.
    """

    kind: ClassVar[str] = "decision"
    format_version: ClassVar[int] = 1

    verdict: Verdict
    model_step: str
    checks: tuple[Check, ...]

    @classmethod
    def of(cls, model_step: str, checks: tuple[Check, ...]) -> Self:
        """Return the decision that follows from the checks; no checks at all decide nothing."""
        outcomes = {check.outcome for check in checks}
        verdict: Verdict = "reject" if "fail" in outcomes else "inconclusive" if "unknown" in outcomes or not checks else "bless"
        return cls(verdict, model_step, checks)

    @property
    def reasons(self) -> list[str]:
        """The checks that decided, in plain words."""
        deciding = {"reject": "fail", "inconclusive": "unknown", "bless": "pass"}[self.verdict]
        return [f"{check.rule}: asked {check.asked}, met {check.met}" for check in self.checks if check.outcome == deciding]

    @property
    def sentence(self) -> str:
        """The verdict and its reasons."""
        word = {"bless": "blessed", "reject": "rejected", "inconclusive": "inconclusive"}[self.verdict]
        return f"{word}: {'; '.join(self.reasons) or 'no check was made'}"

    def save(self, directory: Path) -> None:
        """Write ``decision.json``."""
        body = {"verdict": self.verdict, "model_step": self.model_step, "checks": [asdict(check) for check in self.checks]}
        (directory / FILE).write_text(json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the decision back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        return cls(body["verdict"], body["model_step"], tuple(Check(**check) for check in body["checks"]))

    def summary(self) -> dict[str, str | int]:
        """Give the verdict and the counts of outcomes."""
        return {
            "verdict": self.verdict,
            "model_step": self.model_step,
            **{o: sum(c.outcome == o for c in self.checks) for o in ("pass", "fail", "unknown")},
        }
