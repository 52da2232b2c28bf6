"""Reasons, columns, cells and measures in both languages, as a payslip words them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from chot.kpi.figure_words import number
from chot.kpi.measures import Condition, Measure
from chot.kpi.metrics import Words
from chot.kpi.source import Row

_REASONS: dict[str, Words] = {
    "outside": Words(
        vi="ngày đó bạn ở vai trò {role}, nhóm {team}; kế hoạch này không áp dụng",
        en="on that day your role was {role}, team {team}; this plan does not cover it",
    ),
    "no_customer": Words(vi="không có mã khách hàng", en="no customer id"),
    "no_cell": Words(vi="không có {column}", en="no {column}"),
    "seen_before": Words(vi="khách này đã được tính một lần", en="this customer is already counted"),
    "same_value": Words(vi="{column} này đã được tính một lần", en="this {column} is already counted"),
    "not_largest": Words(vi="không phải {column} cao nhất trong kỳ", en="not the highest {column} of the period"),
    "became_order": Words(vi="cuộc gọi đã ra đơn", en="the call led to an order"),
    "not_again": Words(vi="khách chưa mua lại trong 90 ngày", en="the customer did not buy again within 90 days"),
    "done_in_time": Words(vi="phiếu xong đúng hạn", en="the ticket was done in time"),
    "reopened": Words(vi="phiếu bị mở lại", en="the ticket was reopened"),
    "calls_of_ticket": Words(
        vi="{count} cuộc gọi được trả lời trong lúc xử lý phiếu (cần đúng 1)",
        en="{count} answered calls while the ticket was open (exactly 1 is needed)",
    ),
}

_COLUMNS: dict[str, Words] = {
    "status": Words(vi="trạng thái", en="status"), "direction": Words(vi="chiều gọi", en="direction"),
    "outcome": Words(vi="kết quả cuộc gọi", en="outcome"), "talk_s": Words(vi="thời gian nói", en="talk time"),
    "ring_s": Words(vi="thời gian đổ chuông", en="ring time"), "wait_s": Words(vi="thời gian khách chờ", en="waiting time"),
    "hold_s": Words(vi="thời gian giữ máy", en="hold time"), "wrap_s": Words(vi="thời gian ghi chú sau gọi", en="wrap-up time"),
    "fields_collected": Words(vi="số thông tin thu được", en="number of collected fields"),
    "hangup_by": Words(vi="bên gác máy", en="hangup by"), "charge_vnd": Words(vi="cước gọi", en="call charge"),
    "disposition": Words(vi="kết luận cuộc gọi", en="disposition"), "customer_id": Words(vi="khách hàng", en="customer"),
    "agent_id": Words(vi="nhân viên", en="agent"), "team_id": Words(vi="nhóm", en="team"), "queue_id": Words(vi="hàng đợi", en="queue"),
    "campaign_id": Words(vi="chiến dịch", en="campaign"),
    "call_id": Words(vi="cuộc gọi", en="call"),
    "line_id": Words(vi="đầu số", en="line"),
    "stage": Words(vi="giai đoạn", en="stage"), "best_stage": Words(vi="giai đoạn xa nhất", en="furthest stage"),
    "amount_vnd": Words(vi="tiền đơn hàng", en="order amount"), "quantity": Words(vi="số lượng", en="quantity"),
    "product": Words(vi="sản phẩm", en="product"), "kind": Words(vi="loại khảo sát", en="kind of survey"),
    "score": Words(vi="điểm", en="score"), "score_bp": Words(vi="điểm", en="score"), "final": Words(vi="kết quả chính thức", en="final"),
    "auto_fail": Words(vi="lỗi nghiêm trọng", en="auto-fail"), "reopened": Words(vi="bị mở lại", en="reopened"),
    "leave": Words(vi="nghỉ", en="leave"),
    "due_at": Words(vi="hạn xử lý", en="due time"),
    "done_at": Words(vi="thời điểm xong", en="done time"),
    "opened_at": Words(vi="thời điểm mở", en="opening time"), "answered_at": Words(vi="thời điểm trả lời", en="answer time"),
    "started_at": Words(vi="thời điểm gọi", en="start time"), "ended_at": Words(vi="thời điểm kết thúc", en="end time"),
    "scheduled_s": Words(vi="thời gian xếp ca", en="scheduled time"), "worked_s": Words(vi="thời gian làm việc", en="worked time"),
    "pause_s": Words(vi="thời gian nghỉ giữa ca", en="pause time"),
}  # fmt: skip

_VALUES: dict[str, Words] = {
    "confirmed": Words(vi="đã xác nhận", en="confirmed"), "completed": Words(vi="hoàn thành", en="completed"),
    "pending": Words(vi="chờ xác nhận", en="pending"), "returned": Words(vi="bị hoàn", en="returned"),
    "cancelled": Words(vi="đã hủy", en="cancelled"), "in": Words(vi="gọi vào", en="in"), "out": Words(vi="gọi ra", en="out"),
    "internal": Words(vi="nội bộ", en="internal"), "answered": Words(vi="được trả lời", en="answered"),
    "no_answer": Words(vi="không trả lời", en="no answer"), "busy": Words(vi="máy bận", en="busy"), "failed": Words(vi="lỗi", en="failed"),
    "abandoned": Words(vi="khách bỏ máy", en="abandoned"), "voicemail": Words(vi="hộp thư thoại", en="voicemail"),
    "open": Words(vi="chưa xong", en="open"), "done": Words(vi="đã xong", en="done"),
    "True": Words(vi="có", en="yes"), "False": Words(vi="không", en="no"), "none": Words(vi="không nghỉ", en="none"),
    "new": Words(vi="mới", en="new"), "contacted": Words(vi="đã liên hệ", en="contacted"),
    "interested": Words(vi="quan tâm", en="interested"), "trial": Words(vi="dùng thử", en="trial"), "won": Words(vi="đã mua", en="won"),
    "lost": Words(vi="đã mất", en="lost"), "callback": Words(vi="hẹn gọi lại", en="callback"), "refused": Words(vi="từ chối", en="refused"),
    "ordered": Words(vi="đặt hàng", en="ordered"), "wrong_number": Words(vi="nhầm số", en="wrong number"),
    "resolved": Words(vi="đã giải quyết", en="resolved"), "ticket": Words(vi="tạo phiếu", en="ticket"),
    "annual": Words(vi="phép năm", en="annual leave"), "sick": Words(vi="nghỉ ốm", en="sick leave"),
    "maternity": Words(vi="nghỉ thai sản", en="maternity leave"), "holiday": Words(vi="nghỉ lễ", en="public holiday"),
    "unpaid": Words(vi="nghỉ không lương", en="unpaid leave"), "csat": Words(vi="CSAT", en="CSAT"), "nps": Words(vi="NPS", en="NPS"),
    "ces": Words(vi="CES", en="CES"), "agent": Words(vi="nhân viên", en="agent"), "customer": Words(vi="khách hàng", en="customer"),
    "system": Words(vi="hệ thống", en="system"),
}  # fmt: skip

_MEASURES: dict[str, Words] = {
    "counted_orders": Words(vi="Đơn đã xác nhận hoặc hoàn thành", en="Orders confirmed or completed"),
    "counted_amount": Words(vi="Tiền các đơn đã xác nhận hoặc hoàn thành", en="Amount of orders confirmed or completed"),
    "revenue_previous_month": Words(vi="Doanh thu tháng trước", en="Revenue of the previous month"),
    "revenue_same_month_last_year": Words(vi="Doanh thu cùng tháng năm trước", en="Revenue of the same month last year"),
    "returned_orders": Words(vi="Đơn bị hoàn", en="Orders returned"),
    "final_orders": Words(vi="Đơn được tính hoặc bị hoàn", en="Orders counted or returned"),
    "repeat_base": Words(vi="Khách đã mua ba tháng trước", en="Customers who bought three months earlier"),
    "repeat_again": Words(vi="Khách đã mua lại trong 90 ngày", en="Customers who bought again within 90 days"),
    "opportunity_leads": Words(vi="Cơ hội bán hàng", en="Opportunities"), "won_leads": Words(vi="Khách tiềm năng đã mua", en="Leads won"),
    "answered_without_order": Words(vi="Cuộc gọi được trả lời, không ra đơn", en="Answered calls without an order"),
    "kept_without_order": Words(vi="Trong đó khách còn quan tâm hoặc hẹn gọi lại", en="Of these, interested or with a callback"),
    "answered_calls": Words(vi="Cuộc gọi được trả lời", en="Answered calls"),
    "outbound_calls": Words(vi="Cuộc gọi ra", en="Outbound calls"), "inbound_calls": Words(vi="Cuộc gọi vào", en="Inbound calls"),
    "answered_outbound": Words(vi="Cuộc gọi ra được trả lời", en="Answered outbound calls"),
    "answered_inbound": Words(vi="Cuộc gọi vào được trả lời", en="Answered inbound calls"),
    "missed_calls": Words(vi="Cuộc gọi nhỡ", en="Missed calls"),
    "abandoned_calls": Words(vi="Cuộc gọi vào bị khách bỏ", en="Abandoned inbound calls"),
    "waited_abandons": Words(vi="Cuộc gọi vào khách bỏ sau hơn 5 giây", en="Inbound calls abandoned after more than 5 s"),
    "quick_answers": Words(vi="Cuộc gọi vào trả lời trong 20 giây", en="Inbound calls answered within 20 s"),
    "answered_talk_s": Words(vi="Thời gian nói", en="Talk time"), "answered_hold_s": Words(vi="Thời gian giữ máy", en="Hold time"),
    "answered_wrap_s": Words(vi="Thời gian ghi chú sau gọi", en="Wrap-up time"),
    "outbound_talk_s": Words(vi="Thời gian nói khi gọi ra", en="Outbound talk time"),
    "inbound_talk_s": Words(vi="Thời gian nói khi nhận cuộc gọi vào", en="Inbound talk time"),
    "all_talk_s": Words(vi="Thời gian nói, mọi cuộc gọi", en="Talk time of all calls"),
    "all_hold_s": Words(vi="Thời gian giữ máy, mọi cuộc gọi", en="Hold time of all calls"),
    "all_wrap_s": Words(vi="Thời gian ghi chú, mọi cuộc gọi", en="Wrap-up time of all calls"),
    "reached_customers": Words(vi="Khách hàng khác nhau đã nghe máy", en="Different customers who answered"),
    "outbound_charge": Words(vi="Cước các cuộc gọi ra", en="Charges of outbound calls"),
    "worked_seconds": Words(vi="Thời gian làm việc", en="Worked time"),
    "paused_seconds": Words(vi="Thời gian nghỉ, đào tạo, họp", en="Breaks, training and meetings"),
    "present_seconds": Words(vi="Thời gian làm việc, ngày không nghỉ", en="Worked time, days without leave"),
    "scheduled_seconds": Words(vi="Thời gian xếp ca, ngày không nghỉ", en="Scheduled time, days without leave"),
    "csat_points": Words(vi="Tổng điểm CSAT", en="Sum of CSAT scores"), "csat_answers": Words(vi="Câu trả lời CSAT", en="CSAT answers"),
    "ces_points": Words(vi="Tổng điểm CES", en="Sum of CES scores"), "ces_answers": Words(vi="Câu trả lời CES", en="CES answers"),
    "nps_promoters": Words(vi="Khách cho 9–10 điểm", en="Promoters (9–10)"),
    "nps_detractors": Words(vi="Khách cho 0–6 điểm", en="Detractors (0–6)"),
    "nps_answers": Words(vi="Câu trả lời NPS", en="NPS answers"),
    "review_points": Words(vi="Tổng điểm chấm (10.000 là 100 %)", en="Sum of review points (10,000 is 100 %)"),
    "scored_reviews": Words(vi="Lần chấm có điểm", en="Reviews with a score"),
    "failed_reviews": Words(vi="Lần chấm có lỗi nghiêm trọng (0 điểm)", en="Auto-failed reviews (0 points)"),
    "best_exam_bp": Words(vi="Điểm kiểm tra cao nhất (10.000 là 100 %)", en="Best exam score (10,000 is 100 %)"),
    "scored_exams": Words(vi="Bài kiểm tra có điểm", en="Exams with a score"),
    "done_tickets": Words(vi="Phiếu đã xong", en="Tickets done"),
    "resolved_first": Words(vi="Phiếu xong ngay lần đầu", en="Tickets resolved at first contact"),
    "due_tickets": Words(vi="Phiếu đến hạn, không hủy", en="Tickets due, not cancelled"),
    "met_tickets": Words(vi="Trong đó đã xong đúng hạn", en="Of these, done in time"),
    "on_time_tickets": Words(vi="Phiếu xong đúng hạn", en="Tickets done in time"),
    "dated_tickets": Words(vi="Phiếu đã xong có hạn xử lý", en="Tickets done that have a due time"),
}  # fmt: skip

_SUCCESSFUL = re.compile(r"successful_calls_(\d+)s_(\d+)f")  # successful_calls_30s_1f: minimum talk seconds, minimum fields

_NOUNS: dict[str, tuple[str, str, str]] = {  # Vietnamese; one in English; several in English
    "calls": ("cuộc gọi", "call", "calls"), "leads": ("khách tiềm năng", "lead", "leads"), "orders": ("đơn", "order", "orders"),
    "tickets": ("phiếu", "ticket", "tickets"), "surveys": ("khảo sát", "survey", "surveys"), "reviews": ("lần chấm", "review", "reviews"),
    "exams": ("bài kiểm tra", "exam", "exams"), "workdays": ("ngày", "day", "days"),
}  # fmt: skip


def words(reason: str, **parts: str | Words) -> Words:
    """A reason by name, its places filled."""
    pattern = _REASONS[reason]
    vi = {name: part.vi if isinstance(part, Words) else part for name, part in parts.items()}
    en = {name: part.en if isinstance(part, Words) else part for name, part in parts.items()}
    return Words(vi=pattern.vi.format(**vi), en=pattern.en.format(**en))


def value_words(value: object) -> Words:
    """A cell in words; an unknown value stays as it is, an empty one is a dash."""
    text = "–" if value is None else str(value)
    return _VALUES.get(text, Words(vi=text, en=text))


def column_words(column: str) -> Words:
    """A column's name in words."""
    return _COLUMNS.get(column, Words(vi=column, en=column))


