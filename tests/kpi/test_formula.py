"""The formula language: what it refuses and where, what it computes, and how it explains itself."""

from __future__ import annotations

import doctest
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.kpi.catalogue import METRICS
from chot.kpi.formula import Formula, NotMeasurable, Step, Unmeasured, kind_of_measure, kind_of_unit, parse

UNITS = {name: metric.unit for name, metric in METRICS.items()}
TITLES = {name: metric.title for name, metric in METRICS.items()}
CORPUS = yaml.load(Path(__file__).with_name("corpus").joinpath("formulas.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
DOCS = Path(__file__).parents[2] / "docs"
PLAIN = dict.fromkeys("abc", "count")


def formula(text: str) -> Formula:
    return parse(text, names=UNITS)


def value(text: str, **values: Any) -> Fraction | bool:
    return parse(text, names=dict.fromkeys(values, "count")).evaluate(lambda name: values[name])


# --- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "at", "says"), CORPUS)
def test_bad_formula_names_place_and_reason(text: str, at: int, says: str) -> None:
    with pytest.raises(InputError) as caught:
        formula(text)
    first = caught.value.problems[0]
    assert first.what.startswith(says)
    assert first.what.endswith(f" at character {at}")


def test_every_unknown_name_is_reported_once_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        parse("ordrs + revenu * ordrs", names={"orders": "count", "revenue": "vnd"}, file="p.yaml", line=7, field="lines[1].formula")
    assert [(p.file, p.line, p.field, p.what, p.fix) for p in caught.value.problems] == [
        ("p.yaml", 7, "lines[1].formula", "unknown name 'ordrs' at character 1", "Did you mean 'orders'?"),
        ("p.yaml", 7, "lines[1].formula", "unknown name 'revenu' at character 9", "Did you mean 'revenue'?"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("(" * 1_000_000, "the formula has 1000000 characters; at most 2000 are allowed"),
        ("1+" * 1000 + "1", "the formula has 2001 characters"),
        ("(" * 21 + "1" + ")" * 21, "brackets are nested more than 20 deep at character 21"),
        ("+".join("1" * 151), "the formula has 301 parts; at most 300 are allowed"),
        ("-" * 51 + "1", "the formula is nested more than 50 deep at character 51"),
        ("not " * 51 + "1 > 2", "the formula is nested more than 50 deep"),
        ("1 if a > 1 else " * 51 + "1", "the formula is nested more than 50 deep"),
    ],
)
def test_limits_are_checked_at_once(text: str, says: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError, match=says.split(" at ", maxsplit=1)[0]):
        parse(text, names=PLAIN)
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20 + "1" + ")" * 20,
        "+".join("1" * 150),
        "-" * 50 + "1",
        "not " * 50 + "1 > 2",
        "1 if a > 1 else " * 49 + "1",
        "min(-(" * 10 + "a" + "), 1)" * 10,
        "/".join("a" * 150),
        "(a + 1) * " * 60 + "1",
        "(1 if a > 1 else " * 20 + "2" + ")" * 20,
        "1 if " + "not (" * 20 + "a > 1" + ")" * 20 + " else 2",
    ],
)
def test_the_largest_formulas_evaluate_trace_and_speak(text: str) -> None:
    found = parse(text, names=PLAIN)
    result = found.evaluate(lambda name: 1)
    assert found.evaluate_traced(lambda name: 1).value == result
    assert parse(found.canonical, names=PLAIN).evaluate(lambda name: 1) == result
    assert found.words("vi", {})
    assert found.words("en", {}, unit="vnd")


