"""YAML with positions: every scalar is text, every node knows its line, and nothing clever is allowed.

The file is read as a stream of events, never by recursion, so no nesting can exhaust the stack. Refused
with file and line: anchors, aliases, tags, several documents, duplicate keys, keys that are no text,
more than ``DEPTH`` levels, more than ``BYTES`` or ``NODES``, anything but UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from chot.core.errors import InputError, Problem
from chot.core.text import normal

BYTES, NODES, DEPTH = 1_000_000, 20_000, 20


@dataclass(frozen=True)
class Scalar:
    """A text, as written (``no``, ``0100`` and ``6:00`` stay what they are); empty for a key without a value."""

    text: str
    line: int


@dataclass(frozen=True)
class Listing:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True)
class Section:
    """Keys with values, in the order written; ``key_lines`` says where each key stands."""

    fields: dict[str, Node]
    key_lines: dict[str, int]
    line: int


Node = Scalar | Listing | Section


def read_document(source: Path | str, *, file: str = "") -> Section:
    """The mapping that a YAML file (a path) or a YAML text (a str) holds; an empty one is an empty mapping.

    Raises ``InputError`` with file and line for anything that is not plain YAML.

    >>> read_document("on: no").fields
    {'on': Scalar(text='no', line=1)}
    """
    file = file or (str(source) if isinstance(source, Path) else "")
    text = read_text(source, file=file) if isinstance(source, Path) else checked_text(source, file=file)
    return _Composer(file).document(text)


def read_text(path: Path, *, file: str = "", limit: int = BYTES) -> str:
    """The text of a UTF-8 file, with or without BOM.

    Raises ``InputError`` when it cannot be read, is larger than ``limit`` bytes or is not UTF-8.
    """
    file = file or str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(file=file, what=f"cannot be read: {reason}", fix="Check the name and the folder")) from None
    if len(raw) > limit:
        raise InputError(Problem(file=file, what=f"the file is larger than {limit} bytes"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(Problem(file=file, line=line, what="the file is not UTF-8", fix="Save it as UTF-8")) from None


def checked_text(text: str, *, file: str = "") -> str:
    """The text itself when it is short enough and can be written as UTF-8; else ``InputError``."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InputError(Problem(file=file, line=line, what="the text holds half a character")) from None
    if size > BYTES:
        raise InputError(Problem(file=file, what=f"the text is larger than {BYTES} bytes"))
    return text.removeprefix("\ufeff")


@dataclass
class _Open:
    """A list or mapping that is being read; ``key`` waits for its value."""

    line: int
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)
    key: str | None = None

    def closed(self) -> Node:
        return Section(self.fields, self.key_lines, self.line) if self.is_mapping else Listing(tuple(self.items), self.line)


class _Composer:
    """Builds the nodes of one document from the parser's events; duplicate keys are collected, the rest stops at once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._root: Node | None = None

    def document(self, text: str) -> Section:
        self._consume(text)
        root = self._root
        if root is None or (isinstance(root, Scalar) and not root.text):
            root = Section({}, {}, 1)
        if not isinstance(root, Section):
            self._fail(root.line, "the document is not a list of fields", "Start with a line such as `plan: telesale-2026-q4`")
        if self._problems:
            raise InputError(self._problems)
        return root

    def _consume(self, text: str) -> None:
        documents = 0
        for count, event in enumerate(self._events(text)):
            line = event.start_mark.line + 1
            if count > NODES:
                self._fail(line, f"the document has more than {NODES} parts")
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fail(line, "a second document starts here", "Keep one document per file; remove the line `---`")
            elif isinstance(event, yaml.NodeEvent):
                self._refuse(event, line)
                self._node(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._add(self._stack.pop().closed(), line)

    def _events(self, text: str) -> Iterator[Any]:
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            yield from yaml.parse(text, Loader=loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = "; ".join(str(part) for part in (error.context, error.problem) if part)
            last = max(len(text.splitlines()), 1)
            self._fail(min(mark.line + 1, last) if mark else None, f"this is not YAML: {what}", _advice(text, mark))
        except yaml.YAMLError as error:
            at = getattr(error, "position", None)
            line = text.count("\n", 0, at) + 1 if isinstance(at, int) else None
            self._fail(line, f"this is not YAML: {str(error).splitlines()[0]}")

    def _refuse(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._fail(line, f"*{event.anchor} refers to another place", "Write the value out")
        if event.anchor is not None:
            self._fail(line, f"&{event.anchor} names a place", "Remove it and write the value out where it is used")
        if event.tag is not None:
            self._fail(line, f"the tag {event.tag[:60]} is not allowed", "Remove it; every value is read as its field needs it")

    def _node(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._add(Scalar(normal(event.value), line), line)
        else:
            if len(self._stack) >= DEPTH:
                self._fail(line, f"the document is nested more than {DEPTH} deep")
            self._stack.append(_Open(line, isinstance(event, yaml.MappingStartEvent)))

    def _add(self, node: Node, line: int) -> None:
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is None:
            self._key(parent, node, line)
        else:
            parent.fields.setdefault(parent.key, node)
            parent.key = None

    def _key(self, parent: _Open, node: Node, line: int) -> None:
        if not isinstance(node, Scalar):
            self._fail(line, "a key must be a single word")
        parent.key = node.text
        if node.text in parent.key_lines:
            what = f"{node.text[:60]!r} is written twice, first in line {parent.key_lines[node.text]}"
            self._problems.append(Problem(file=self._file, line=line, field=node.text[:60], what=what, fix="Keep one"))
        parent.key_lines.setdefault(node.text, line)

    def _fail(self, line: int | None, what: str, fix: str = "") -> NoReturn:
        raise InputError([*self._problems, Problem(file=self._file, line=line, what=what, fix=fix)])


def _advice(text: str, mark: Any) -> str:
    lines = text.split("\n")
    row = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return "Indent with spaces, not with tabs"
    return "Check the indentation, and put text that holds : or # in quotes"
