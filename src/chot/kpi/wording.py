"""Reasons and conditions in both languages, as a payslip words them."""

from __future__ import annotations

import re

from chot.kpi.measures import Condition
from chot.kpi.metrics import Words
from chot.kpi.source import Row

_REASONS: dict[str, Words] = {
    "outside": Words(
        vi="ngày đó bạn ở vai trò «{role}», nhóm «{team}», kế hoạch này không áp dụng",
        en="on that day the role was «{role}», team «{team}», which this plan does not name",
    ),
    "no_customer": Words(vi="không có mã khách hàng", en="no customer id"),
    "seen_before": Words(vi="khách này đã được tính một lần", en="this customer is already counted once"),
    "became_order": Words(vi="đã ra đơn {order}", en="became order {order}"),
    "not_again": Words(vi="khách chưa mua lại trong 90 ngày", en="the customer did not buy again within 90 days"),
    "reopened": Words(vi="phiếu bị mở lại", en="the ticket was reopened"),
    "calls_of_ticket": Words(
        vi="có {count} cuộc gọi được trả lời trong lúc xử lý, cần đúng 1", en="{count} answered calls while it was open, exactly 1 is needed"
    ),
}

_COLUMNS: dict[str, Words] = {
    "status": Words(vi="trạng thái", en="status"), "direction": Words(vi="chiều gọi", en="direction"),
    "outcome": Words(vi="kết quả cuộc gọi", en="outcome"), "talk_s": Words(vi="thời gian nói", en="talk seconds"),
    "fields_collected": Words(vi="số thông tin thu được", en="collected fields"), "wait_s": Words(vi="thời gian chờ", en="waiting seconds"),
    "stage": Words(vi="giai đoạn", en="stage"), "best_stage": Words(vi="giai đoạn xa nhất", en="furthest stage"),
    "kind": Words(vi="loại khảo sát", en="kind of survey"), "score": Words(vi="điểm", en="score"),
    "score_bp": Words(vi="điểm", en="score"), "final": Words(vi="chính thức", en="final"),
    "auto_fail": Words(vi="lỗi nghiêm trọng", en="auto-fail"), "leave": Words(vi="nghỉ phép", en="leave"),
    "due_at": Words(vi="hạn", en="due time"), "done_at": Words(vi="lúc xong", en="done time"),
    "disposition": Words(vi="kết luận cuộc gọi", en="disposition"),
}  # fmt: skip

_VALUES: dict[str, Words] = {
    "confirmed": Words(vi="đã xác nhận", en="confirmed"), "completed": Words(vi="hoàn thành", en="completed"),
    "pending": Words(vi="chờ xác nhận", en="pending"), "returned": Words(vi="bị hoàn", en="returned"),
    "cancelled": Words(vi="đã hủy", en="cancelled"), "in": Words(vi="gọi vào", en="in"), "out": Words(vi="gọi ra", en="out"),
    "internal": Words(vi="nội bộ", en="internal"), "answered": Words(vi="được trả lời", en="answered"),
    "no_answer": Words(vi="không trả lời", en="no answer"), "busy": Words(vi="máy bận", en="busy"), "failed": Words(vi="lỗi", en="failed"),
    "abandoned": Words(vi="khách bỏ máy", en="abandoned"), "voicemail": Words(vi="hộp thư thoại", en="voicemail"),
    "open": Words(vi="chưa xong", en="open"), "done": Words(vi="xong", en="done"), "True": Words(vi="có", en="yes"), "False": Words(vi="không", en="no"),
    "none": Words(vi="không nghỉ", en="none"), "new": Words(vi="mới", en="new"), "contacted": Words(vi="đã liên hệ", en="contacted"),
    "interested": Words(vi="quan tâm", en="interested"), "trial": Words(vi="dùng thử", en="trial"), "won": Words(vi="đã mua", en="won"),
    "lost": Words(vi="mất", en="lost"), "callback": Words(vi="hẹn gọi lại", en="callback"), "annual": Words(vi="phép năm", en="annual leave"),
    "sick": Words(vi="nghỉ ốm", en="sick leave"), "maternity": Words(vi="thai sản", en="maternity leave"),
    "holiday": Words(vi="nghỉ lễ", en="holiday"), "unpaid": Words(vi="nghỉ không lương", en="unpaid leave"),
}  # fmt: skip