def counted_words(count: int, table: str, lang: str) -> str:
    """So many rows of a table.

    >>> counted_words(1234, "orders", "vi"), counted_words(1, "orders", "en")
    ('1.234 đơn', '1 order')
    """
    vi, one, several = _NOUNS[table]
    return f"{number(count, lang)} {vi if lang == 'vi' else one if count == 1 else several}"


def measure_words(measure: Measure) -> Words:
    """What a measure counts, in words; a company's own measure is worded from its conditions."""
    successful = _SUCCESSFUL.fullmatch(measure.name)
    if successful:
        talk, fields = successful.groups()
        return Words(
            vi=f"Cuộc gọi nói từ {talk} giây, thu được từ {fields} thông tin",
            en=f"Calls with at least {talk} s of talk and {fields} collected field(s)",
        )
    return _MEASURES.get(measure.name) or _own_measure(measure)


def _own_measure(measure: Measure) -> Words:
    vi, _, en = _NOUNS[measure.table]
    column = column_words(measure.column)
    heads = {
        "count": Words(vi=f"Số {vi}", en=f"Number of {en}"), "sum": Words(vi=f"Tổng {column.vi}", en=f"Sum of {column.en}"),
        "max": Words(vi=f"{column.vi} cao nhất".capitalize(), en=f"Highest {column.en}"),
        "distinct": Words(vi=f"Số {column.vi} khác nhau", en=f"Number of different {column.en}s"),
    }
    head = heads[measure.kind] if measure.kind in heads else Words(vi=measure.name, en=measure.name)
    asked = [each for each in measure.where if each != _CUSTOMER_CALLS]
    vi_parts, en_parts = [needed(each).vi for each in asked], [needed(each).en for each in asked]
    return Words(vi=", ".join([head.vi, *vi_parts]), en=", ".join([head.en, *en_parts]))


