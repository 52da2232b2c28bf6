"""A formula in plain words, as a payslip prints it: "500.000 ₫ nếu số đơn hàng ≥ 40, nếu không 0"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from chot.core.money import decimal_text
from chot.kpi.formula_tree import (
    AND,
    NOT,
    OR,
    PRODUCT,
    SIGN,
    SUM,
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Kind,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
    binding,
)
from chot.kpi.formula_units import kind_in
from chot.kpi.metrics import Words

Language = Literal["vi", "en"]
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠", "+": "+", "-": "−", "*": "×", "/": "÷"}
_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "and": " và ", "or": " hoặc ", "not": "không phải ", "if": " nếu ", "else": ", nếu không ", "seconds": " giây",
        "min": "số nhỏ nhất trong", "max": "số lớn nhất trong", "round": "làm tròn", "abs": "trị tuyệt đối của",
    },
    "en": {
        "and": " and ", "or": " or ", "not": "not ", "if": " if ", "else": ", otherwise ", "seconds": " seconds",
        "min": "the smallest of", "max": "the largest of", "round": "rounded", "abs": "the absolute value of",
    },
}  # fmt: skip


def number_words(value: Fraction, lang: Language) -> str:
    """A number grouped as the language writes it.

    >>> number_words(Fraction(12345675, 10), "vi"), number_words(Fraction(12345675, 10), "en")
    ('1.234.567,5', '1,234,567.5')
    """
    whole, _, decimals = decimal_text(value).partition(".")
    group, point = (".", ",") if lang == "vi" else (",", ".")
    return f"{int(whole):,}".replace(",", group) + (point + decimals if decimals else "")


@dataclass(frozen=True)
class Speaker:
    """Says a checked formula in one language.

    ``titles`` are the names' titles in that language; a name without one is said as it is. A written
    number takes the unit of the place where it stands: beside đồng it is đồng, beside seconds seconds.
    """

    lang: Language
    titles: Mapping[str, Words]
    kinds: Mapping[str, Kind]

    def say(self, node: Node, unit: Kind, least: int = 0) -> str:
        """The node, its written numbers in ``unit``, in brackets when it binds less than ``least``."""
        own = kind_in(node, self.kinds)
        text = self._say(node, unit if own == "plain" else own)
        return f"({text})" if binding(node) < least else text

    def _say(self, node: Node, unit: Kind) -> str:
        words = _WORDS[self.lang]
        match node:
            case Number():
                return self._number(node, unit)
            case Name():
                return self._title(node.name)
            case Negative():
                return "−" + self.say(node.of, unit, SIGN)
            case Arithmetic():
                return self._sum(node, unit) if binding(node) == SUM else self._product(node, unit)
            case Call():
                return f"{words[node.function]} ({'; '.join(self.say(part, unit) for part in node.parts)})"
            case Comparison():
                left, right = kind_in(node.left, self.kinds), kind_in(node.right, self.kinds)
                both: Kind = right if left == "plain" else left
                return f"{self.say(node.left, both, SUM)} {_SIGNS[node.operator]} {self.say(node.right, both, SUM)}"
            case Logic():
                level = AND if node.operator == "and" else OR
                return words[node.operator].join(self.say(part, "plain", level) for part in node.parts)
            case Not():
                return words["not"] + self.say(node.of, "plain", NOT)
            case Choice():
                condition = self.say(node.condition, "plain", OR)
                return self.say(node.then, unit, OR) + words["if"] + condition + words["else"] + self.say(node.otherwise, unit)

    def _number(self, node: Number, unit: Kind) -> str:
        if node.percent:
            return number_words(node.value * 100, self.lang) + "%"
        text = number_words(node.value, self.lang)
        if not node.value:
            return text
        return text + {"vnd": " ₫", "seconds": _WORDS[self.lang]["seconds"]}.get(unit, "")

    def _title(self, name: str) -> str:
        words = self.titles.get(name)
        if words is None:
            return name
        title = words.vi if self.lang == "vi" else words.en
        is_acronym = title[1:2].isupper()
        return title if is_acronym else title[:1].lower() + title[1:]

    def _sum(self, node: Arithmetic, unit: Kind) -> str:
        rest = (f" {_SIGNS[op]} {self.say(part, unit, PRODUCT)}" for op, part in zip(node.operators, node.parts[1:], strict=True))
        return self.say(node.parts[0], unit, SUM) + "".join(rest)

    def _product(self, node: Arithmetic, unit: Kind) -> str:
        """A product; among plain factors the last written number is the one that carries the unit."""
        plain = all(kind_in(part, self.kinds) == "plain" for part in node.parts)
        multiplied = [place for place, op in enumerate(("*", *node.operators)) if op == "*"]
        written = [place for place in multiplied if isinstance(node.parts[place], Number) and not _is_percent(node.parts[place])]
        carrier = written[-1] if plain and written else None
        said = []
        for place, part in enumerate(node.parts):
            said.append(self.say(part, unit if place == carrier else "plain", SIGN if place else PRODUCT))
        return said[0] + "".join(f" {_SIGNS[op]} {part}" for op, part in zip(node.operators, said[1:], strict=True))


def _is_percent(node: Node) -> bool:
    return isinstance(node, Number) and node.percent
