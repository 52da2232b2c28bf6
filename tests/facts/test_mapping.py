"""The mapping document: what it may say, and every problem of it at once, with its line and the nearest name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.core.errors import InputError, Problem
from chot.facts.mapping import Source, from_plain, load, parse

GOOD = """\
# orders of the shop
table: orders
timezone: Asia/Ho_Chi_Minh
decimal: ","
dates: dd/mm/yyyy
sheet: Tháng 10
delimiter: ";"
encoding: windows-1258
header_row: 4
empty: ["-", N/A]
columns:
  order_id: Mã đơn
  agent_id: NV
  ordered_at: {from: [Ngày đặt, Giờ đặt]}
  status: {from: Trạng thái, values: {"Hoàn thành": completed, no: cancelled}}
  amount_vnd: {from: Thành tiền, unit: nghìn, decimal: "."}
  quantity: {value: 1}
skip: {"Trạng thái": [Nháp, "Test"]}
"""


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        parse(text, file="m.yaml")
    return caught.value.problems


def test_every_field_is_typed_by_its_name() -> None:
    found = parse(GOOD, file="m.yaml")
    assert (found.table, found.timezone, found.decimal, found.dates) == ("orders", "Asia/Ho_Chi_Minh", ",", "dmy")
    assert (found.sheet, found.delimiter, found.encoding, found.header_row) == ("Tháng 10", ";", "windows-1258", 4)
    assert found.empty == {"-", "n/a"} and found.skip == {"Trạng thái": {"nháp", "test"}} and not found.plain
    assert found.columns["ordered_at"] == Source(headers=("Ngày đặt", "Giờ đặt"), line=14)
    assert found.columns["status"].values == {"hoàn thành": "completed", "no": "cancelled"}
    assert found.columns["amount_vnd"] == Source(headers=("Thành tiền",), unit="nghìn", decimal=".", line=16)
    assert found.columns["quantity"].constant == "1"
    assert found.headers == ("Mã đơn", "NV", "Ngày đặt", "Giờ đặt", "Trạng thái", "Thành tiền")


def test_the_document_reads_back_from_plain_dictionaries() -> None:
    found = parse(GOOD, file="m.yaml")
    again = from_plain(found.document)
    assert again.document == found.document
    assert [source.headers for source in again.columns.values()] == [source.headers for source in found.columns.values()]


def test_all_problems_are_listed_with_their_lines_and_the_nearest_names() -> None:
    found = problems(
        "table: orders\nzone: x\ndates: dd/mm/yyy\ncolumns:\n  order_di: a\n  agent_id: b\n"
        "  status: {from: s, values: {x: complete}}\n  amount_vnd: {from: [a, b], unit: x}\n  quantity: {from: q, value: 1}\n"
    )
    listed = {(problem.line, problem.field, problem.fix) for problem in found}
    assert all(problem.file == "m.yaml" for problem in found)
    assert listed >= {
        (2, "zone", "Did you mean 'timezone'?"),
        (3, "dates", "Did you mean 'dd/mm/yyyy'?"),
        (5, "columns.order_di", "Did you mean 'order_id'?"),
        (7, "columns.status.values.x", "Did you mean 'completed'?"),
    }
    assert {problem.field for problem in found} == {
        "zone", "dates", "columns.order_di", "columns.order_id", "columns.ordered_at", "columns.status.values.x",
        "columns.amount_vnd.from", "columns.amount_vnd.unit", "columns.quantity",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        ("- a\n", "must be fields, each with a name, a colon and a value"),
        ("table: order\n", "'order' is not one of agents, calls, leads, orders, tickets, surveys, reviews, exams, workdays"),
        ("columns: {}\n", "is missing"),
        ("table: [orders]\n", "must be a single value"),
        ("table: orders\ntable: calls\n", "stands here for the second time"),
        ("a: &x 1\nb: *x\n", "aliases (*name) are not allowed"),
        ("table: {a: b\n", "not YAML: expected ',' or '}', but got '<stream end>'"),
        ("[" * 2000, "nested more than 12 deep"),
        ("? [a]\n: b\n", "a name must be a single text"),
        ("table: \x07\n", "holds the unprintable character #x7"),
        (GOOD.replace("windows-1258", "tcvn3"), "'tcvn3' is a font's private encoding and is not read"),
        (GOOD.replace("Asia/Ho_Chi_Minh", "Hanoi"), "there is no time zone 'Hanoi'"),
        (GOOD.replace("header_row: 4", "header_row: 0"), "'0' is not a row number from 1 on"),
        (GOOD.replace("{value: 1}", "{value: one}"), "'one' is not a whole number in plain digits"),
        (GOOD.replace("order_id: Mã đơn", "order_id: ''"), "names no column of the file"),
        ("x" * 300_000, "larger than 256 KiB"),
    ],
)
def test_what_is_no_mapping_says_why(text: str, what: str) -> None:
    assert what in {problem.what for problem in problems(text)}


def test_a_missing_header_is_named_with_the_nearest_one() -> None:
    found = parse(GOOD, file="m.yaml")
    headers = ("MA DON", "NV", "Ngày đặt", "Giờ đặt ", "Trạng thái", "Thành tiền (đ)")
    with pytest.raises(InputError) as caught:
        found.resolve(headers, path="orders.csv")
    assert [(each.line, each.field, each.what, each.fix) for each in caught.value.problems] == [
        (16, "columns.amount_vnd", "orders.csv has no column 'Thành tiền'", "Did you mean 'Thành tiền (đ)'?")
    ]


def test_a_header_matches_without_accents_when_only_one_does() -> None:
    found = parse("table: exams\ncolumns: {exam_id: Mã thi, agent_id: NV, taken_at: Ngày}\n", file="m.yaml")
    assert found.resolve(("nv", "MA THI", "ngay"), path="x") == {"Mã thi": 1, "NV": 0, "Ngày": 2}
    with pytest.raises(InputError):
        found.resolve(("nv", "MA THI", "ngay", "ngáy"), path="x")


def test_load_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    for each in (path, tmp_path / "missing.yaml"):
        with pytest.raises(InputError, match=each.name):
            load(each)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_text_is_a_mapping_or_an_input_error(text: str | bytes) -> None:
    with pytest.raises(InputError):
        parse(text, file="m.yaml")


NAMES = st.sampled_from(["table", "columns", "from", "value", "values", "order_id", "skip", "empty", "unit", "dates"])
SCALAR = st.none() | st.booleans() | st.floats() | st.text(max_size=9)


@given(st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=8))
def test_any_document_is_a_mapping_or_an_input_error(document: object) -> None:
    with suppress(InputError):
        from_plain({"table": "orders", "columns": document})
