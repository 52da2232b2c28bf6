"""Records of delimited text: exact line numbers, and a broken record costs one line. Both scanners give one verdict."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.facts import records
from chot.facts.columns import scan_columns
from chot.facts.records import UNCLOSED, first_record, scan

Seen = tuple[list[tuple[int, list[str]]], list[tuple[int, str, str]]]


def by_rows(path: Path, width: int, **options: object) -> Seen:
    rows, rejects = [], []
    for batch in scan(path, widths={width}, **options):  # type: ignore[arg-type]
        rows += list(zip(batch.lines, batch.rows, strict=True))
        rejects += [(each.line, each.value, each.reason) for each in batch.rejects]
    return rows, rejects


def by_columns(path: Path, width: int, **options: object) -> Seen:
    rows, rejects = [], []
    for batch in scan_columns(path, width=width, **options):  # type: ignore[arg-type]
        cells = zip(*(column.to_pylist() for column in batch.table.columns), strict=True)
        rows += [(line, [cell or "" for cell in row]) for line, row in zip(batch.lines.to_pylist(), cells, strict=True)]
        rejects += [(each.line, each.value, each.reason) for each in batch.rejects]
    return rows, rejects


SCANNERS = pytest.mark.parametrize("scanned", [by_rows, by_columns])


def written(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@SCANNERS
def test_bom_line_ends_blank_lines_and_a_missing_last_line_feed(scanned, tmp_path):
    path = written(tmp_path, b"\xef\xbb\xbfa,b\r\n1,2\r\n\r\n\n3,")
    assert scanned(path, 2) == ([(1, ["a", "b"]), (2, ["1", "2"]), (5, ["3", ""])], [])


@SCANNERS
def test_a_quoted_cell_may_hold_line_feeds_and_the_next_row_keeps_its_line(scanned, tmp_path):
    path = written(tmp_path, b'1,"x\ny, ""z"""\n2,b\n')
    assert scanned(path, 2) == ([(1, ["1", 'x\ny, "z"']), (3, ["2", "b"])], [])


@SCANNERS
@pytest.mark.parametrize("rest", [b"2,b\n3,c\n", b'2,"b"\n3,c\n', b'2,b"\n3,c\n'])
def test_an_unclosed_quote_costs_its_line_and_reading_resumes_at_the_next(scanned, rest, tmp_path):
    path = written(tmp_path, b'0,0\n1,"open\n' + rest)
    rows, rejects = scanned(path, 2)
    if rest.startswith(b'2,b"'):  # the stray quote closes the cell: one row over two lines, and it fits
        assert rows == [(1, ["0", "0"]), (2, ["1", "open\n2,b"]), (4, ["3", "c"])] and not rejects
    else:
        assert rows == [(1, ["0", "0"]), (3, ["2", "b"]), (4, ["3", "c"])]
        assert rejects == [(2, '1,"open', UNCLOSED)]


@SCANNERS
def test_a_record_over_lines_that_does_not_fit_is_an_unclosed_quote(scanned, tmp_path):
    path = written(tmp_path, b'"open,1\n2,b\n3,c"\n')
    assert scanned(path, 2) == ([(2, ["2", "b"]), (3, ["3", 'c"'])], [(1, '"open,1', UNCLOSED)])


@SCANNERS
def test_each_bad_line_is_named_with_its_reason(scanned, tmp_path):
    path = written(tmp_path, b'1,\xff\n\0,2\n"a"b,3\n1,2,3\nx\n5,6\r7\n9,9\n')
    rows, rejects = scanned(path, 2)
    assert rows == [(7, ["9", "9"])]
    assert rejects == [
        (1, "1,\\xff", "not readable as UTF-8"),
        (2, "\0,2", "holds a NUL byte"),
        (3, '"a"b,3', "text follows a closing quote"),
        (4, "1,2,3", "has 3 cells where the table has 2"),
        (5, "x", "has 1 cell where the table has 2"),
        (6, "5,6\r7", "a carriage return stands inside the row"),
    ]


