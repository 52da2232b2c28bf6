"""From the text of a formula to its tree: limits first, then tokens, then recursive descent.

The limits are checked before anything is parsed, so neither time nor Python's recursion can run away:
length, then bracket depth, then parts (every number, name, operator and function is one part), and
while parsing the nesting of brackets, signs, ``not`` and ``else``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from chot.kpi.formula_tree import Arithmetic, Call, Choice, Comparison, Logic, Name, Negative, Node, Not, Number

LENGTH, BRACKETS, PARTS, NESTING, DIGITS = 2000, 20, 300, 50, 32
LARGEST = 10**15
FUNCTIONS = ("min", "max", "round", "abs")
WORDS = ("and", "or", "not", "if", "else")
RESERVED = frozenset((*FUNCTIONS, *WORDS))
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?%?)"  # 500000, 1_000, 0.25, 8%
    r"|(?P<word>[^\W\d]\w*)"  # orders, and, min; also Revenue, for a better message
    r"|(?P<mark><=|>=|==|!=|[-+*/<>(),])"
)
_HINTS = {
    "=": "Write == to compare", "≥": "Write >=", "≤": "Write <=", "≠": "Write !=", "×": "Write *", "÷": "Write /", ":": "Write /",
    "−": "Write -", "–": "Write -", "&": "Write and", "|": "Write or", "!": "Write not", "^": "There are no powers",
    "%": "Write % directly after a number, as in 8%", "₫": "Write the number alone; its unit follows from the names beside it",
    ".": "Write a decimal as 0.5", '"': "A formula holds numbers and names, no text", "'": "A formula holds numbers and names, no text",
    "[": "Use round brackets", "{": "Use round brackets", ";": "Write a comma between the parts of min and max",
}


class FormulaError(Exception):
    """What is wrong at which character (1 = the first), and what to do."""

    def __init__(self, at: int, what: str, fix: str = "") -> None:
        super().__init__(at, what, fix)
        self.at, self.what, self.fix = at, what, fix


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def tree_of(text: str) -> Node:
    """The tree of a formula; raises ``FormulaError`` at the first thing that is not the formula language."""
    if len(text) > LENGTH:
        what = f"the formula has {len(text)} characters; at most {LENGTH} are allowed"
        raise FormulaError(LENGTH + 1, what, "Split it into several lines")
    _check_brackets(text)
    tokens = list(_tokens(text))
    parts = [token for token in tokens if token.text not in ("(", ")", ",", "else")]
    if len(parts) > PARTS:
        what = f"the formula has {len(parts)} parts; at most {PARTS} are allowed"
        raise FormulaError(parts[PARTS].at, what, "Split it into several lines")
    if not tokens:
        raise FormulaError(1, "the formula is empty")
    return _Descent(tokens, len(text) + 1).formula()


def _check_brackets(text: str) -> None:
    depth = 0
    for place, mark in enumerate(text, start=1):
        depth += (mark == "(") - (mark == ")")
        if depth > BRACKETS:
            raise FormulaError(place, f"brackets are nested more than {BRACKETS} deep", "Split the formula into several lines")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            mark = text[place]
            raise FormulaError(place + 1, f"{mark!r} does not belong in a formula", _HINTS.get(mark, ""))
        if match.lastgroup == "number":
            _check_number(text, match)
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match.group(), place + 1)
        place = match.end()


def _check_number(text: str, match: re.Match[str]) -> None:
    at, after = match.start() + 1, text[match.end() : match.end() + 1]
    if len(match.group()) > DIGITS:
        raise FormulaError(at, f"a number has more than {DIGITS} characters")
    if after == "%":
        raise FormulaError(match.end() + 1, "a number has two % signs")
    if after == ".":
        raise FormulaError(match.end() + 1, "a point stands without a digit after it", "Write 1000000 or 1_000_000, and a decimal as 0.5")
    if after.isalnum() or after == "_":
        raise FormulaError(match.end() + 1, "a number runs into a word", "Write plain digits, with an operator before the next name")
    if _value(match.group()) > LARGEST:
        raise FormulaError(at, "a number is above 10^15")


def _value(text: str) -> Fraction:
    value = Fraction(text.rstrip("%").replace("_", ""))
    return value / 100 if text.endswith("%") else value


class _Descent:
    """Recursive descent over the tokens; every method reads one level of the grammar."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens, self._place, self._nesting = tokens, 0, 0
        self._end = _Token("end", "", end)

    def formula(self) -> Node:
        node = self._choice()
        if self._now.kind != "end":
            raise self._unexpected()
        return node

    @property
    def _now(self) -> _Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else self._end

    def _take(self, *texts: str) -> _Token | None:
        token = self._now
        if token.kind in ("word", "mark") and token.text in texts:
            self._place += 1
            return token
        return None

    @contextmanager
    def _deeper(self, token: _Token) -> Iterator[None]:
        self._nesting += 1
        if self._nesting > NESTING:
            raise FormulaError(token.at, f"the formula is nested more than {NESTING} deep", "Split it into several lines")
        yield
        self._nesting -= 1

    def _choice(self) -> Node:
        then = self._or()
        token = self._take("if")
        if token is None:
            return then
        condition = self._or()
        if self._take("else") is None:
            raise FormulaError(self._now.at, "an if needs an else", "Write: value if condition else other value")
        with self._deeper(token):
            return Choice(then, condition, self._choice(), token.at)

    def _or(self) -> Node:
        return self._logic("or", self._and)

    def _and(self) -> Node:
        return self._logic("and", self._not)

    def _logic(self, word: str, part: Callable[[], Node]) -> Node:
        at, parts = self._now.at, [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts), at)

    def _not(self) -> Node:
        token = self._take("not")
        if token is None:
            return self._comparison()
        with self._deeper(token):
            return Not(self._not(), token.at)

    def _comparison(self) -> Node:
        left = self._sum()
        token = self._take(*COMPARISONS)
        if token is None:
            return left
        right = self._sum()
        if self._now.text in COMPARISONS:
            raise FormulaError(self._now.at, "one comparison at a time", "Join two with and: 10 <= orders and orders < 20")
        return Comparison(token.text, left, right, token.at)

    def _sum(self) -> Node:
        return self._arithmetic(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._arithmetic(("*", "/"), self._sign)

    def _arithmetic(self, marks: tuple[str, str], part: Callable[[], Node]) -> Node:
        at, parts, operators = self._now.at, [part()], []
        while token := self._take(*marks):
            operators.append(token.text)
            parts.append(part())
        return Arithmetic(tuple(parts), tuple(operators), at) if operators else parts[0]

    def _sign(self) -> Node:
        token = self._take("-")
        if token is None:
            return self._atom()
        with self._deeper(token):
            return Negative(self._sign(), token.at)

    def _atom(self) -> Node:
        token = self._now
        if token.kind == "number":
            self._place += 1
            return Number(_value(token.text), token.text.endswith("%"), token.at)
        if token.kind == "word" and token.text not in WORDS:
            self._place += 1
            return self._call(token) if token.text in FUNCTIONS or self._now.text == "(" else Name(token.text, token.at)
        if self._take("("):
            with self._deeper(token):
                return self._closed(token, self._choice())
        raise self._unexpected()

    def _closed(self, opened: _Token, node: Node) -> Node:
        if self._take(")") is None:
            if self._now.kind == "end":
                raise FormulaError(opened.at, "this bracket is never closed")
            raise self._unexpected()
        return node

    def _call(self, name: _Token) -> Node:
        opened = self._take("(")
        if name.text not in FUNCTIONS:
            raise FormulaError(name.at, f"{name.text[:40]!r} is not a function", "The functions are min, max, round and abs")
        if opened is None:
            raise FormulaError(name.at, f"{name.text} is a function and needs brackets", f"Write {name.text}(…)")
        with self._deeper(opened):
            parts = [self._choice()]
            while self._take(","):
                parts.append(self._choice())
            self._closed(opened, parts[-1])
        if name.text in ("min", "max") and len(parts) == 1:
            raise FormulaError(name.at, f"{name.text} needs two parts or more", f"Write {name.text}(orders, 40)")
        if name.text in ("round", "abs") and len(parts) > 1:
            raise FormulaError(name.at, f"{name.text} takes one part", "Write round(revenue / 1000) * 1000 to round to thousands")
        return Call(name.text, tuple(parts), name.at)

    def _unexpected(self) -> FormulaError:
        token = self._now
        if token.kind == "end":
            return FormulaError(token.at, "the formula ends too early", "A number or a name is expected here")
        if self._place and self._tokens[self._place - 1].kind in ("number", "word") and token.kind in ("number", "word"):
            return FormulaError(token.at, f"an operator is missing before {token.text[:40]!r}")
        fix = "Write a decimal as 0.5; commas stand between the parts of min and max" if token.text == "," else ""
        return FormulaError(token.at, f"{token.text[:40]!r} is not expected here", fix)
