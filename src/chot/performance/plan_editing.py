"""Changing single values of a plan's YAML in place: comments, layout and every other field stay as they were written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import yaml

from chot.core.errors import InputError
from chot.kpi.document import NODES, checked_text

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: ``("items", 0, "weight")``."""

ORDER = (
    "plan", "title", "role", "team", "period", "starts", "ends", "announced", "supervisor", "goal", "bonus_vnd", "min_measured_weight",
    "items", "scales", "gates", "commission", "lines", "pool", "proration", "guarantee", "rounding",
)  # fmt: skip
_BARE = re.compile(r"[\w](?:[\w .()/%+–-]*[\w)%])?")  # Doanh thu, 120000000, 37%, 2026-10-01
_FLOW = re.compile(r"(\[.*\]|\{.*\})", re.DOTALL)  # [[70%, 0%]], {ability: 0.40}


class NotYamlError(ValueError):
    """The text has no tree of values in which anything could be changed."""


def tree(text: str) -> yaml.MappingNode:
    """The nodes of a plan with their places. Raises ``NotYamlError`` for what is no mapping, and for aliases."""
    try:
        for count, event in enumerate(yaml.parse(checked_text(text), Loader=yaml.SafeLoader)):
            if isinstance(event, yaml.AliasEvent) or count > NODES:
                raise NotYamlError
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, InputError):
        raise NotYamlError from None
    if not isinstance(root, yaml.MappingNode):
        raise NotYamlError
    return root


def node_at(root: yaml.Node, path: Path) -> yaml.Node | None:
    """The node at ``path``; None when there is none."""
    node: yaml.Node | None = root
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def written(node: yaml.Node | None) -> str:
    """A node as a person types it on one line: ``37%``, ``[[70%, 0%], [100%, 100%]]``; empty without one."""
    if node is None:
        return ""
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(written(each) for each in node.value)}]"
    return f"{{{', '.join(f'{name.value}: {written(value)}' for name, value in node.value)}}}"


def scalar(value: str) -> str:
    """A value as YAML; what looks like a list or further fields is written as such.

    >>> print(scalar("Doanh thu"), scalar("a: b"), scalar("{ability: 0.40}"), scalar("500 if x >= 1 else 0"))
    Doanh thu "a: b" {ability: 0.40} "500 if x >= 1 else 0"
    """
    value = " ".join(value.split())
    if not value or _BARE.fullmatch(value) or _FLOW.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def with_value(text: str, path: Path, value: str) -> str:
    """The text with one value changed, or added where it is missing; an empty value counts as not written.

    >>> with_value("items:\\n  - metric: revenue # mine\\n    weight: 40\\n", ("items", 0, "weight"), "60")
    'items:\\n  - metric: revenue # mine\\n    weight: 60\\n'
    """
    root = tree(text)
    node = node_at(root, path)
    new = scalar(value)
    if node is not None:
        return _replaced(text, node, new)
    if not new:
        return text
    parent = node_at(root, path[:-1])
    if isinstance(parent, yaml.MappingNode):
        return _with_key(text, parent, f"{path[-1]}: {new}", before=str(path[-1]) if len(path) == 1 else "")
    if len(path) == 2:  # a section that is not there yet, or that is empty
        return with_value(text, path[:1], f"{{{path[1]}: {new}}}")
    return text


def _replaced(text: str, node: yaml.Node, new: str) -> str:
    start, end = node.start_mark.index, _end(node)
    if start == end and new:
        new = f" {new}" if text[start - 1 : start] != " " else new
    return text[:start] + new + text[end:]


def _end(node: yaml.Node) -> int:
    """Where the node's own text ends: a block takes no comment or empty line that follows it."""
    if isinstance(node, yaml.ScalarNode):
        if node.style in ("|", ">"):
            return max(int(node.end_mark.index) - 1, int(node.start_mark.index))
        return int(node.end_mark.index)
    if getattr(node, "flow_style", False):
        return int(node.end_mark.index)
    return max((_end(each) for each in _children(node)), default=int(node.end_mark.index))


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield name
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _line_end(text: str, index: int) -> int:
    """The end of the line on which ``index`` lies, before its line break."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def _with_key(text: str, parent: yaml.MappingNode, entry: str, *, before: str = "") -> str:
    """The mapping with one more entry; at the top level in the usual order of a plan."""
    if parent.flow_style:
        last = parent.end_mark.index - 1
        head = text[:last].rstrip()
        return f"{head}{', ' if parent.value else ''}{entry}{text[last:]}"
    following = ORDER[ORDER.index(before) :] if before in ORDER else ()
    entries = [pair for pair in parent.value if pair[0].value not in following] or parent.value
    name, value = entries[-1]
    at = _line_end(text, _end(value))
    return f"{text[:at]}\n{' ' * name.start_mark.column}{entry}{text[at:]}"


def with_entry(text: str, key: str, fields: Mapping[str, str]) -> str:
    """The text with one more entry at the end of the list ``key``, which is made when it is not there."""
    entry = "{" + ", ".join(f"{name}: {scalar(value)}" for name, value in fields.items() if value) + "}"
    root = tree(text)
    node = node_at(root, (key,))
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        last = node.value[-1]
        at = _line_end(text, _end(last))
        return f"{text[:at]}\n{' ' * node.start_mark.column}- {entry}{text[at:]}"
    if isinstance(node, yaml.SequenceNode) and node.flow_style:
        last = node.end_mark.index - 1
        return f"{text[:last].rstrip()}{', ' if node.value else ''}{entry}{text[last:]}"
    if node is not None:
        return _replaced(text, node, f"[{entry}]")
    return _with_key(text, root, f"{key}:\n  - {entry}", before=key)


def without_entry(text: str, path: Path) -> str:
    """The text without the list entry at ``path``."""
    root = tree(text)
    parent, node = node_at(root, path[:-1]), node_at(root, path)
    if not isinstance(parent, yaml.SequenceNode) or node is None:
        return text
    if len(parent.value) == 1:
        return _replaced(text, parent, "[]") if parent.flow_style else text[: parent.start_mark.index] + "[]" + text[_end(parent) :]
    if parent.flow_style:
        place = parent.value.index(node)
        start = parent.value[place - 1].end_mark.index if place else node.start_mark.index
        end = node.end_mark.index if place else parent.value[1].start_mark.index
        return text[:start] + text[end:]
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    return text[:start] + text[_line_end(text, _end(node)) + 1 :]


def with_values(text: str, values: Sequence[tuple[Path, str]]) -> str:
    """The text with several values changed, one after the other."""
    for path, value in values:
        text = with_value(text, path, value)
    return text


def path_of(name: str) -> Path:
    """The path that a form field's name spells.

    >>> path_of("items.0.weight")
    ('items', 0, 'weight')
    """
    return tuple(int(step) if step.isdecimal() else step for step in name.split("."))


def place_of(name: str) -> str:
    """A form field's name as messages about a plan name the place.

    >>> place_of("items.0.weight")
    'items[1].weight'
    """
    return re.sub(r"\.(\d+)", lambda found: f"[{int(found[1]) + 1}]", name)
