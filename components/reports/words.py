"""The word and the tone of each state, in one place, so that every page says the same thing in the same colour."""

from collections.abc import Mapping
from typing import Literal, TypeVar

from components.artifacts.findings import Severity
from components.reports.run_view import Judgement, Outcome, StepState

Tone = Literal["good", "warn", "bad", "idle"]
"""How something is coloured. `good` is kept for what finished, was judged, and passed."""

STEP_WORDS: dict[StepState, tuple[Tone, str]] = {
    "COMPLETE": ("good", "Computed"),
    "CACHED": ("idle", "Reused"),
    "RUNNING": ("idle", "Running"),
    "FAILED": ("bad", "Failed"),
    "CANCELED": ("idle", "Canceled"),
    "BLOCKED": ("warn", "Blocked"),
    "ABSENT": ("idle", "Absent"),
}
SEVERITY_WORDS: dict[Severity, tuple[Tone, str]] = {
    "fail": ("bad", "Failing"),
    "quarantine": ("warn", "Rows set aside"),
    "warn": ("warn", "Warning"),
    "info": ("idle", "Note"),
}
OUTCOME_WORDS: dict[Outcome, tuple[Tone, str]] = {
    "blessed": ("good", "Blessed"),
    "rejected": ("bad", "Not blessed"),
    "inconclusive": ("warn", "Inconclusive"),
}
JUDGEMENT_WORDS: dict[Judgement, tuple[Tone, str]] = {
    "met": ("good", "Met"),
    "missed": ("bad", "Missed"),
    "unknown": ("idle", "Not judged"),
}

State = TypeVar("State", bound=str)


def _by_part(name: str, words: Mapping[State, tuple[Tone, str]]) -> dict[str, dict[str, str]]:
    return {
        f"{name}_tones": {state: tone for state, (tone, _) in words.items()},
        f"{name}_words": {state: word for state, (_, word) in words.items()},
    }


PAGE_WORDS = {
    **_by_part("step", STEP_WORDS),
    **_by_part("severity", SEVERITY_WORDS),
    **_by_part("outcome", OUTCOME_WORDS),
    **_by_part("judgement", JUDGEMENT_WORDS),
}
"""The same as templates read them: ``step_tones``, ``step_words`` and so on."""
