"""YAML as plain values that remember their lines and their spelling; the safe subset only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from components.runtime.errors import ConfigError

SafeLoader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The same safe tags by libyaml's parser, which is ten times as fast and is in the wheels of PyYAML."""

Location = tuple[str | int, ...]
"""Keys and list indices from the root: `("training", "windows", 0)`."""
Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]

SCALARS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp"))
MAX_VALUES = 20_000
"""More values than any configuration needs; a few nested anchors can stand for billions."""
MAX_DEPTH = 100

SECRET = re.compile(r"://[^/\s@]*:[^\s@]+@|\bpassword=\S", re.IGNORECASE)
"""An address that carries a password: `scheme://user:password@host` or `…password=…`."""


@dataclass
class Document:
    """The values of a file, the line of each location, how its scalar is spelt (absent where quoted), and what is wrong."""

    file: str
    values: dict[str, Plain] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=lambda: {(): 1})
    spelling: dict[Location, str] = field(default_factory=dict)
    problems: list[ConfigError] = field(default_factory=list)

    def problem(
        self,
        message: str,
        location: Location,
        *,
        line: int | None = None,
        expected: str | None = None,
        got: str | None = None,
        near: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Add a problem; its line is that of the innermost part of the location that the file has."""
        known = next(location[:n] for n in range(len(location), -1, -1) if location[:n] in self.lines)
        line = line or self.lines[known]
        key = dotted(location)
        self.problems.append(ConfigError(message, file=self.file, line=line, key=key, expected=expected, got=got, nearest=near, fix=fix))

    def raise_problems(self) -> None:
        """Raise the first problem by line, which carries the others; do nothing if there are none."""
        if self.problems:
            first, *others = sorted(self.problems, key=lambda problem: problem.line or 0)
            first.others = tuple(others)
            raise first


def dotted(location: Location) -> str:
    """Return a location as text.

    Examples
    --------
    >>> dotted(("training", "windows", 0, "rows"))
    'training.windows[0].rows'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def read_yaml(path: Path) -> Document:
    """Return the document of a file; an empty file has no keys. What a reader can still go on from is a problem of the document.

    Dates become ISO 8601 texts. Anchors and merge keys work.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not YAML, or is no mapping.
    """
    document = Document(str(path))
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_depth(text, document)
        loader = SafeLoader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ConfigError(f"the file is not valid YAML: {error.problem or error.context}", file=document.file, line=line) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError("the file is not valid YAML in UTF-8", file=document.file, got=str(error).splitlines()[0]) from error
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", file=document.file) from error
    if root is None or root.tag == "tag:yaml.org,2002:null":
        return document
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError("the file is no mapping", file=document.file, line=root.start_mark.line + 1, expected="lines of `key: value`")
    values = _Reader(loader, document).value(root, ())
    document.values = values if isinstance(values, dict) else {}
    return document


def _refuse_depth(text: str, document: Document) -> None:
    """Refuse a text that nests deeper than a parser's stack allows; events come without recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ConfigError(
                f"the file nests deeper than {MAX_DEPTH} levels",
                file=document.file,
                line=event.start_mark.line + 1 if event.start_mark else None,
            )


@dataclass
class _Reader:
    """Turns nodes into plain values; `open_nodes` are those around the current one."""

    loader: yaml.SafeLoader | yaml.CSafeLoader
    document: Document
    n_values: int = 0
    open_nodes: list[yaml.Node] = field(default_factory=list)
    merged: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, location: Location) -> Plain:
        line = node.start_mark.line + 1
        self.document.lines.setdefault(location, line)
        self.n_values += 1
        if self.n_values > MAX_VALUES or node in self.open_nodes:
            reason = f"the file stands for more than {MAX_VALUES:,} values" if node not in self.open_nodes else "an anchor contains itself"
            raise ConfigError(reason, file=self.document.file, line=line, key=dotted(location))
        self.open_nodes.append(node)
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
                return self._mapping(node, location)
            if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
                return [self.value(item, (*location, index)) for index, item in enumerate(node.value)]
            return self._scalar(node, location)
        finally:
            self.open_nodes.pop()

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Plain]:
        if id(node) not in self.merged:
            self._refuse_duplicates(node, location)
            self.loader.flatten_mapping(node)
            self.merged.add(id(node))
        values: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, location)
            if key is not None:
                self.document.lines[*location, key] = key_node.start_mark.line + 1
                values[key] = self.value(value_node, (*location, key))
        return values

    def _key(self, node: yaml.Node, location: Location) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            return str(node.value)
        got = f"{node.value}, which YAML reads as {_kind(node)}" if isinstance(node, yaml.ScalarNode) else _kind(node)
        self.document.problem(
            "a key must be a text", location, line=node.start_mark.line + 1, expected="a text", got=got, fix="Put the key in quotes."
        )
        return None

    def _refuse_duplicates(self, node: yaml.MappingNode, location: Location) -> None:
        first_lines: dict[str, int] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            line = key.start_mark.line + 1
            if key.value in first_lines:
                fix = f"It is already in line {first_lines[key.value]}."
                self.document.problem(f"the key {key.value!r} stands twice", (*location, key.value), line=line, fix=fix)
            first_lines.setdefault(key.value, line)

    def _scalar(self, node: yaml.Node, location: Location) -> Plain:
        if node.tag not in SCALARS or not isinstance(node, yaml.ScalarNode):
            self.document.problem("a tag is not allowed here", location, expected="plain YAML", got=node.tag)
            return None
        if SECRET.search(node.value):
            self.document.problem("the value carries a password", location, fix="Use a connection name instead.")
            return None
        try:
            value = self.loader.construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            self.document.problem(f"not {_kind(node)}: {error}", location, got=node.value)
            return None
        if not node.style:  # None or "": plain, by either parser
            self.document.spelling[location] = str(node.value)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, float) and value != value:  # noqa: PLR0124 (nan)
            self.document.problem("nan is not a value here", location, expected="a number")
            return None
        return value if isinstance(value, bool | int | float | str) else None


def _kind(node: yaml.Node) -> str:
    names = {"bool": "a truth value", "int": "a number", "float": "a number", "null": "nothing", "timestamp": "a date", "map": "a mapping"}
    return names.get(node.tag.rpartition(":")[2], "a list")