_CUSTOMER_CALLS = Condition("direction", "in", ("in", "out"))


def needed(condition: Condition) -> Words:
    """A condition in words, as in "thời gian nói từ 30 giây trở lên"."""
    column, value = column_words(condition.column), condition.value
    if condition.operator in ("in", "not in"):
        listed = _listed(value)
        joins = ("", "") if condition.operator == "in" else ("không ", "not ")
        return Words(vi=f"{column.vi}: {joins[0]}{listed.vi}", en=f"{column.en}: {joins[1]}{listed.en}")
    if condition.operator == "known":
        return Words(vi=f"có {column.vi}", en=f"with {column.en}")
    if condition.operator == "<= column":
        other = column_words(str(value))
        return Words(vi=f"{column.vi} không sau {other.vi}", en=f"{column.en} not after {other.en}")
    vi, en = {">=": ("từ {} trở lên", "at least {}"), "<=": ("không quá {}", "at most {}"),
              ">": ("trên {}", "above {}"), "<": ("dưới {}", "below {}")}[condition.operator]  # fmt: skip
    return Words(vi=f"{column.vi} {vi.format(_bound(condition, 'vi'))}", en=f"{column.en} {en.format(_bound(condition, 'en'))}")


def _listed(values: object) -> Words:
    said = [value_words(value) for value in values] if isinstance(values, tuple) else []
    return Words(vi=", ".join(each.vi for each in said), en=", ".join(each.en for each in said))