# --- computed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 - 2 - 3", -4),
        ("12 / 3 / 2", 2),
        ("2 + 3 * 4", 14),
        ("-2 * -3", 6),
        ("--a", 7),
        ("8%", Fraction(2, 25)),
        ("1_000.50", Fraction(2001, 2)),
        ("1_", 1),
        ("007", 7),
        ("50% * a", Fraction(7, 2)),
        ("round(5 / 2)", 3),
        ("round(-5 / 2)", -3),
        ("round(2.4999)", 2),
        ("abs(3 - a)", 4),
        ("min(a, 3, 9)", 3),
        ("max(a, 3)", 7),
        ("1 / 3 + 1 / 6", Fraction(1, 2)),
        ("a >= 7", True),
        ("a != 7", False),
        ("not a > 3 or a == 7", True),
        ("not (a > 3 or a == 7)", False),
        ("a > 3 or a > 4 and a > 100", True),
        ("1 if a > 10 else 2 if a > 5 else 3", 2),
        ("(1 if a > 10 else 2) + 3", 5),
        ("1 + 2 if a > 10 else 3 * 4", 12),
        ("a > 1 if a > 5 else a > 100", True),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = value(text, a=7)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("orders", "plain"), ("close_rate * 2", "plain"), ("revenue", "vnd"), ("-revenue", "vnd"), ("orders * 20000", "plain"),
        ("revenue - 1000", "vnd"), ("1000 - revenue", "vnd"), ("revenue + orders", "vnd"), ("2% * revenue", "vnd"),
        ("revenue / orders", "vnd"), ("revenue / call_charge", "plain"), ("talk_time / average_talk_time", "plain"),
        ("revenue / talk_time", "plain"), ("revenue / talk_time * 3600", "plain"), ("orders / talk_time", "plain"),
        ("orders / revenue", "plain"), ("min(revenue, 5000000)", "vnd"), ("round(talk_time / 60)", "seconds"),
        ("0 if orders > 1 else revenue", "vnd"), ("revenue > 1", "condition"), ("not revenue > 1", "condition"),
        ("csat >= 4.5 and nps > 0", "condition"),
    ],
)  # fmt: skip
def test_kinds(text: str, kind: str) -> None:
    assert formula(text).kind == kind


def test_every_catalogue_formula_has_the_kind_of_its_unit() -> None:
    for metric in METRICS.values():
        kinds = {measure.name: kind_of_measure(measure) for measure in metric.measures}
        assert parse(metric.formula, names=kinds).kind == kind_of_unit(metric.unit), metric.id
        assert parse(metric.sample, names=kinds).names, metric.id


def test_only_the_branch_taken_is_evaluated() -> None:
    asked: list[str] = []

    def values(name: str) -> Fraction:
        asked.append(name)
        return Fraction(1)

    found = parse("b if a > 0 else c", names=PLAIN)
    assert found.evaluate(values) == 1
    assert asked == ["a", "b"]
    asked.clear()
    assert parse("a > 0 or b > 0", names=PLAIN).evaluate(values) is True
    assert parse("a > 1 and b > 0", names=PLAIN).evaluate(values) is False
    assert asked == ["a", "a"]


def test_unmeasured_names_and_zero_divisors_from_data_say_why() -> None:
    def values(name: str) -> int | Unmeasured:
        return Unmeasured("no answered calls") if name == "a" else 0

    with pytest.raises(NotMeasurable) as caught:
        parse("1 + a", names=PLAIN).evaluate(values)
    assert (caught.value.name, caught.value.reason, str(caught.value)) == ("a", "no answered calls", "a is not measured: no answered calls")
    with pytest.raises(NotMeasurable) as caught:
        parse("1 / (b - c)", names=PLAIN).evaluate(values)
    assert (caught.value.name, caught.value.reason, str(caught.value)) == ("b - c", "division by zero", "division by zero: b - c is 0")
    assert parse("5 if b == 0 else 1 / b", names=PLAIN).evaluate(values) == 5


def test_a_trace_keeps_every_step_and_marks_what_was_not_needed() -> None:
    step = parse("20000 * (a - 40) if a > 40 else b", names=PLAIN).evaluate_traced(lambda name: 46)
    condition, then, otherwise = step.parts
    assert (step.value, condition.text, condition.value) == (120000, "a > 40", True)
    assert (then.text, then.value, [part.value for part in then.parts]) == ("20000 * (a - 40)", 120000, [20000, 6])
    assert otherwise == Step("b", None)
    assert not otherwise.needed


def test_a_trace_without_a_value_says_why_at_every_level() -> None:
    step = parse("1 + 2 / a + b", names=PLAIN).evaluate_traced(lambda name: 0)
    assert (step.value, step.reason) == (None, "division by zero: a is 0")
    one, quotient, rest = step.parts
    assert (one.value, quotient.reason, [part.value for part in quotient.parts]) == (1, "division by zero: a is 0", [2, 0])
    assert not rest.needed


