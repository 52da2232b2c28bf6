"""A small YAML document as a tree of text with line numbers: no types, no aliases, no duplicate keys, bounded depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from chot.core.errors import InputError, Problem
from chot.core.text import normal

LARGEST = 256 * 1024
DEEPEST = 12


@dataclass(frozen=True, kw_only=True)
class Node:
    """A text, a list or named fields, and the line (from 1) on which it begins."""

    value: str | list[Node] | dict[str, Node]
    line: int | None = None

    def plain(self) -> object:
        """The same without line numbers."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


def yaml_node(text: str | bytes, *, file: str) -> Node:
    """The document in a YAML text. Raises ``InputError`` when it is none, with every duplicate key named."""
    if len(text) > LARGEST:
        raise InputError(Problem(file=file, what=f"larger than {LARGEST // 1024} KiB"))
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        _refuse_deep(decoded, file)
        tree = yaml.compose(decoded, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise InputError(Problem(file=file, what="not readable as UTF-8", fix="Save it as UTF-8.")) from None
    except yaml.MarkedYAMLError as error:
        raise InputError(_syntax(error, file)) from None
    except yaml.reader.ReaderError as error:
        raise InputError(Problem(file=file, what=f"holds the unprintable character #x{error.character:x}")) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(Problem(file=file, what=f"not YAML: {error}")) from None
    if tree is None:
        raise InputError(Problem(file=file, what="is empty", fix="See docs/mapping.md."))
    problems: list[Problem] = []
    node = _convert(tree, file, problems)
    if problems:
        raise InputError(problems)
    return node


def fields_of(text: str | bytes, *, file: str) -> dict[str, object]:
    """The named fields of a YAML text. Raises ``InputError`` when it is anything else."""
    fields = yaml_node(text, file=file).plain()
    if not isinstance(fields, dict):
        raise InputError(Problem(file=file, what="holds no named fields", fix="See docs/mapping.md."))
    return fields


def written(fields: Mapping[str, object]) -> str:
    """The fields as YAML that reads back the same."""
    return str(yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False))


def plain_node(document: object) -> Node:
    """The tree of plain dictionaries, lists and scalars, without lines."""
    if isinstance(document, Mapping):
        return Node(value={normal(str(name)): plain_node(value) for name, value in document.items()})
    if isinstance(document, list | tuple):
        return Node(value=[plain_node(each) for each in document])
    if isinstance(document, bool):
        return Node(value="true" if document else "false")
    return Node(value="" if document is None else normal(str(document)))


def _refuse_deep(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise InputError(Problem(file=file, line=line, what="aliases (*name) are not allowed", fix="Write the value again."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise InputError(Problem(file=file, line=line, what=f"nested more than {DEEPEST} deep"))


def _convert(tree: yaml.Node, file: str, problems: list[Problem]) -> Node:
    line = tree.start_mark.line + 1
    if isinstance(tree, yaml.MappingNode):
        return Node(value=_fields(tree, file, problems), line=line)
    if isinstance(tree, yaml.SequenceNode):
        return Node(value=[_convert(each, file, problems) for each in tree.value], line=line)
    return Node(value=normal(tree.value), line=line)


def _fields(tree: yaml.MappingNode, file: str, problems: list[Problem]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for name, value in tree.value:
        line = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode):
            problems.append(Problem(file=file, line=line, what="a name must be a single text"))
            continue
        text = normal(name.value)
        if text in found:
            problems.append(Problem(file=file, line=line, field=text, what="stands here for the second time", fix="Keep one of them."))
        node = _convert(value, file, problems)
        found[text] = Node(value=node.value, line=line)
    return found


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    fix = "A header with a colon, a bracket or a quote in it goes in double quotes."
    return Problem(file=file, line=mark.line + 1 if mark else None, what=f"not YAML: {error.problem or error.context}", fix=fix)