def _bound(condition: Condition, lang: str) -> str:
    text = number(condition.value, lang) if isinstance(condition.value, int) else str(condition.value)
    if condition.column.endswith("_s"):
        return f"{text} giây" if lang == "vi" else f"{text} s"
    return f"{text} ₫" if condition.column.endswith("_vnd") else text


def failed(condition: Condition, row: Row) -> Words:
    """Why a row does not meet a condition: what it has, and what counts. Rows that fail alike get the same words."""
    cell = row.get(condition.column)
    if condition.operator == "<= column":
        return _not_in_order(condition.column, str(condition.value), known=cell is not None)
    return _failed(condition, cell if cell is None or condition.operator in ("in", "not in") else 0)


@cache
def _not_in_order(column: str, other: str, *, known: bool) -> Words:
    """Of two times the later one should not be, or one of them is empty."""
    if not known:
        return words("no_cell", column=column_words(column))
    first, second = column_words(column), column_words(other)
    return Words(vi=f"{first.vi} sau {second.vi}", en=f"{first.en} after {second.en}")


@cache
def _failed(condition: Condition, cell: object) -> Words:
    column = column_words(condition.column)
    if cell is None or condition.operator == "known":
        return words("no_cell", column=column)
    if condition.operator in ("in", "not in"):
        has = value_words(cell)
        listed = _listed(condition.value) if condition.operator == "in" else None
        vi, en = (f" (chỉ tính {listed.vi})", f" (counted: {listed.en})") if listed else ("", "")
        return Words(vi=f"{column.vi} là {has.vi}{vi}", en=f"{column.en} is {has.en}{en}")
    vi, en = {">=": ("dưới {}", "below {}"), "<=": ("trên {}", "above {}"),
              ">": ("không quá {}", "at most {}"), "<": ("từ {} trở lên", "at least {}")}[condition.operator]  # fmt: skip
    return Words(vi=f"{column.vi} {vi.format(_bound(condition, 'vi'))}", en=f"{column.en} {en.format(_bound(condition, 'en'))}")


