"""Typed fields of a document: each is read by its own kind, and every problem is collected, none raised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from chot.core.errors import Problem
from chot.core.text import did_you_mean
from chot.kpi.document import Listing, Node, Scalar, Section

DIGITS, LARGEST = 32, 10**15
ENTRIES = 200  # of one list of mappings
UNKNOWN = 20  # fields of one mapping that are reported one by one
YEARS = (1990, 2199)
_NUMBER = re.compile(r"-?[0-9][0-9_]*(\.[0-9]+)?%?")  # 120000000, 1_000, -0.5, 8%
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)  # 2026-10-01


@dataclass(frozen=True)
class Number:
    """A number as written: ``8%`` is 8/100 with ``percent``."""

    value: Fraction
    percent: bool
    line: int | None = None


class WrittenWrongError(Exception):
    """A text that is not what its field needs: what is wrong and what to do."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what, fix)
        self.what, self.fix = what, fix


def number_of(text: str) -> Number:
    """The number that a text writes; raises ``WrittenWrongError``.

    >>> number_of("8%").value, number_of("-1_000.5").value
    (Fraction(2, 25), Fraction(-2001, 2))
    """
    if len(text) > DIGITS:
        raise WrittenWrongError(f"{short(text)} is longer than a number may be ({DIGITS} characters)")
    if not _NUMBER.fullmatch(text):
        raise WrittenWrongError(f"{short(text)} is not a number", "Write plain digits, as in 120000000, 1_000, 0.5 or 8%")
    value = Fraction(text.rstrip("%").replace("_", ""))
    value = value / 100 if text.endswith("%") else value
    if abs(value) > LARGEST:
        raise WrittenWrongError(f"{short(text)} is above 10^15")
    return Number(value, text.endswith("%"))


def whole_of(text: str, *, low: int = 0, high: int = LARGEST) -> int:
    """The whole number between ``low`` and ``high`` that a text writes; raises ``WrittenWrongError``."""
    number = number_of(text)
    if number.percent or number.value.denominator != 1:
        raise WrittenWrongError(f"{short(text)} is not a whole number", "Write it without % and without decimals")
    if not low <= number.value <= high:
        bounds = f"at least {low}" if high == LARGEST else f"between {low} and {high}"
        raise WrittenWrongError(f"{text} is out of range", f"It must be {bounds}")
    return int(number.value)


def date_of(text: str) -> date:
    """The day that a text writes as YYYY-MM-DD; raises ``WrittenWrongError``."""
    try:
        if _DATE.fullmatch(text) and YEARS[0] <= (day := date.fromisoformat(text)).year <= YEARS[1]:
            return day
    except ValueError:
        pass
    raise WrittenWrongError(f"{short(text)} is not a date", "Write it as 2026-10-01")


