"""YAML with positions: everything is text, every problem has a line, nothing clever gets through."""

from __future__ import annotations

import time
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError, Problem
from chot.kpi.document import DEPTH, Listing, Scalar, Section, read_document
from chot.kpi.document_fields import Fields, Number


def problems_of(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(InputError) as caught:
        read_document(text, file="f.yaml")
    assert {problem.file for problem in caught.value.problems} == {"f.yaml"}
    return [(problem.line, problem.what) for problem in caught.value.problems]


def fields_of(text: str) -> Fields:
    return Fields(read_document(text), file="f.yaml", problems=[])


def said(fields: Fields) -> list[tuple[int | None, str, str]]:
    return [(problem.line, problem.field, problem.what) for problem in fields.problems]


# --- nodes -----------------------------------------------------------------------------------------


def test_every_scalar_is_text_with_its_line() -> None:
    found = read_document("on: no\nid: 0100\ntime: 6:00\nnothing: ~\nempty:\nlist: [1e3, 'x',\n  2026-10-01]\n")
    assert found.fields == {
        "on": Scalar("no", 1), "id": Scalar("0100", 2), "time": Scalar("6:00", 3), "nothing": Scalar("~", 4), "empty": Scalar("", 5),
        "list": Listing((Scalar("1e3", 6), Scalar("x", 6), Scalar("2026-10-01", 7)), 6),
    }  # fmt: skip
    assert found.key_lines == {"on": 1, "id": 2, "time": 3, "nothing": 4, "empty": 5, "list": 6}


def test_text_is_stored_in_nfc() -> None:
    assert read_document("title: Nguye\u0302\u0303n").fields["title"] == Scalar("Nguyễn", 1)


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "---\n", "\ufeff"])
def test_an_empty_document_is_an_empty_mapping(text: str) -> None:
    assert read_document(text) == Section({}, {}, 1)


def test_a_file_is_read_with_or_without_bom(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfplan: p\r\n")
    assert read_document(path).fields == {"plan": Scalar("p", 1)}


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"plan: p\ntitle: Nh\xe2n vi\xean\n", 2, "the file is not UTF-8"),
        ("plan: p\n".encode("utf-16"), 1, "the file is not UTF-8"),
        (b"plan: p\ntitle: a\x00b\n", 2, "this is not YAML: "),
        (b"plan: p\n" * 200_000, None, "the file is larger than 1000000 bytes"),
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, raw: bytes, line: int | None, says: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_document(path)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == (str(path), line)
    assert problem.what.startswith(says)


def test_what_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.yaml", tmp_path, tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(InputError, match="cannot be read"):
            read_document(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\nb: *x\n", (1, "&x names a place")),
        ("a: 1\nb: *x\n", (2, "*x refers to another place")),
        ("a: !!int 1\n", (1, "the tag tag:yaml.org,2002:int is not allowed")),
        ("a: ! 1\n", (1, "the tag ! is not allowed")),
        ("a: 1\n---\nb: 2\n", (2, "a second document starts here")),
        ("- a\n", (1, "the document is not a list of fields")),
        ("\nhello\n", (2, "the document is not a list of fields")),
        ("a: 1\n? [b, c]\n: d\n", (2, "a key must be a single word")),
        ("a: 1\n<<: {b: 2}\na: 3\n", (3, "'a' is written twice, first in line 1")),
    ],
)
def test_clever_yaml_is_refused(text: str, expected: tuple[int, str]) -> None:
    assert problems_of(text) == [expected]


def test_every_duplicate_key_is_reported() -> None:
    assert problems_of("a: 1\na: 2\nb: {c: 1, c: 2}\n") == [
        (2, "'a' is written twice, first in line 1"),
        (3, "'c' is written twice, first in line 3"),
    ]


def test_tabs_are_named_as_the_cause() -> None:
    with pytest.raises(InputError, match="Indent with spaces, not with tabs") as caught:
        read_document("items:\n\t- a\n")
    assert caught.value.problems[0].line == 2


@pytest.mark.parametrize("text", ["a: " + "[" * 400_000, "a: " + "{b: " * 100_000, "- " * 100_000, "a: " + "[" * 300 + "]" * 300])
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    assert problems_of(text)[0][1] == f"the document is nested more than {DEPTH} deep"
    assert time.process_time() - started < 1


def test_the_number_of_parts_is_limited() -> None:
    assert problems_of("a: [" + "1, " * 50_000 + "1]") == [(1, "the document has more than 20000 parts")]


PIECES = st.sampled_from([*"ab:-?[]{},&*!#|>'\"%@` \n\t", "---", ": ", "\n  ", "<<"])


@given(st.text(max_size=60) | st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=250, deadline=None)
def test_any_text_is_a_mapping_or_refused(text: str) -> None:
    try:
        assert isinstance(read_document(text), Section)
    except InputError as error:
        assert error.problems  # noqa: PT017


