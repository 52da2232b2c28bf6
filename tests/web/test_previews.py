"""What an uploaded table looks like before it is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from chot.performance.models import Upload
from chot.performance.queries_uploads import preview

HEAD = ["Mã đơn", "Nhân viên", "Ghi chú"]
ROWS = [["D1", "a03", ""], ["D2", "a05", "gọi lại"]]


def written(folder: Path, suffix: str) -> Path:
    """The table as a file; a text file whose last line does not end."""
    path = folder / f"don.{suffix}"
    if suffix == "csv":
        path.write_text("\n".join(",".join(row) for row in (HEAD, *ROWS)), encoding="utf-8")
        return path
    book = Workbook()
    for row in (HEAD, *ROWS):
        book.active.append([cell or None for cell in row])
    book.save(path)
    return path


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_each_cell_has_its_header_an_empty_one_says_nothing_and_no_row_is_missing(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, suffix)
    seen = preview(Upload(name=path.name, path=str(path)))
    assert seen and list(seen["headers"]) == HEAD
    assert seen["rows"] == [list(zip(HEAD, row, strict=True)) for row in ROWS]
