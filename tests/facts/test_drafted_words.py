"""The comments of a drafted mapping on a page."""

from __future__ import annotations

from pathlib import Path

from chot.facts import mapping
from chot.facts.drafted_words import in_words
from chot.facts.drafting import draft

HEADERS = "Mã đơn;Ngày đặt;Trạng thái;" + ";".join(f"Cột {number}" for number in range(14))


def test_every_comment_speaks_vietnamese_and_what_is_read_stays(tmp_path: Path) -> None:
    path = tmp_path / "đơn.csv"
    rows = [f"D{number};0{number + 1}/10/2026;{'Đang bay' if number else 'Hoàn thành'};" + ";".join("x" * 14) for number in range(4)]
    path.write_text("\n".join([HEADERS, *rows]), encoding="utf-8")
    found = draft(path, table="orders").text
    said = in_words(found, "vi")
    comments = [line.strip() for line in said.split("\n") if "#" in line]
    assert comments == [
        "# Cách đọc đơn.csv; soạn sẵn theo nội dung tệp.",
        f"# Cần kiểm tra: không tìm thấy cột cho agent_id mà orders cần, trong các cột: {', '.join(HEADERS.split(';')[:12])}",
        "# Cần kiểm tra: ordered_at ('Ngày đặt'): chưa rõ ngày hay tháng viết trước",
        "# Cần kiểm tra: status ('Trạng thái'): 75 % số ô không đọc được như đang viết",
        "# timezone: Asia/Ho_Chi_Minh      # cho giờ không ghi múi giờ",
        "# agent_id: BẮT BUỘC: ghi tiêu đề cột của nó, hoặc {value: ...}",
        "# customer_id:", "# call_id:",
        "# Đang bay:      # 3 dòng; chọn một trong: pending, confirmed, completed, returned, cancelled",
        "# status_at:", "# amount_vnd:", "# quantity:", "# product:",
        f"# Không dùng: {', '.join(HEADERS.split(';')[3:15])} và 2 cột nữa",
    ]  # fmt: skip
    kept = lambda text: [line for line in text.split("\n") if "#" not in line]  # noqa: E731
    assert kept(said) == kept(found)
    whole = found.replace("  # agent_id: REQUIRED: write the header of its column, or {value: ...}", "  agent_id: {value: a1}")
    assert mapping.parse(in_words(whole, "vi"), file="") == mapping.parse(whole, file="")


def test_in_english_only_the_command_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Mã đơn,Nhân viên,Ngày đặt,Ghi chú\nD1,a,31/10/2026,x\n", encoding="utf-8")
    found = draft(path).text
    head, _, rest = found.partition("\n")
    assert "--mapping" in head and in_words(found, "en") == f"# How to read orders.csv; drafted from what stands in it.\n{rest}"
    assert "# Not used: Ghi chú" in rest and "# Không dùng: Ghi chú" in in_words(found, "vi")


def test_a_comment_of_a_person_stays() -> None:
    text = "# đã sửa ngày 3/11\ntable: orders\n"
    assert in_words(text, "vi") == text == in_words(text, "en")
