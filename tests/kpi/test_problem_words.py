"""Every sentence in which the core words a problem of a plan has its Vietnamese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import chot.facts
import chot.kpi
from chot.core.errors import InputError
from chot.facts.intake import header_warnings
from chot.kpi.plan_loading import plan_of
from chot.kpi.problem_catalogue import PARTS, SENTENCES
from chot.kpi.problem_words import problem_words, warning_words
from chot.kpi.schema import TABLES

MODULES = (
    "custom_measures", "custom_metrics", "event_files", "document", "document_fields", "plan", "plan_loading", "plan_items", "plan_rules", "target_files", "targets", "formula_parser",
    "formula_units",
)  # fmt: skip
CALLS = {"Reject", "WrittenError", "NotRowsError", "problem", "missing", "warn", "_fail", "fail", "error", "_error", "Problem", "WrittenWrongError", "_problem", "Guess"}
NAMES = {"what", "fix", "bounds", "why", "reason"}
SAYING = {"_unread", "_unknown"}  # what they return is said
FACTS = [*Path(chot.facts.__path__[0]).glob("*.py"), *Path(chot.facts.__path__[0]).glob("readers/*.py")]


def texts(node: ast.expr) -> list[str]:
    """What an expression may say, with ``{}`` for what it computes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.Tuple):
        return [text for each in node.elts for text in texts(each)]
    return []


def sentences(path: Path) -> Iterator[str]:
    """The sentences that a module gives to problems."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [*node.args, *(each.value for each in node.keywords if each.arg in NAMES | {"note"})] if name in CALLS else []
        elif isinstance(node, ast.Assign):
            named = {getattr(each, "id", "") for target in node.targets for each in ast.walk(target)}
            given = [node.value] if named & NAMES else []
        elif isinstance(node, ast.FunctionDef) and node.name in SAYING:
            given = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
        else:
            continue
        yield from (text for each in given for text in texts(each) if " " in text)


@pytest.mark.parametrize("module", MODULES)
def test_every_sentence_is_in_the_catalogue(module: str) -> None:
    found = set(sentences(Path(chot.kpi.__path__[0]) / f"{module}.py"))
    assert found, "the module words no problem any more"
    assert {text for text in found if text not in SENTENCES and text not in PARTS} == set()


def test_what_is_said_of_files_is_in_the_catalogue() -> None:
    """Mappings, readers, cells and the folder."""
    found = {text for path in FACTS for text in sentences(path)}
    assert len(found) > 100
    assert {text for text in found if text not in SENTENCES and text not in PARTS and text.strip("{}: ") not in ("", "is")} == set()


@pytest.mark.parametrize(("english", "vietnamese"), SENTENCES.items())
def test_a_sentence_keeps_its_parts(english: str, vietnamese: str) -> None:
    filled = vietnamese.format(*(f"⟨{place}⟩" for place in range(english.count("{}"))))
    assert all(f"⟨{place}⟩" in filled for place in range(english.count("{}")))
    assert problem_words(english.replace("{}", "x"), "vi")


def test_the_problems_of_a_plan_in_vietnamese() -> None:
    with pytest.raises(InputError) as caught:
        plan_of("plan: P 1\nrole: telesale\nperiod: month\nstarts: 2026-13-01\nends: 2026-12-31\nbonus_vnd: x\nitems:\n"
                "  - {metric: revenu, weight: 40, target: 8%, scale: a}\nscales:\n  a: {mode: linear, points: [[70%, 0%], [60%, 1%]]}\n")  # fmt: skip
    said = [(problem_words(each.what, "vi"), problem_words(each.fix, "vi")) for each in caught.value.problems]
    assert ("không có chỉ số 'revenu'", "Có phải ý là 'revenue'?") in said
    assert ("'2026-13-01' không phải là ngày", "Viết như 2026-10-01") in said
    assert ("tổng tỷ trọng là 40", "Sửa cho tổng bằng 100") in said
    assert [text for pair in said for text in pair if text and text.isascii()] == []


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("has 2 cells where the table has 3", "có 2 ô trong khi bảng có 3"),
        ("2026-13-01: is not a date. Write it as 2026-10-01", "2026-13-01: không phải là ngày. Viết như 2026-10-01"),
        ("the header cannot be read: it holds a NUL byte", "không đọc được dòng tiêu đề: có byte NUL"),
        ("12: the moon is full", "12: the moon is full"),
        ("neither UTF-8 nor UTF-16: read as Windows-1258", "không phải UTF-8 hay UTF-16: đọc theo Windows-1258"),
        ("status: no value is known for 'x', 'y'; such rows are rejected", "status: chưa biết giá trị 'x', 'y' nghĩa là gì; các dòng đó bị loại"),
    ],
)
def test_reasons_of_rejected_rows_in_vietnamese(english: str, vietnamese: str) -> None:
    assert problem_words(english, "vi") == vietnamese


def test_columns_that_are_not_read_are_told_in_vietnamese() -> None:
    said = [problem_words(each, "vi") for each in header_warnings(TABLES["orders"], ["order_id", "agent", "colour"], "orders.csv")]
    assert said == [
        "orders.csv:1: cột 'agent' không có trong bảng orders nên được bỏ qua. Có phải ý là 'agent_id'?",
        "orders.csv:1: cột 'colour' không có trong bảng orders nên được bỏ qua.",
    ]


def test_a_sentence_that_nobody_knows_stays() -> None:
    assert problem_words("the moon is full", "vi") == "the moon is full"
    assert warning_words("3: x: the moon is full", "vi") == "3: x: the moon is full"
