"""The mapping of one table's columns onto a fact table: a small YAML document, checked whole before a row is read.

Every scalar is text and is typed by its field, so that ``no``, ``0100`` or ``6:00`` mean what they look
like. ``load`` and ``from_plain`` raise one ``InputError`` with every problem: file, line, field, what is
wrong, and the nearest name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from chot.core.errors import InputError, Problem
from chot.core.text import did_you_mean, key, normal
from chot.facts import durations
from chot.facts.dates import ORDERS, Times
from chot.facts.documents import Node, plain_node, yaml_node
from chot.facts.encodings import CONVERT, KNOWN
from chot.facts.written import MONEY_UNITS, SCORE_UNITS, CellError, DecimalMark, boolean
from chot.kpi.schema import TABLES, Column, Table

DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t", "\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
DECIMALS = (",", ".")
PHONE = "phone"
FIELDS = ("table", "columns", "timezone", "decimal", "dates", "empty", "skip", "cells", "header_row", "sheet", "delimiter", "encoding")
SOURCE_FIELDS = ("from", "value", "values", "unit", "decimal", "dates")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the cells of one fact column come from, and how they are written.

    Either ``headers`` (one; or several, joined) or a ``constant``. ``values`` turn words of the file
    (folded by ``str.casefold``) into the contract's; empty ``decimal`` and ``dates`` are the file's.
    """

    headers: tuple[str, ...] = ()
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    decimal: DecimalMark = ""
    dates: str = ""
    line: int | None = None

    @property
    def label(self) -> str:
        """The source columns as an import report names them."""
        return " + ".join(self.headers)


@dataclass(frozen=True, kw_only=True)
class TableMapping:
    """A checked mapping; ``cells: plain`` means that the file is already written as the contract's plain CSV."""

    table: str
    columns: Mapping[str, Source]
    timezone: str = ""
    decimal: DecimalMark = ""
    dates: str = ""
    empty: frozenset[str] = frozenset()
    skip: Mapping[str, frozenset[str]] = field(default_factory=dict)
    plain: bool = False
    header_row: int | None = None
    sheet: str = ""
    delimiter: str = ""
    encoding: str = ""
    file: str = ""
    document: Mapping[str, object] = field(default_factory=dict)
    """The document as plain dictionaries, lists and text; ``from_plain`` reads it back."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header of the file that the mapping needs, once, in order."""
        wanted = [header for source in self.columns.values() for header in source.headers]
        return tuple(dict.fromkeys([*wanted, *self.skip]))

    def resolve(self, headers: Sequence[str], *, path: str) -> Mapping[str, int]:
        """The place of every needed header in the file; by its exact text, else by its letters without accents.

        Raises ``InputError`` naming each header that ``path`` does not have, with the nearest one it has.
        """
        exact = {header: place for place, header in reversed(list(enumerate(headers)))}
        loose: dict[str, list[int]] = {}
        for place, header in enumerate(headers):
            loose.setdefault(key(header), []).append(place)
        places: dict[str, int] = {}
        problems: list[Problem] = []
        for header in self.headers:
            same = loose.get(key(header), []) if key(header) else []
            if header in exact:
                places[header] = exact[header]
            elif len(same) == 1:
                places[header] = same[0]
            else:
                problems.append(self._missing(header, headers, path))
        if problems:
            raise InputError(problems)
        return places

    def _missing(self, header: str, headers: Sequence[str], path: str) -> Problem:
        at = next((name for name, source in self.columns.items() if header in source.headers), "")
        line = self.columns[at].line if at else None
        return Problem(
            file=self.file,
            line=line,
            field=f"columns.{at}" if at else "skip",
            what=f"{path} has no column {header!r}",
            fix=did_you_mean(header, [each for each in headers if each]),
        )