@given(st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_mapping_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(raw)
    try:
        assert isinstance(read_document(path), Section)
    except InputError as error:
        assert error.problems  # noqa: PT017


# --- fields ----------------------------------------------------------------------------------------


def test_fields_are_typed_by_the_reader() -> None:
    fields = fields_of("a: 0100\nb: 1_000\nc: 8%\nd: -0.5\ne: 2026-10-01\nf: true\ng: [x, y]\nh: x\ni: high\nj: [[70%, 0%]]\n")
    assert fields.text("a") == "0100"
    assert fields.whole("b") == 1000
    assert fields.number("c") == Number(Fraction(2, 25), True, 3)
    assert fields.number("d") == Number(Fraction(-1, 2), False, 4)
    assert fields.day("e") == date(2026, 10, 1)
    assert fields.yes("f", default=False) is True
    assert fields.texts("g") == ("x", "y")
    assert fields.texts("h") == ("x",)
    assert fields.choice("i", ("low", "high")) == "high"
    assert fields.pairs("j") == [(Number(Fraction(7, 10), True, 10), Number(Fraction(0), True, 10))]
    fields.done()
    assert fields.problems == []


def test_what_is_not_given_has_its_default() -> None:
    fields = fields_of("a:\n")
    assert (fields.text("a"), fields.texts("a"), fields.whole("a", default=5), fields.yes("b", default=True)) == ("", None, 5, True)
    assert (fields.choice("a", ("x", "y"), default="y"), fields.day("b", required=False), fields.inner("a")) == ("y", None, None)
    assert (fields.nodes("b"), fields.entries("a"), fields.by_name("a"), fields.number("a", required=False)) == ((), [], {}, None)
    assert fields.problems == []


@pytest.mark.parametrize(
    "text",
    [
        "1e6", "1,5", "1.000.000", "8 %", "+5", ".5", "5.", "0x10", "--5", "_5", "5%%", "%", "abc", "١٢", "1\u00a0000",
        "1_000_000 ₫", "5.5.5", "inf", "nan",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    fields = fields_of(f"a: '{text}'")
    assert fields.number("a") is None
    assert said(fields) == [(1, "a", f"{text!r} is not a number")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1000000000000001", "'1000000000000001' is above 10^15"),
        ("-1000000000000001", "'-1000000000000001' is above 10^15"),
        ("0" * 33, f"{'0' * 33!r} is longer than a number may be (32 characters)"),
    ],
)
def test_numbers_are_bounded(text: str, says: str) -> None:
    fields = fields_of(f"a: {text}")
    assert fields.number("a") is None
    assert said(fields) == [(1, "a", says)]


def test_the_largest_numbers_are_read() -> None:
    fields = fields_of("a: 1_000_000_000_000_000\nb: " + "0" * 31 + "1\nc: 100000000000000000%\n")
    assert [fields.number(key).value for key in "abc"] == [10**15, 1, 10**15]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    ["2026-13-01", "2026-02-29", "1/10/2026", "2026-1-1", "20261001", "2026-W41-1", "0001-01-01", "9999-12-31", "2026-10-01T00:00"],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    fields = fields_of(f"a: {text}")
    assert fields.day("a") is None
    assert said(fields) == [(1, "a", f"{text!r} is not a date")]


def test_every_problem_is_collected_with_field_and_line() -> None:
    fields = fields_of("weight: 1.5\nitems:\n  - {metric: x, weigth: 5}\n  - y\npool: 5\n")
    assert fields.whole("weight", low=1) == 1
    for entry in fields.entries("items"):
        entry.text("metric")
        entry.whole("weight", low=1)
        entry.done()
    assert fields.inner("pool") is None
    fields.choice("mode", ("linear", "step"))
    fields.done()
    assert fields.problems == [
        Problem(file="f.yaml", line=1, field="weight", what="'1.5' is not a whole number", fix="Write it without % and without decimals"),
        Problem(file="f.yaml", line=4, field="items", what="entry 2 needs fields", fix="Write `- {…}`"),
        Problem(file="f.yaml", line=3, field="items[1].weight", what="is missing"),
        Problem(file="f.yaml", line=3, field="items[1].weigth", what="is not a field here", fix="Did you mean 'weight'?"),
        Problem(file="f.yaml", line=5, field="pool", what="needs further fields", fix="Write pool: {…}"),
        Problem(file="f.yaml", line=1, field="mode", what="is missing"),
    ]


def test_thousands_of_mistakes_are_told_in_little_time() -> None:
    fields = fields_of("items:\n" + "  - {}\n" * 5000 + "".join(f"k{number}: 1\n" for number in range(4000)))
    started = time.process_time()
    assert len(fields.entries("items")) == 200
    fields.done()
    assert time.process_time() - started < 1
    assert said(fields)[0] == (2, "items", "has 5000 entries; at most 200 are allowed")
    assert said(fields)[-1][2] == "holds 3980 more fields that are not known here"
