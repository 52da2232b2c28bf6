"""What an uploaded table looks like before it is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from chot.performance.models import Upload
from chot.performance.queries_uploads import preview

HEAD, ROW = ["Mã đơn", "Nhân viên", "Ghi chú"], ["D1", "a03", None]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_each_cell_has_its_header_and_an_empty_one_says_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"don.{suffix}"
    if suffix == "csv":
        path.write_text("\n".join(",".join(each or "" for each in row) for row in (HEAD, ROW)), encoding="utf-8")
    else:
        book = Workbook()
        for row in (HEAD, ROW):
            book.active.append(row)
        book.save(path)
    seen = preview(Upload(name=path.name, path=str(path)))
    assert seen and seen["headers"] == HEAD
    assert seen["rows"] == [[("Mã đơn", "D1"), ("Nhân viên", "a03"), ("Ghi chú", "")]]