def load(path: Path) -> TableMapping:
    """The mapping in a YAML file. Raises ``InputError`` with every problem of it."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(file=str(path), what=f"cannot be read: {error.strerror}", fix="Check --mapping.")) from error
    return parse(text, file=str(path))


def parse(text: str | bytes, *, file: str) -> TableMapping:
    """The mapping in a YAML text; ``file`` names it in messages. Raises ``InputError`` with every problem."""
    return _Reading(file).mapping(yaml_node(text, file=file))


def from_plain(document: object, *, file: str = "mapping") -> TableMapping:
    """The mapping in plain dictionaries, lists and scalars. Raises ``InputError`` with every problem."""
    return _Reading(file).mapping(plain_node(document))


class _Reading:
    """One pass over a document that collects its problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, node: Node, at: str, what: str, fix: str = "") -> None:
        self.problems.append(Problem(file=self.file, line=node.line, field=at, what=what, fix=fix))

    def mapping(self, root: Node) -> TableMapping:
        fields = self.entries(root, "", FIELDS)
        table = self.table(root, fields)
        found = TableMapping(
            table=table.name if table else "",
            columns=self.columns(fields.get("columns"), table, root) if table else {},
            timezone=self.zone(fields.get("timezone")),
            decimal=self.decimal(fields.get("decimal"), "decimal"),
            dates=ORDERS.get(self.one_of(fields.get("dates"), "dates", ORDERS), ""),
            empty=frozenset(word.casefold() for word in self.texts(fields.get("empty"), "empty")),
            skip=self.skip(fields.get("skip")),
            plain=self.one_of(fields.get("cells"), "cells", ("plain", "written")) == "plain",
            header_row=self.row(fields.get("header_row")),
            sheet=self.text(fields.get("sheet"), "sheet"),
            delimiter=DELIMITERS.get(self.one_of(fields.get("delimiter"), "delimiter", DELIMITERS), ""),
            encoding=self.encoding(fields.get("encoding")),
            file=self.file,
            document=cast("Mapping[str, object]", root.plain()) if isinstance(root.value, dict) else {},
        )
        if self.problems:
            raise InputError(sorted(self.problems, key=lambda problem: problem.line or 0))
        return found

    def entries(self, node: Node | None, at: str, known: Collection[str] | None) -> dict[str, Node]:
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self.wrong(node, at, "must be fields, each with a name, a colon and a value", "See docs/mapping.md.")
            return {}
        for name, entry in node.value.items():
            if known is not None and name not in known:
                self.wrong(entry, f"{at}.{name}" if at else name, "there is no such field", did_you_mean(name, known))
        return node.value

    def text(self, node: Node | None, at: str) -> str:
        if node is None:
            return ""
        if not isinstance(node.value, str):
            self.wrong(node, at, "must be a single value")
            return ""
        return normal(node.value)

    def texts(self, node: Node | None, at: str) -> list[str]:
        if node is not None and isinstance(node.value, list):
            return [self.text(each, at) for each in node.value]
        return [self.text(node, at)] if node is not None else []

    def one_of(self, node: Node | None, at: str, known: Collection[str]) -> str:
        found = self.text(node, at)
        if node is not None and isinstance(node.value, str) and found not in known:
            self.wrong(node, at, f"{found!r} is not one of {', '.join(name for name in known if name.strip())}", did_you_mean(found, known))
            return ""
        return found

    def decimal(self, node: Node | None, at: str) -> DecimalMark:
        return cast("DecimalMark", self.one_of(node, at, DECIMALS))

    def encoding(self, node: Node | None) -> str:
        found = self.text(node, "encoding").lower()
        if found in ("tcvn3", "abc", "vni") and node is not None:
            self.wrong(node, "encoding", f"{found!r} is a font's private encoding and is not read", CONVERT)
        elif found and found not in KNOWN and node is not None:
            self.wrong(node, "encoding", f"{found!r} is not one of {', '.join(KNOWN)}", did_you_mean(found, KNOWN))
        return found if found in KNOWN else ""

    def zone(self, node: Node | None) -> str:
        found = self.text(node, "timezone")
        if node is not None and found:
            try:
                ZoneInfo(found)
            except (KeyError, ValueError, OSError):
                self.wrong(node, "timezone", f"there is no time zone {found!r}", "Write one such as Asia/Ho_Chi_Minh.")
                return ""
        return found

    def row(self, node: Node | None) -> int | None:
        found = self.text(node, "header_row")
        if node is None:
            return None
        if not (found.isascii() and found.isdigit() and 1 <= int(found[:9]) <= 1_048_576):
            self.wrong(node, "header_row", f"{found!r} is not a row number from 1 on")
            return None
        return int(found)

    def table(self, root: Node, fields: Mapping[str, Node]) -> Table | None:
        if "table" not in fields:
            if isinstance(root.value, dict):
                self.wrong(root, "table", "is missing", f"One of {', '.join(TABLES)}.")
            return None
        return TABLES.get(self.one_of(fields["table"], "table", TABLES))

    def skip(self, node: Node | None) -> dict[str, frozenset[str]]:
        entries = self.entries(node, "skip", None)
        return {name: frozenset(text.casefold() for text in self.texts(entry, f"skip.{name}")) for name, entry in entries.items()}

    def columns(self, node: Node | None, table: Table, root: Node) -> dict[str, Source]:
        found: dict[str, Source] = {}
        for name, entry in self.entries(node, "columns", None).items():
            if name in table.names:
                found[name] = self.source(entry, f"columns.{name}", table.column(name))
            else:
                self.wrong(entry, f"columns.{name}", f"the table {table.name} has no such column", did_you_mean(name, table.names))
        for column in table.columns:
            if column.required and column.name not in found:
                fix = f"Add {column.name}: and the header of its column, or {column.name}: {{value: …}}."
                self.wrong(node or root, f"columns.{column.name}", "is required and not mapped", fix)
        return found

    def source(self, node: Node, at: str, column: Column) -> Source:
        if not isinstance(node.value, dict):
            return Source(headers=self.from_headers(node, at, column), line=node.line)
        fields = self.entries(node, at, SOURCE_FIELDS)
        if ("from" in fields) == ("value" in fields):
            self.wrong(node, at, "needs either 'from' (a header of the file) or 'value' (the same for every row)")
        return Source(
            headers=self.from_headers(fields["from"], f"{at}.from", column) if "from" in fields else (),
            constant=self.constant(fields["value"], f"{at}.value", column) if "value" in fields else None,
            values=self.values(fields.get("values"), f"{at}.values", column),
            unit=self.unit(fields.get("unit"), f"{at}.unit", column),
            decimal=self.decimal(fields.get("decimal"), f"{at}.decimal"),
            dates=ORDERS.get(self.one_of(fields.get("dates"), f"{at}.dates", ORDERS), ""),
            line=node.line,
        )

    def from_headers(self, node: Node, at: str, column: Column) -> tuple[str, ...]:
        headers = tuple(self.texts(node, at))
        if not headers or not all(headers):
            self.wrong(node, at, "names no column of the file", "Write the header, or leave the line out.")
        limit = {"time": 2, "id": 5, "text": 5}.get(column.type, 1)
        if len(headers) > limit:
            joins = "a time joins a date and a time of day; an id or a text joins up to five columns; others come from one"
            self.wrong(node, at, f"{len(headers)} columns cannot be joined", joins.capitalize() + ".")
        return headers

    def constant(self, node: Node, at: str, column: Column) -> str:
        found = self.text(node, at)
        if column.type == "enum" and found not in column.values:
            self.wrong(node, at, f"{found!r} is not one of {', '.join(column.values)}", did_you_mean(found, column.values))
        elif column.type == "int" and not (found.removeprefix("-").isascii() and found.removeprefix("-").isdigit() and len(found) <= 16):
            self.wrong(node, at, f"{found!r} is not a whole number in plain digits")
        elif column.type in ("bool", "date", "time"):
            self.typed_constant(node, at, column, found)
        return found

    def typed_constant(self, node: Node, at: str, column: Column, found: str) -> None:
        try:
            if column.type == "bool":
                boolean(found)
            elif column.type == "date":
                date.fromisoformat(found)
            else:
                Times(zone=ZoneInfo("UTC"), order="ymd").moment(found)
        except CellError as problem:
            self.wrong(node, at, f"{found!r}: {problem}")
        except ValueError:
            self.wrong(node, at, f"{found!r} is not a day such as 2026-10-31")

    def values(self, node: Node | None, at: str, column: Column) -> dict[str, str]:
        found: dict[str, str] = {}
        if node is not None and column.type not in ("enum", "text", "bool"):
            self.wrong(node, at, f"{column.name} is no word; its cells cannot be translated")
        for name, entry in self.entries(node, at, None).items():
            target = self.text(entry, f"{at}.{name}")
            known = ("true", "false") if column.type == "bool" else column.values
            if known and target not in known:
                self.wrong(entry, f"{at}.{name}", f"{target!r} is not one of {', '.join(known)}", did_you_mean(target, known))
            found[name.casefold()] = target
        return found

    def unit(self, node: Node | None, at: str, column: Column) -> str:
        known: tuple[str, ...] = ()
        if column.name.endswith("_s"):
            known = durations.UNITS
        elif column.name.endswith("_bp"):
            known = SCORE_UNITS
        elif column.name.endswith("_vnd"):
            known = tuple(MONEY_UNITS)
        elif column.type == "id":
            known = (PHONE,)
        if node is not None and not known:
            self.wrong(node, at, f"{column.name} has no unit", "Durations, amounts, scores and phone numbers have one.")
            return ""
        return self.one_of(node, at, known)