_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(pattern), said) for pattern, said in (
    (r"sample (\d+) is under min_sample (\d+)", r"mới có \1 mẫu, cần ít nhất \2"),
    (r"(\S+) is not measured: ", r"\1 chưa đo được: "),
    (r"division by zero: (.+) is 0", r"chia cho 0: \1 bằng 0"),
    (r"does not apply: ", "không áp dụng: "),
    (r"no working day of the period counts towards targets", "không có ngày công nào tính cho chỉ tiêu"),
    (r"not employed on every working day of (\S+) and (\S+)", r"không làm đủ mọi ngày công của \1 và \2"),
    (r"lifts variable pay to the average of (\d+) closed run\(s\)", r"nâng lên mức trung bình của \1 kỳ đã đóng"),
    (r"variable pay is never below 0", "lương biến đổi không bao giờ âm"),
    (r"no closed run with a bonus share, so there is no guarantee line", "chưa có kỳ nào đã đóng nên chưa có khoản bảo đảm"),
    (r"(\S+) VND are carried to the next period", r"\1 VND chuyển sang kỳ sau"),
    (r"(\S+) VND is not taken back, because only a commission is", r"\1 VND không bị thu lại, vì chỉ hoa hồng mới bị thu lại"),
    (r"(\S+) VND is not settled here, because the agent is not in this run", r"\1 VND chưa xử lý vì nhân viên không có trong kỳ này"),
    (r"unmeasured$", "chưa đo được"),
))  # each English sentence of a run, as a pattern, with its Vietnamese  # fmt: skip
_AMOUNT = re.compile(r"([+-]?\d+) VND\b")  # -460000 VND
_NAME = re.compile(r"\b[a-z][a-z0-9_]*\b")  # revenue, answered_calls
_NOTHING = re.compile(r"no ([a-z_0-9]+(?: [-+] [a-z_0-9]+)*)$")  # "no counted_orders": the sample that is empty