def short(text: str) -> str:
    """A text quoted for a message, cut when it is long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


class Fields:
    """The fields of one mapping. Problems go to the shared list; a field with one gives its fallback.

    A field without a value counts as not given. ``done`` reports the keys that nobody asked for.
    """

    def __init__(self, section: Section, *, file: str, problems: list[Problem], path: str = "") -> None:
        self.section, self.file, self.problems, self.path = section, file, problems, path
        self._asked: list[str] = []

    @property
    def line(self) -> int:
        """The line where the mapping starts."""
        return self.section.line

    def given(self, key: str) -> bool:
        """Whether the key has a value."""
        return self._node(key) is not None

    def is_mapping(self, key: str) -> bool:
        """Whether the key's value has further fields."""
        return isinstance(self._node(key), Section)

    def is_listing(self, key: str) -> bool:
        """Whether the key's value is a list."""
        return isinstance(self._node(key), Listing)

    def line_of(self, key: str) -> int:
        """The line of a key's value; of the mapping when the key is missing."""
        node = self.section.fields.get(key)
        return node.line if node else self.line

    def problem(self, key: str, what: str, fix: str = "", *, line: int | None = None) -> None:
        """Collect a problem of one field."""
        field = f"{self.path}.{key}" if self.path and key else self.path or key
        self.problems.append(Problem(file=self.file, line=line or self.line_of(key), field=field, what=what, fix=fix))

    def missing(self, key: str, fix: str = "") -> None:
        """Collect that a required field is missing."""
        self.problem(key, "is missing", fix)

    def text(self, key: str, *, required: bool = False) -> str:
        """A text; empty when not given."""
        node = self._node(key)
        if node is None:
            if required:
                self.missing(key)
            return ""
        if not isinstance(node, Scalar):
            self.problem(key, "needs one value, not a list or further fields")
            return ""
        return node.text

    def texts(self, key: str) -> tuple[str, ...] | None:
        """One text or a list of them, each once; None when not given."""
        node = self._node(key)
        if node is None:
            return None
        found: list[str] = []
        for item in node.items if isinstance(node, Listing) else (node,):
            if not isinstance(item, Scalar) or not item.text:
                self.problem(key, "needs texts, as in [a, b]", line=item.line)
            elif item.text in found:
                self.problem(key, f"names {short(item.text)} twice", line=item.line)
            else:
                found.append(item.text)
        return tuple(found)

    def choice(self, key: str, options: Sequence[str], *, default: str = "") -> str:
        """One of ``options``; required when there is no default."""
        text = self.text(key, required=not default)
        if not text:
            return default or options[0]
        if text not in options:
            listed = options[0] if len(options) == 1 else f"{', '.join(options[:-1])} or {options[-1]}"
            self.problem(key, f"{short(text)} is not known here", f"Write {listed}")
            return default or options[0]
        return text

    def yes(self, key: str, *, default: bool) -> bool:
        """``true`` or ``false``."""
        return self.choice(key, ("true", "false"), default=str(default).lower()) == "true"

    def whole(self, key: str, *, low: int = 0, high: int = LARGEST, default: int | None = None) -> int:
        """A whole number; required when there is no default."""
        text = self.text(key, required=default is None)
        try:
            return whole_of(text, low=low, high=high) if text else (low if default is None else default)
        except WrittenWrongError as error:
            self.problem(key, error.what, error.fix)
            return low

    def number(self, key: str, *, required: bool = True) -> Number | None:
        """A number, with or without %."""
        text = self.text(key, required=required)
        return self.read_number(key, Scalar(text, self.line_of(key))) if text else None

    def read_number(self, key: str, node: Node) -> Number | None:
        """The number of a node that belongs to ``key``."""
        if not isinstance(node, Scalar):
            self.problem(key, "needs a number", line=node.line)
            return None
        try:
            return replace(number_of(node.text), line=node.line)
        except WrittenWrongError as error:
            self.problem(key, error.what, error.fix, line=node.line)
            return None

    def day(self, key: str, *, required: bool = True) -> date | None:
        """A day."""
        text = self.text(key, required=required)
        return self.read_day(key, Scalar(text, self.line_of(key))) if text else None

    def read_day(self, key: str, node: Node) -> date | None:
        """The day of a node that belongs to ``key``."""
        try:
            if isinstance(node, Scalar):
                return date_of(node.text)
            self.problem(key, "needs a date", line=node.line)
        except WrittenWrongError as error:
            self.problem(key, error.what, error.fix, line=node.line)
        return None

    def pairs(self, key: str) -> list[tuple[Number, Number]]:
        """A list of pairs of numbers, as in ``[[70%, 0%], [100%, 100%]]``; required, at least one."""
        found: list[tuple[Number, Number]] = []
        for node in self.nodes(key, required=True):
            items = node.items if isinstance(node, Listing) else ()
            if len(items) != 2:
                self.problem(key, "needs pairs of numbers", "Write [[70%, 0%], [100%, 100%]]", line=node.line)
                continue
            first, second = (self.read_number(key, item) for item in items)
            if first and second:
                found.append((first, second))
        return found

    def nodes(self, key: str, *, required: bool = False) -> tuple[Node, ...]:
        """The items of a list; empty when not given."""
        node = self._node(key)
        if isinstance(node, Listing):
            if required and not node.items:
                self.problem(key, "needs at least one entry")
            return node.items
        if node is not None:
            self.problem(key, "needs a list", "Start every entry with `- `, or write [a, b]")
        elif required:
            self.missing(key)
        return ()

    def inner(self, key: str) -> Fields | None:
        """The fields of a mapping inside this one; None when not given."""
        node = self._node(key)
        if isinstance(node, Section):
            return self._fields(node, self._path(key))
        if node is not None:
            self.problem(key, "needs further fields", f"Write {key}: {{…}}")
        return None

    def entries(self, key: str, *, required: bool = False) -> list[Fields]:
        """The mappings of a list, in order; ``path`` counts from 1."""
        found = []
        nodes = self.nodes(key, required=required)
        if len(nodes) > ENTRIES:
            self.problem(key, f"has {len(nodes)} entries; at most {ENTRIES} are allowed")
        for place, node in enumerate(nodes[:ENTRIES], start=1):
            if isinstance(node, Section):
                found.append(self._fields(node, f"{self._path(key)}[{place}]"))
            else:
                self.problem(key, f"entry {place} needs fields", "Write `- {…}`", line=node.line)
        return found

    def by_name(self, key: str) -> dict[str, Fields]:
        """The mappings inside a mapping, by their keys; empty when not given."""
        outer = self.inner(key)
        if outer is None:
            return {}
        return {name: fields for name in outer.section.fields if (fields := outer.inner(name)) is not None}

    def done(self) -> None:
        """Report every key that is not a field here, with the nearest one that is."""
        unknown = [key for key in self.section.fields if key not in self._asked]
        for key in unknown[:UNKNOWN]:
            advice = did_you_mean(key[:60], self._asked)
            self.problem(key[:60], "is not a field here", advice, line=self.section.key_lines[key])
        if len(unknown) > UNKNOWN:
            self.problem("", f"holds {len(unknown) - UNKNOWN} more fields that are not known here")

    def _node(self, key: str) -> Node | None:
        self._asked.append(key)
        node = self.section.fields.get(key)
        return None if isinstance(node, Scalar) and not node.text else node

    def _path(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _fields(self, node: Section, path: str) -> Fields:
        return Fields(node, file=self.file, problems=self.problems, path=path)
