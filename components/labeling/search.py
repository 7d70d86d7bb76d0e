"""Boolean search: a query of words, AND, OR, NOT and brackets as an expression over text columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.runtime.errors import DefinitionError

if TYPE_CHECKING:
    import polars as pl

TOKEN = re.compile(r'\s*(?:(?P<bracket>[()])|(?:(?P<column>[a-z_]\w*):)?(?:"(?P<phrase>[^"]+)"|(?P<word>[^\s()":]+)))')
OPERATORS = frozenset({"AND", "OR", "NOT"})


def search(query: str, columns: Sequence[str]) -> "pl.Expr":
    """Return whether each row matches a query over the named text columns; false where all of them are null.

    A word or a quoted phrase matches as a whole, whatever its case, in any of the columns; ``column:word`` in that one; ``word*`` what
    begins so. ``NOT`` binds tighter than ``AND``, that tighter than ``OR``; words side by side mean ``AND``.

    Raises
    ------
    DefinitionError
        If the query cannot be read; the message says from which place on.

    Examples
    --------
    >>> import polars as pl
    >>> mails = pl.DataFrame({"subject": ["Free money", "Team lunch"], "body": ["win now", "the lunch is free"]})
    >>> mails.select(search("free AND (money OR prize*) NOT subject:meeting", ["subject", "body"])).to_series().to_list()
    [True, False]

    """
    reader = _Reader(query, _tokens(query), tuple(columns))
    found = reader.any_of()
    if reader.place < len(reader.tokens):
        raise reader.error("a bracket is closed that was not opened")
    return found


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    column: str | None = None
    quoted: bool = False

    @property
    def is_operator(self) -> bool:
        return not self.quoted and self.column is None and self.text in OPERATORS


def _tokens(query: str) -> list[_Token]:
    found, place = [], 0
    while query[place:].strip():
        match = TOKEN.match(query, place)
        if match is None:
            raise DefinitionError("the query cannot be read", where=f"{query!r}, from {query[place:].strip()!r}", fix="Close the quotes.")
        text = match["bracket"] or match["phrase"] or match["word"]
        found.append(_Token(text, match.start(), match["column"], match["phrase"] is not None))
        place = match.end()
    return found


@dataclass
class _Reader:
    """Reads tokens by recursive descent: any_of, all_of, one."""

    query: str
    tokens: list[_Token]
    columns: tuple[str, ...]
    place: int = 0

    def any_of(self) -> "pl.Expr":
        found = self.all_of()
        while self._takes("OR"):
            found |= self.all_of()
        return found

    def all_of(self) -> "pl.Expr":
        found = self.one()
        while self._takes("AND") or (self._next and self._next.text not in (")", "OR")):
            found &= self.one()
        return found

    def one(self) -> "pl.Expr":
        if self._takes("NOT"):
            return ~self.one()
        token = self._next
        if token is None or token.is_operator or (token.text == ")" and not token.quoted):
            raise self.error("a word is missing")
        self.place += 1
        if token.text == "(" and not token.quoted:
            found = self.any_of()
            if not self._takes(")"):
                raise self.error("a bracket is not closed")
            return found
        return self._word(token)

    def error(self, message: str) -> DefinitionError:
        rest = self.query[self._next.start :].strip() if self._next else "the end"
        return DefinitionError(message, where=f"{self.query!r}, at {rest!r}")

    @property
    def _next(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _takes(self, text: str) -> bool:
        if self._next is None or self._next.quoted or self._next.column or self._next.text != text:
            return False
        self.place += 1
        return True

    def _word(self, token: _Token) -> "pl.Expr":
        import polars as pl

        begins = token.text.endswith("*") and not token.quoted
        word = re.escape(token.text.rstrip("*") if begins else token.text)
        pattern = rf"(?i)\b{word}" + ("" if begins else r"\b")
        asked = (token.column,) if token.column else self.columns
        return pl.any_horizontal(pl.col(name).str.contains(pattern).fill_null(value=False) for name in asked)