def reason_words(reason: str, lang: str, titles: Mapping[str, Words] | None = None) -> str:
    """A reason or warning of a run in the language of the reader; runs hold them in English, with names for ``titles``.

    >>> reason_words("sample 2 is under min_sample 3", "vi")
    'mới có 2 mẫu, cần ít nhất 3'
    >>> reason_words("-460000 VND are carried to the next period", "vi")
    '-460.000 ₫ chuyển sang kỳ sau'
    >>> reason_words("no answered_calls", "vi", {"answered_calls": Words(vi="Cuộc gọi được trả lời", en="Answered calls")})
    'không có cuộc gọi được trả lời'
    """
    nothing = _NOTHING.search(reason)
    head, tail = (reason[: nothing.start()], nothing[1]) if nothing else (reason, "")
    if not nothing and not any(pattern.search(reason) for pattern, _ in _SENTENCES):
        return reason  # a warning about a file: names in it stand as they are written there
    if lang == "vi":
        for pattern, vietnamese in _SENTENCES:
            head = pattern.sub(vietnamese, head)
    said = _NAME.sub(lambda name: _said(name[0], lang, titles or {}), head)
    said = _AMOUNT.sub(lambda amount: f"{number(int(amount[1]), lang)} ₫", said)
    if not tail:
        return said
    names = [_said(part, lang, titles or {}) for part in re.split(r" [-+] ", tail)]
    return said + ("không có " if lang == "vi" else "no ") + (" và " if lang == "vi" else " and ").join(names)


def _said(name: str, lang: str, titles: Mapping[str, Words]) -> str:
    return lowered(titles[name].vi if lang == "vi" else titles[name].en) if name in titles else name


def lowered(title: str) -> str:
    """A title inside a sentence; abbreviations stay as they are.

    >>> lowered("Doanh thu"), lowered("NPS")
    ('doanh thu', 'NPS')
    """
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