# --- said ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("500000 if orders >= 40 else 0", "500.000 ₫ nếu số đơn hàng ≥ 40, nếu không 0", "500,000 ₫ if orders ≥ 40, otherwise 0"),
        ("orders * 20000", "số đơn hàng × 20.000 ₫", "orders × 20,000 ₫"),
        ("revenue * 0.5%", "doanh thu × 0,5%", "revenue × 0.5%"),
        ("(orders - 40) * 20_000", "(số đơn hàng − 40) × 20.000 ₫", "(orders − 40) × 20,000 ₫"),
        ("min(revenue / 100, 5000000)", "số nhỏ nhất trong (doanh thu ÷ 100; 5.000.000 ₫)", "the smallest of (revenue ÷ 100; 5,000,000 ₫)"),
        (
            "100000 if average_talk_time <= 360 and not csat < 4.5 else 0",
            "100.000 ₫ nếu thời gian nói trung bình ≤ 360 giây và không phải mức hài lòng (CSAT) < 4,5, nếu không 0",
            "100,000 ₫ if average talk time ≤ 360 seconds and not customer satisfaction (CSAT) < 4.5, otherwise 0",
        ),
        ("round(revenue / 1000) * 1000", "làm tròn (doanh thu ÷ 1.000) × 1.000", "rounded (revenue ÷ 1,000) × 1,000"),
    ],
)
def test_words(text: str, vi: str, en: str) -> None:
    assert formula(text).words("vi", TITLES, unit="vnd") == vi
    assert formula(text).words("en", TITLES, unit="vnd") == en


def test_canonical_text_ignores_layout_and_spelling_of_numbers() -> None:
    one, two = formula("  (orders*20_000)+ (8%)"), formula("orders * 20000 + 0.08")
    assert one.canonical == two.canonical == "orders * 20000 + 0.08"
    assert one == two
    assert one.text == "(orders*20_000)+ (8%)"


# --- generated -------------------------------------------------------------------------------------

LEAVES = st.sampled_from(["0", "1", "2", "3.5", "40", "8%", "1_000", "0.25", "a", "b", "c"])
CALLS = ["min({}, {})", "max({}, {})", "round({})", "abs({})"]
ARITHMETIC = ["({} + {})", "({} - {})", "({} * {})", "({} / {})", "{} * {} - {}", "{} + {} / {}", "-{}"]
COMPARISONS = ["{} < {}", "{} <= {}", "{} > {}", "{} >= {}", "{} == {}", "{} != {}"]
LOGIC = ["({} and {})", "({} or {})", "not ({})"]


@st.composite
def numbers(draw: st.DrawFn, *, shapes: list[str], depth: int = 3) -> str:
    """The text of a formula that gives a number, at most ``depth`` levels deep."""
    shape = draw(st.sampled_from(["", *shapes])) if depth else ""
    if not shape:
        return draw(LEAVES)
    parts = [draw(numbers(shapes=shapes, depth=depth - 1)) for _ in range(shape.count("{}"))]
    if "if" in shape:
        parts[1] = draw(conditions(shapes=shapes, depth=depth - 1))
    text = shape.format(*parts)
    return text if text[-1] == ")" and text[0] == "(" else f"({text})"


@st.composite
def conditions(draw: st.DrawFn, *, shapes: list[str], depth: int) -> str:
    """The text of a condition."""
    if depth and draw(st.booleans()):
        shape = draw(st.sampled_from(LOGIC))
        return shape.format(*(draw(conditions(shapes=shapes, depth=depth - 1)) for _ in range(shape.count("{}"))))
    return draw(st.sampled_from(COMPARISONS)).format(*(draw(numbers(shapes=shapes, depth=max(depth - 1, 0))) for _ in range(2)))


FORMULAS = numbers(shapes=[*ARITHMETIC, *CALLS, "{} if {} else {}"])
COLUMN_FORMULAS = numbers(shapes=ARITHMETIC)
INTEGERS = st.integers(-(10**9), 10**9) | st.sampled_from([0, 0, 1, 40, 2**40, -(2**61)])


def by_python(text: str, values: dict[str, int]) -> Fraction | None:
    """The formula by Python's own evaluation over fractions; None for a division by zero."""

    def rounded(number: Fraction) -> Fraction:
        whole = (abs(number) + Fraction(1, 2)).__floor__()
        return Fraction(whole if number >= 0 else -whole)

    numbers = {"8%": "F('2/25')", "1_000": "F(1000)", "3.5": "F('7/2')", "0.25": "F('1/4')"}
    words = [numbers.get(word, f"F({word})" if word.isdigit() else word) for word in _words(text)]
    scope = {"F": Fraction, "round": rounded, "__builtins__": {"min": min, "max": max, "abs": abs}}
    scope |= {name: Fraction(number) for name, number in values.items()}
    try:
        return eval(" ".join(words), scope)
    except ZeroDivisionError:
        return None


def _words(text: str) -> list[str]:
    for mark in "(),-+*/":
        text = text.replace(mark, f" {mark} ")
    return text.split()  # comparisons stand between spaces already


def settled(evaluate: Callable[[], Any]) -> Any:
    try:
        return evaluate()
    except NotMeasurable:
        return None


