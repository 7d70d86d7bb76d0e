"""Errors that a user reads: where, expected, got, the nearest valid name, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Protocol

MAX_FINDINGS = 10
"""Findings that a message shows; the artifact holds the full list."""

MAX_EXAMPLES = 5
"""Examples that a message shows for one finding."""


class FindingLike(Protocol):
    """What a message needs of a finding: a stable code, the place, one sentence and some examples."""

    @property
    def code(self) -> str:
        """A stable, documented code such as `schema-not-approved`."""

    @property
    def where(self) -> str:
        """The column, row or step that it is about."""

    @property
    def message(self) -> str:
        """One sentence, without the place."""

    @property
    def examples(self) -> Sequence[object]:
        """Some of the values that caused it; may be empty."""


class PipelineError(Exception):
    """One paragraph for the user: where, what is wrong, expected, got, the nearest valid name, what to do.

    Parameters
    ----------
    message
        What is wrong, as a sentence; a final full stop is added where none is.
    where
        The place: `file:line`, a step, a column.
    expected, got
        What would have been right and what was met, as they should be printed.
    nearest
        The valid name that comes closest to the one given, see `nearest`.
    fix
        What to do, as a sentence.

    Examples
    --------
    >>> print(PipelineError("unknown grain", where="flights", expected="hour, day, week or month", got="'dya'", nearest="day"))
    flights: unknown grain. Expected hour, day, week or month, got 'dya'. Nearest valid name: 'day'.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        nearest: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.expected = expected
        self.got = got
        self.nearest = nearest
        self.fix = fix

    def __str__(self) -> str:
        wanted = [f"{word} {text}" for word, text in (("expected", self.expected), ("got", self.got)) if text is not None]
        parts = [
            self.message,
            ", ".join(wanted),
            f"nearest valid name: {self.nearest!r}" if self.nearest is not None else "",
            self.fix or "",
        ]
        first, *others = (_sentence(part) for part in parts if part)
        paragraph = " ".join([first, *(other[0].upper() + other[1:] for other in others)])
        return f"{self.where}: {paragraph}" if self.where else paragraph


class DefinitionError(PipelineError):
    """A component, pipeline, span key or other definition that cannot work; raised before anything runs."""


class StoreError(PipelineError):
    """The metadata store or a blob is missing, damaged, locked or of another version."""


class ConfigError(PipelineError):
    """A line of a configuration file that is not valid; `problems` lists all of them, this one included.

    Parameters
    ----------
    file, line, key
        The place, printed as `file:line:key`; the line counts from 1, the key is dotted (`training.rows`).
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        nearest: str | None = None,
        fix: str | None = None,
    ) -> None:
        where = ":".join(str(part) for part in (file, line, key) if part not in (None, ""))
        super().__init__(message, where=where or None, expected=expected, got=got, nearest=nearest, fix=fix)
        self.file = file
        self.line = line
        self.key = key
        self.others: tuple[ConfigError, ...] = ()

    @property
    def problems(self) -> tuple[ConfigError, ...]:
        """Every problem of the file, in order of lines."""
        return (self, *self.others)

    def __str__(self) -> str:
        if not self.others:
            return super().__str__()
        shown = self.others[: MAX_FINDINGS - 1]
        lines = [super().__str__(), *(str(problem) for problem in shown)]
        lines.append(_total(len(self.others) + 1, len(lines), "problem"))
        return "\n".join(lines)


class DataError(PipelineError):
    """Data that break a rule; the message shows at most 10 findings with 5 examples each, and the total.

    Parameters
    ----------
    findings
        All of them; kept in `findings`, whatever the message shows.
    """

    def __init__(self, message: str, findings: Sequence[FindingLike] = (), *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(message, where=where, fix=fix)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        if not self.findings:
            return super().__str__()
        shown = self.findings[:MAX_FINDINGS]
        return "\n".join([super().__str__(), *(_finding_line(one) for one in shown), _total(len(self.findings), len(shown), "finding")])


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that comes closest to a word, or None if none is close; capitals do not matter.

    Examples
    --------
    >>> nearest("gran", ["grain", "zone"])
    'grain'
    >>> nearest("qqq", ["grain", "zone"]) is None
    True
    """
    by_folded = {choice.casefold(): choice for choice in sorted(choices)}
    found = difflib.get_close_matches(word.casefold(), list(by_folded), n=1)
    return by_folded[found[0]] if found else None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def _finding_line(finding: FindingLike) -> str:
    examples = ", ".join(repr(example) for example in finding.examples[:MAX_EXAMPLES])
    rest = f" (examples: {examples})" if examples else ""
    return f"- {finding.code} {finding.where}: {finding.message}{rest}"


def _total(n: int, n_shown: int, noun: str) -> str:
    total = f"{n} {noun}{'' if n == 1 else 's'}"
    return f"{total}, {n_shown} shown." if n > n_shown else f"{total}."