def words(reason: str, **parts: str) -> Words:
    """A reason by name, its places filled."""
    pattern = _REASONS[reason]
    return Words(vi=pattern.vi.format(**parts), en=pattern.en.format(**parts))


def value_words(value: object) -> Words:
    """A cell in words; an unknown value stays as it is, an empty one is a dash."""
    text = "–" if value is None else str(value)
    return _VALUES.get(text, Words(vi=text, en=text))


def failed(condition: Condition, row: Row) -> Words:
    """Why a row does not meet a condition: what it has, and what was needed."""
    column = _COLUMNS.get(condition.column, Words(vi=condition.column, en=condition.column))
    has, needs = value_words(row.get(condition.column)), _needed(condition)
    return Words(vi=f"{column.vi} là {has.vi}, cần {needs.vi}", en=f"{column.en} is {has.en}, needed {needs.en}")


def _needed(condition: Condition) -> Words:
    match condition.operator:
        case "in" | "not in":
            listed = [value_words(value) for value in condition.value]  # type: ignore[attr-defined]
            no = ("khác ", "other than ") if condition.operator == "not in" else ("", "")
            return Words(vi=no[0] + " hoặc ".join(each.vi for each in listed), en=no[1] + " or ".join(each.en for each in listed))
        case "known":
            return Words(vi="có giá trị", en="a value")
        case "<= column":
            other = _COLUMNS.get(str(condition.value), Words(vi=str(condition.value), en=str(condition.value)))
            return Words(vi=f"không sau {other.vi}", en=f"not after {other.en}")
        case _:
            sign = {">=": "≥", "<=": "≤"}.get(condition.operator, condition.operator)
            return Words(vi=f"{sign} {condition.value}", en=f"{sign} {condition.value}")


_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"sample (\d+) is under min_sample (\d+)", r"mới có \1 mẫu, cần ít nhất \2"),
    (r"(\S+) is not measured: ", r"\1 chưa đo được: "),
    (r"division by zero: (.+) is 0", r"chia cho 0: \1 bằng 0"),
    (r"does not apply: ", "không áp dụng: "),
    (r"no working day of the period counts towards targets", "không có ngày công nào tính cho chỉ tiêu"),
    (r"not employed on every working day of (\S+) and (\S+)", r"không làm đủ mọi ngày công của \1 và \2"),
    (r"no ([a-z_ +-]+)$", r"không có \1"),
    (r"lifts variable pay to the average of (\d+) closed run\(s\)", r"nâng lên mức trung bình của \1 kỳ đã đóng"),
    (r"variable pay is never below 0", "lương biến đổi không bao giờ âm"),
    (r"no closed run with a bonus share, so there is no guarantee line", "chưa có kỳ nào đã đóng nên chưa có khoản bảo đảm"),
    (r"(-?\d+) VND are carried to the next period", r"\1 ₫ chuyển sang kỳ sau"),
    (r"([+-]\d+) VND is not settled here, because the agent is not in this run", r"\1 ₫ chưa xử lý vì nhân viên không có trong kỳ này"),
)  # each English sentence of a run, as a pattern, with its Vietnamese


def reason_words(reason: str, lang: str) -> str:
    """A reason or warning of a run in the language of the reader; runs hold them in English.

    >>> reason_words("sample 2 is under min_sample 3", "vi")
    'mới có 2 mẫu, cần ít nhất 3'
    """
    if lang == "vi":
        for pattern, vietnamese in _SENTENCES:
            reason = re.sub(pattern, vietnamese, reason)
    return reason
