"""Protocol buffers in their text form, read and written as plain trees; no message is known here and no library needed.

The grammar is that of the Text Format Language Specification (protobuf.dev), without extensions and `Any`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from components.runtime.errors import ConfigError

Scalar = str | int | float | bool
TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[fF]?(?![\w.]))|(?P<word>-?[A-Za-z_]\w*)|(?P<sign>[{}<>\[\]:,;])"""
)
MAX_DEPTH = 100


class Enum(str):
    """A bare word: the value of an enumeration."""

    __slots__ = ()


@dataclass(frozen=True)
class Entry:
    """One field: its name, a scalar or a message, and its line."""

    name: str
    value: Scalar | Message
    line: int


@dataclass
class Message:
    """A message: its fields in order, those that repeat several times."""

    entries: list[Entry] = field(default_factory=list)
    line: int = 1

    def all(self, name: str) -> Iterator[Entry]:
        """Yield the fields of a name."""
        return (one for one in self.entries if one.name == name)

    def scalar(self, name: str) -> Scalar | None:
        """Return the last value of a field that is no message."""
        found = [one.value for one in self.all(name) if not isinstance(one.value, Message)]
        return found[-1] if found else None

    def message(self, name: str) -> Message | None:
        """Return the last value of a field that is a message."""
        found = [one.value for one in self.all(name) if isinstance(one.value, Message)]
        return found[-1] if found else None

    def texts(self, name: str) -> list[str]:
        """Return the values of a repeated field as texts."""
        return [str(one.value) for one in self.all(name) if not isinstance(one.value, Message)]

    def add(self, name: str, value: Scalar | Message) -> Message:
        """Add a field and return this message."""
        self.entries.append(Entry(name, value, self.line))
        return self


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def parse(text: str, file: str) -> Message:
    """Return the message that a text stands for.

    Raises
    ------
    ConfigError
        At the first thing that is not of the text form, with its line.
    """
    reader = _Reader(file, list(_tokens(text, file)))
    message = reader.message("", 0)
    reader.expect_end()
    return message


def write(message: Message, indent: int = 0) -> str:
    """Return a message in the text form, two spaces a level, so that `parse` gives it back."""
    lines = []
    for one in message.entries:
        if isinstance(one.value, Message):
            inner = write(one.value, indent + 1)
            lines.append(" " * 2 * indent + (f"{one.name} {{\n{inner}" + " " * 2 * indent + "}" if inner else f"{one.name} {{}}"))
        else:
            lines.append(" " * 2 * indent + f"{one.name}: {_written(one.value)}")
    return "".join(f"{line}\n" for line in lines)


def _written(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not isinstance(value, Enum):
        return '"' + "".join(_escaped(char) for char in value) + '"'
    return str(value)


def _escaped(char: str) -> str:
    known = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return known.get(char) or (char if char.isprintable() else "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass")))


def _tokens(text: str, file: str) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise ConfigError("not the text form of a protocol buffer", file=file, line=line, got=repr(text[place : place + 20]))
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match[0], line)
        line += match[0].count("\n")
        place = match.end()


@dataclass
class _Reader:
    file: str
    tokens: list[_Token]
    at: int = 0

    def message(self, closing: str, depth: int) -> Message:
        """Read fields up to a closing sign."""
        message = Message(line=self._line())
        while self.at < len(self.tokens) and self.tokens[self.at].text != closing:
            name = self._next("word", "the name of a field")
            for value in self._values(depth):
                message.entries.append(Entry(name.text, value, name.line))
            self._skip(",", ";")
        return message

    def expect_end(self) -> None:
        """Refuse what is left over."""
        if self.at < len(self.tokens):
            raise self._error("the name of a field")

    def _values(self, depth: int) -> Iterator[Scalar | Message]:
        has_colon = self._skip(":")
        if has_colon and self._skip("["):
            while not self._skip("]"):
                yield self._value(depth)
                self._skip(",")
            return
        if not has_colon and self._peek() not in ("{", "<"):
            raise self._error("':' or '{'")
        yield self._value(depth)

    def _value(self, depth: int) -> Scalar | Message:
        closing = {"{": "}", "<": ">"}.get(self._peek())
        if closing is None:
            return self._scalar()
        if depth >= MAX_DEPTH:
            raise ConfigError("messages are nested too deep", file=self.file, line=self._line(), expected=f"at most {MAX_DEPTH} levels")
        self.at += 1
        inner = self.message(closing, depth + 1)
        if not self._skip(closing):
            raise self._error(repr(closing))
        return inner

    def _scalar(self) -> Scalar:
        token = self._next(None, "a value")
        if token.kind == "text":
            parts = [token.text]
            while self.at < len(self.tokens) and self.tokens[self.at].kind == "text":
                parts.append(self._next("text", "a text").text)
            return b"".join(self._bytes(part, token.line) for part in parts).decode("utf-8", "replace")
        if token.kind == "number":
            digits = token.text.rstrip("fF") if not token.text.lower().startswith(("0x", "-0x")) else token.text
            return int(digits, 0) if re.fullmatch(r"[-+]?(0[xX][0-9a-fA-F]+|0|[1-9]\d*)", digits) else float(digits)
        if token.kind != "word":
            self.at -= 1
            raise self._error("a value")
        words: dict[str, Scalar] = {"true": True, "false": False, "inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}
        return words.get(token.text, Enum(token.text))

    def _bytes(self, quoted: str, line: int) -> bytes:
        try:
            escaped = "".join(char if char.isascii() else "".join(f"\\x{byte:02x}" for byte in char.encode()) for char in quoted)
            plain = ast.literal_eval(f"b{escaped}")
        except (SyntaxError, ValueError) as error:
            raise ConfigError("a text with a wrong escape", file=self.file, line=line, got=quoted) from error
        return bytes(plain)

    def _next(self, kind: str | None, expected: str) -> _Token:
        if self.at >= len(self.tokens) or (kind and self.tokens[self.at].kind != kind):
            raise self._error(expected)
        self.at += 1
        return self.tokens[self.at - 1]

    def _peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _skip(self, *signs: str) -> bool:
        if self._peek() not in signs:
            return False
        self.at += 1
        return True

    def _line(self) -> int:
        return self.tokens[min(self.at, len(self.tokens) - 1)].line if self.tokens else 1

    def _error(self, expected: str) -> ConfigError:
        got = repr(self._peek()) if self._peek() else "the end of the file"
        return ConfigError("not the text form of a protocol buffer", file=self.file, line=self._line(), expected=expected, got=got)