def tried(text: str) -> tuple[Formula | None, Sequence[str]]:
    """The formula or what is wrong with it; anything but ``InputError`` is a failure."""
    try:
        return parse(text, names=PLAIN), ()
    except InputError as error:
        return None, [problem.what for problem in error.problems]


def parsed(text: str) -> Formula | None:
    """A generated formula; None when it divides by a constant zero or is too long."""
    found, problems = tried(text)
    assert all("which is always 0" in what or "at most 300" in what for what in problems), text
    return found


@given(FORMULAS, st.fixed_dictionaries(dict.fromkeys("abc", INTEGERS)))
@settings(max_examples=100, deadline=None)
def test_values_traces_and_canonical_text_agree_with_python(text: str, values: dict[str, int]) -> None:
    found = parsed(text)
    if found is None:
        return
    expected = by_python(text, values)
    assert settled(lambda: found.evaluate(values.__getitem__)) == expected
    step = found.evaluate_traced(values.__getitem__)
    assert step.value == expected
    assert (step.reason != "") == (expected is None)
    again = parse(found.canonical, names=PLAIN)
    assert again.canonical == found.canonical
    assert settled(lambda: again.evaluate(values.__getitem__)) == expected


@given(COLUMN_FORMULAS, st.lists(st.tuples(INTEGERS, INTEGERS, INTEGERS), min_size=0, max_size=5))
@settings(max_examples=100, deadline=None)
def test_columns_equal_one_value_at_a_time(text: str, rows: list[tuple[int, int, int]]) -> None:
    found = parsed(text)
    if found is None:
        return
    columns = {name: np.array([row[place] for row in rows], dtype=np.int64) for place, name in enumerate("abc")}
    pair = found.columns(columns)
    assert pair is not None
    numerators, denominators = pair
    assert len(numerators) == len(denominators) == len(rows)
    for place, row in enumerate(rows):
        expected = settled(lambda row=row: found.evaluate(dict(zip("abc", row, strict=True)).__getitem__))
        d = int(denominators[place])
        assert d >= 0
        assert (Fraction(int(numerators[place]), d) if d else None) == expected


def test_columns_leave_64_bits_when_they_must_and_only_then() -> None:
    product = parse("a * b", names=PLAIN)
    small, large = np.array([3, -4]), np.array([2**40, 2**61])
    assert [column.dtype for column in product.columns({"a": small, "b": small})] == [np.int64, np.int64]
    numerators, _ = product.columns({"a": large, "b": large})
    assert numerators.dtype == object
    assert list(numerators) == [2**80, 2**122]


@pytest.mark.parametrize("text", ["1 / (a / b)", "a / b / b", "1 + a / b", "-(a / b) * 0", "1 / (1 / (a / b))"])
def test_a_division_by_zero_inside_a_column_leaves_no_value(text: str) -> None:
    pair = parse(text, names=PLAIN).columns({"a": np.array([5, 5]), "b": np.array([0, 2])})
    assert pair is not None
    assert [int(d) > 0 for d in pair[1]] == [False, True]


@pytest.mark.parametrize("text", ["min(a, b)", "a if b > 0 else c", "a > b", "round(a)"])
def test_what_needs_a_look_at_every_row_is_not_done_in_columns(text: str) -> None:
    assert parse(text, names=PLAIN).columns({name: np.array([1]) for name in "abc"}) is None


PIECES = st.sampled_from(
    [*"abc0123456789()+-*/<>=!%._, \n\t≥", " and ", " or ", " not ", " if ", " else ", "min(", "round(", "orders", "1_000", "8%"]
)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80))
@settings(max_examples=250, deadline=None)
def test_any_text_parses_or_is_refused_with_a_place(text: str) -> None:
    found, problems = tried(text)
    assert (found is None) == bool(problems)
    assert all(" at character " in what for what in problems)
    if found:
        step = found.evaluate_traced(lambda name: 3)
        assert settled(lambda: found.evaluate(lambda name: 3)) == step.value


@given(FORMULAS, st.integers(0, 200), st.integers(0, 3), PIECES)
@settings(max_examples=80, deadline=None)
def test_a_damaged_formula_is_parsed_or_refused(text: str, place: int, cut: int, put: str) -> None:
    place %= len(text) + 1
    found, problems = tried(text[:place] + put + text[place + cut :])
    assert (found is None) == bool(problems)


def test_the_examples_of_the_reference_run() -> None:
    failed, tried_out = doctest.testfile(str(DOCS / "formula.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert (failed, tried_out > 8) == (0, True)