@SCANNERS
def test_a_cell_beyond_the_limit_is_refused(scanned, tmp_path):
    path = written(tmp_path, b"a,b\n" + b"x" * 200_000 + b",1\nc,d\n")
    rows, rejects = scanned(path, 2)
    assert rows == [(1, ["a", "b"]), (3, ["c", "d"])]
    assert [(line, reason) for line, _, reason in rejects] == [(2, "a cell is longer than 131072 characters")]


@SCANNERS
def test_carriage_returns_end_lines_in_a_file_without_line_feeds(scanned, tmp_path):
    assert scanned(written(tmp_path, b"a,b\r1,2\r"), 2) == ([(1, ["a", "b"]), (2, ["1", "2"])], [])


@SCANNERS
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_records_gives_none(scanned, content, tmp_path):
    assert scanned(written(tmp_path, content), 2) == ([], [])


@SCANNERS
def test_other_delimiters_no_quotes_other_encodings_a_start_line_and_gzip(scanned, tmp_path):
    text = 'head\na|"b\nđã|2\n'
    plain = written(tmp_path, text.encode())
    assert scanned(plain, 2, delimiter="|", quotes=False, start_line=2) == ([(2, ["a", '"b']), (3, ["đã", "2"])], [])
    assert scanned(written(tmp_path, text.encode("utf-16")), 2, delimiter="|", quotes=False, encoding="utf-16", start_line=3)[0] == [
        (3, ["đã", "2"])
    ]
    packed = written(tmp_path, gzip.compress(b"a,b\n1,2\n"), "a.csv.gz")
    assert scanned(packed, 2) == ([(1, ["a", "b"]), (2, ["1", "2"])], [])


@SCANNERS
def test_a_byte_that_an_encoding_does_not_have_is_a_reject(scanned, tmp_path):
    path = written(tmp_path, b"a,b\n\x81,2\n", "w.csv")
    rows, rejects = scanned(path, 2, encoding="cp1252")
    assert rows == [(1, ["a", "b"])]
    assert [(line, reason) for line, _, reason in rejects] == [(2, "not readable as CP1252")]


@SCANNERS
def test_a_damaged_gzip_is_an_input_error(scanned, tmp_path):
    with pytest.raises(InputError, match="compressed file is damaged"):
        scanned(written(tmp_path, gzip.compress(b"a,b\n" * 1000)[:30], "a.csv.gz"), 2)


def test_narrower_rows_are_filled_up(tmp_path):
    path = written(tmp_path, b"1,2,3\n4,5\n6\n")
    found = [(batch.table.to_pydict(), batch.lines.to_pylist()) for batch in scan_columns(path, width=3, narrower=[2])]
    assert found[0] == ({"0": ["1", "4"], "1": ["2", "5"], "2": ["3", None]}, [1, 2])


def test_the_first_record_is_the_header_and_says_where_rows_begin(tmp_path):
    assert first_record(written(tmp_path, b'\n\na,"b\nc"\n1,2\n')) == (["a", "b\nc"], 3, 5)
    assert first_record(written(tmp_path, b"")) == ([], 1, 1)
    with pytest.raises(InputError, match="header cannot be read"):
        first_record(written(tmp_path, b'a,"b\n1,2\n'))


MARKS = st.sampled_from(['"', '"', '""', ",", ",", "\n", "\n", "\r\n", "\r", "a", "5", "\0", "é", " "])


@settings(max_examples=150, deadline=None)
@given(st.lists(MARKS | st.binary(min_size=1, max_size=2), max_size=40), st.sampled_from([1, 2, 3]), st.sampled_from([3, 20, 4000]))
def test_both_scanners_agree_on_any_bytes_in_blocks_of_any_size(tmp_path_factory, parts, width, block):
    content = b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    path = written(tmp_path_factory.getbasetemp(), content, "any.csv")
    usual, records.BLOCK_BYTES = records.BLOCK_BYTES, block
    try:
        assert by_columns(path, width) == by_rows(path, width)
    finally:
        records.BLOCK_BYTES = usual
