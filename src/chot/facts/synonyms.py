"""What people call the columns and values of the contract, in Vietnamese and English; compared without accents.

Data, not rules: earlier names of a column are the likelier ones. Names are separated by ``|``.
"""

from __future__ import annotations

from collections.abc import Mapping

from chot.core.text import key
from chot.kpi.schema import TABLES

_SHARED = {
    "agent_id": "agent id|mã nhân viên|mã nv|mã số nhân viên|msnv|mnv|mã điện thoại viên|mã tổng đài viên|mã agent|mã sale|employee id|"
    "staff id|"
    "user id|agent|ext|extension|số máy lẻ|máy lẻ|số nội bộ|username|tên đăng nhập|nhân viên|nv|nhân viên phụ trách|nhân viên tư vấn|"
    "nhân viên kinh doanh|nvkd|nhân viên bán hàng|nvbh|nhân viên telesale|telesale|telesales|sale|sales|salesperson|sales rep|seller|"
    "người bán|"
    "điện thoại viên|đtv|tổng đài viên|tđv|tư vấn viên|tvv|người phụ trách|phụ trách|người xử lý|nhân viên xử lý|employee|staff|user|"
    "owner|"
    "assigned to|assignee|ctv",
    "customer_id": "customer id|mã khách hàng|mã kh|makh|client id|contact id|số điện thoại|sđt|sdt|số đt|điện thoại|"
    "số điện thoại khách hàng|"
    "sđt khách hàng|sđt kh|số khách hàng|phone|phone number|mobile|customer phone|số thuê bao|khách hàng|customer",
    "team_id": "team id|mã nhóm|mã đội|nhóm|đội|tổ|team|bộ phận|phòng|phòng ban|department|call center|call centre|chi nhánh|trung tâm",
    "call_id": "call id|mã cuộc gọi|id cuộc gọi|uniqueid|unique id|linkedid|call uuid|mã cuộc|mã ghi âm",
    "product": "product|sản phẩm|tên sản phẩm|mặt hàng|tên hàng|tên hàng hóa|gói cước|dịch vụ|mã sản phẩm|sku",
    "campaign_id": "campaign id|mã chiến dịch|chiến dịch|campaign|tên chiến dịch",
    "queue_id": "queue id|hàng đợi|queue|queue name|nhánh|đầu số nhánh|skill",
}

_OWN = {
    "agents": {
        "name": "name|họ tên|họ và tên|tên nhân viên|tên|full name|họ tên nhân viên|fullname",
        "role": "role|vai trò|chức vụ|chức danh|vị trí|position|title|role in plans|vai trò trong kế hoạch",
        "hired_on": "hired on|ngày vào làm|ngày vào|ngày bắt đầu làm việc|ngày nhận việc|start date|hire date|hired|ngày ký hợp đồng|"
        "ngày gia nhập|first day",
        "left_on": "left on|ngày nghỉ việc|ngày thôi việc|ngày nghỉ|end date|termination date|ngày kết thúc|last day|"
        "ngày cuối làm việc",
        "base_pay_vnd": "base pay vnd|lương cơ bản|lương cứng|lương cb|base salary|base pay|lương|mức lương",
        "wage_region": "wage region|vùng lương|vùng|vùng lương tối thiểu|region",
        "valid_from": "valid from|hiệu lực từ|từ ngày|ngày hiệu lực|áp dụng từ",
        "valid_to": "valid to|hiệu lực đến|đến ngày|áp dụng đến|ngày hết hiệu lực",
    },
    "calls": {
        "call_id": "id|mã|stt cuộc gọi",
        "direction": "direction|chiều gọi|hướng gọi|hướng|loại cuộc gọi|chiều|call direction|call type|kiểu cuộc gọi|hướng cuộc gọi|"
        "chiều cuộc gọi",
        "started_at": "started at|thời gian bắt đầu|thời điểm gọi|thời gian gọi|bắt đầu|bắt đầu lúc|ngày giờ gọi|ngày gọi|giờ bắt đầu|"
        "thời gian|start time|"
        "call time|call date|calldate|call timestamp|start|ngày|date|timestamp|ngày giờ|thời điểm",
        "answered_at": "answered at|thời gian trả lời|thời gian bắt máy|bắt máy lúc|giờ nghe máy|answer time|answer|thời điểm trả lời",
        "ended_at": "ended at|thời gian kết thúc|kết thúc|giờ kết thúc|end time|end|thời điểm kết thúc|kết thúc lúc",
        "ring_s": "ring s|thời gian đổ chuông|đổ chuông|ring time|ringing|thời gian chuông",
        "wait_s": "wait s|thời gian chờ|chờ|wait time|waiting time|hold time in queue|thời gian chờ máy|queue time|asa",
        "talk_s": "talk s|thời gian đàm thoại|đàm thoại|thời lượng đàm thoại|thời gian nói chuyện|thời gian nghe|talk time|talktime|"
        "billsec|thời lượng|"
        "thời lượng gọi|thời lượng cuộc gọi|call duration|duration|call duration in minutes|call duration in seconds|conversation time",
        "hold_s": "hold s|thời gian giữ máy|giữ máy|hold time|hold",
        "wrap_s": "wrap s|thời gian sau cuộc gọi|xử lý sau cuộc gọi|wrap up|wrap time|wrapup|acw|after call work",
        "outcome": "outcome|kết quả cuộc gọi|trạng thái cuộc gọi|trạng thái|tình trạng|kết quả gọi|kết quả|call status|status|"
        "call result|result|trạng thái gọi",
        "hangup_by": "hangup by|bên gác máy|gác máy|người gác máy|bên cúp máy|kết thúc bởi|hangup|ended by|bên ngắt|bên kết thúc",
        "disposition": "disposition|phân loại|nhu cầu|kết quả tư vấn|phản hồi|phản hồi khách hàng|mã kết quả|kết luận|wrap code|"
        "tình trạng khách hàng",
        "fields_collected": "fields collected|số trường thu thập|số thông tin thu thập|số trường|số thông tin",
        "charge_vnd": "charge vnd|cước|cước phí|phí gọi|chi phí|tiền cước|cost|charge|phí cuộc gọi",
        "line_id": "line id|đầu số|số tổng đài|hotline|trunk|line|số gọi ra|did",
    },
    "leads": {
        "lead_id": "lead id|mã lead|mã data|mã cơ hội|mã khách tiềm năng|id lead|id",
        "assigned_at": "assigned at|ngày giao|ngày phân bổ|ngày chia|ngày chia data|thời gian giao|ngày phân công|ngày nhận data|"
        "assign date|assigned date|"
        "ngày nhận|ngày tạo|created at|created date",
        "stage": "stage|giai đoạn|trạng thái|tình trạng|trạng thái lead|lead status|status|bước",
        "stage_at": "stage at|ngày cập nhật|cập nhật lúc|thời gian cập nhật|updated at|last modified|ngày chuyển giai đoạn",
        "best_stage": "best stage|giai đoạn cao nhất|giai đoạn xa nhất",
    },
    "orders": {
        "order_id": "order id|mã đơn hàng|mã đơn|số đơn hàng|mã đh|mã hóa đơn|số hóa đơn|số đơn|mã vận đơn|mã hợp đồng|số hợp đồng|"
        "order no|order number|"
        "invoice no|id đơn hàng|order code|id",
        "ordered_at": "ordered at|ngày đặt hàng|ngày đặt|ngày đơn hàng|ngày bán|ngày mua|ngày lên đơn|ngày chốt|ngày chốt đơn|"
        "ngày hóa đơn|thời gian đặt hàng|"
        "thời gian đặt|ngày tạo đơn|ngày tạo|order date|order time|purchase date|created at|ngày chứng từ|ngày ký|thời gian tạo|ngày|"
        "date",
        "status": "status|trạng thái|trạng thái đơn hàng|trạng thái đơn|tình trạng|tình trạng đơn hàng|tình trạng đơn|order status|"
        "trạng thái giao hàng",
        "status_at": "status at|ngày cập nhật trạng thái|ngày cập nhật|cập nhật lúc|ngày giao hàng|ngày giao|ngày hoàn thành|updated at|"
        "status date",
        "amount_vnd": "amount vnd|thành tiền|doanh số|doanh thu|số tiền|tổng tiền|tổng thanh toán|giá trị đơn hàng|giá trị|tổng giá trị|"
        "thực thu|tiền hàng|"
        "tổng cộng|amount|total|revenue|total amount|order value|giá trị hợp đồng|tổng tiền hàng|thanh toán|sales amount",
        "quantity": "quantity|số lượng|sl|qty|số lượng bán",
    },
    "tickets": {
        "ticket_id": "ticket id|mã phiếu|mã yêu cầu|mã ticket|số phiếu|mã khiếu nại|mã sự vụ|ticket|ticket no|case id|case number|"
        "mã hỗ trợ|id",
        "opened_at": "opened at|ngày tạo|thời gian tạo|ngày mở|ngày tiếp nhận|thời gian tiếp nhận|ngày nhận|created at|open date|"
        "created date|opened",
        "due_at": "due at|hạn xử lý|thời hạn|hạn|hạn chót|deadline|due date|sla|ngày hẹn|ngày đến hạn|hạn hoàn thành",
        "done_at": "done at|ngày hoàn thành|ngày đóng|ngày xử lý xong|thời gian hoàn thành|ngày kết thúc|thời gian đóng|closed at|"
        "resolved at|close date|done date",
        "status": "status|trạng thái|tình trạng|trạng thái phiếu|tình trạng xử lý|ticket status",
        "reopened": "reopened|mở lại|bị mở lại|reopen|đã mở lại",
    },
    "surveys": {
        "survey_id": "survey id|mã khảo sát|mã đánh giá|id khảo sát|id",
        "kind": "kind|loại khảo sát|loại|hình thức|survey type|type",
        "score": "score|điểm|điểm đánh giá|số sao|đánh giá|mức độ hài lòng|điểm hài lòng|rating|csat|csat score|nps|nps score|ces",
        "answered_at": "answered at|ngày trả lời|ngày khảo sát|thời gian đánh giá|ngày đánh giá|thời gian trả lời|survey date|"
        "response date|thời gian|ngày|date",
    },
    "reviews": {
        "review_id": "review id|mã phiếu chấm|mã chấm điểm|mã đánh giá|id phiếu|id",
        "score_bp": "score bp|điểm chất lượng|điểm qa|điểm qc|điểm|tổng điểm|điểm số|quality score|qa score|score",
        "auto_fail": "auto fail|lỗi nghiêm trọng|lỗi điểm liệt|điểm liệt|lỗi loại trực tiếp|fatal|fatal error|liệt",
        "final": "final|chính thức|đã chốt|chốt|kết luận cuối|phiếu chính thức",
        "reviewed_at": "reviewed at|ngày chấm|ngày chấm điểm|ngày đánh giá|thời gian chấm|review date|qa date|ngày|date",
    },
    "exams": {
        "exam_id": "exam id|mã bài thi|mã kỳ thi|mã thi|id",
        "taken_at": "taken at|ngày thi|thời gian thi|ngày kiểm tra|exam date|test date|ngày|date",
        "score_bp": "score bp|điểm thi|điểm|kết quả|điểm số|exam score|score|test score",
    },
    "workdays": {
        "date": "date|ngày|ngày công|ngày làm việc|ngày làm|work date|ngày chấm công",
        "scheduled_s": "scheduled s|giờ theo ca|giờ công chuẩn|số giờ theo lịch|thời gian theo ca|giờ kế hoạch|giờ lịch|scheduled|"
        "scheduled hours|giờ ca",
        "worked_s": "worked s|giờ làm thực tế|giờ thực tế|số giờ làm|giờ làm|giờ công|giờ công thực tế|thời gian làm việc|worked|"
        "worked hours|login time|"
        "thời gian đăng nhập",
        "pause_s": "pause s|thời gian nghỉ giữa ca|thời gian tạm nghỉ|tạm nghỉ|nghỉ giữa ca|pause|pause time|break|break time|giờ nghỉ",
        "leave": "leave|loại nghỉ|nghỉ phép|lý do nghỉ|phép|leave type|nghỉ|loại phép",
    },
}

_VALUES = {
    "direction": {
        "in": "in|gọi vào|cuộc gọi vào|gọi đến|vào|đến|inbound|incoming|gọi nhận",
        "out": "out|gọi ra|cuộc gọi ra|gọi đi|ra|đi|outbound|outgoing",
        "internal": "internal|nội bộ|gọi nội bộ|local",
    },
    "outcome": {
        "answered": "answered|nghe máy|trả lời|đã trả lời|thành công|có nghe máy|đã nghe|kết nối|đã kết nối|gặp|bắt máy|answer|"
        "connected|success|completed",
        "no_answer": "no answer|không nghe|không nghe máy|không trả lời|nhỡ|gọi nhỡ|cuộc gọi nhỡ|không bắt máy|missed|noanswer|"
        "unanswered|không gặp|knm",
        "busy": "busy|máy bận|bận|đang bận|số máy bận",
        "failed": "failed|lỗi|thất bại|không thành công|không liên lạc được|thuê bao|số sai|sai số|số không đúng|congestion|error|"
        "tắt máy",
        "cancelled": "cancelled|canceled|đã hủy|đã huỷ|hủy|huỷ|cancel|hủy cuộc gọi",
        "abandoned": "abandoned|khách bỏ|khách cúp máy|rời hàng đợi|bỏ cuộc|bỏ máy|khách gác máy khi chờ|abandon",
        "voicemail": "voicemail|hộp thư thoại|để lại lời nhắn|thư thoại",
    },
    "hangup_by": {
        "agent": "agent|nhân viên|điện thoại viên|tổng đài viên",
        "customer": "customer|khách hàng|khách|kh|caller",
        "system": "system|hệ thống|tổng đài",
    },
    "disposition": {
        "interested": "interested|quan tâm|có nhu cầu|tiềm năng|có quan tâm",
        "callback": "callback|hẹn gọi lại|gọi lại|gọi lại sau|hẹn|call back",
    },
    "stage": {
        "new": "new|mới|chưa gọi|chưa liên hệ|data mới|chưa xử lý",
        "contacted": "contacted|đã liên hệ|đã gọi|đang chăm sóc|đã tiếp cận|đang tư vấn",
        "interested": "interested|quan tâm|tiềm năng|có nhu cầu|cơ hội",
        "trial": "trial|dùng thử|đang dùng thử|học thử|trải nghiệm",
        "won": "won|thành công|chốt|đã chốt|đã mua|chốt đơn|thắng|đã ký hợp đồng",
        "lost": "lost|thất bại|từ chối|không nhu cầu|không có nhu cầu|không quan tâm|mất|hủy",
    },
    "orders.status": {
        "pending": "pending|chờ xử lý|đang chờ|chờ xác nhận|mới|nháp|chờ|đơn mới|new|đang xử lý|chờ duyệt|processing|chờ thanh toán",
        "confirmed": "confirmed|đã xác nhận|xác nhận|đã chốt|đang giao|đang giao hàng|đã gửi hàng|shipping|chờ giao hàng|đã duyệt|"
        "đang vận chuyển",
        "completed": "completed|hoàn thành|hoàn tất|thành công|đã giao|giao thành công|đã giao hàng|đã thanh toán|delivered|paid|done|"
        "đã hoàn thành",
        "returned": "returned|hoàn hàng|trả hàng|hoàn|đã hoàn|chuyển hoàn|đã trả hàng|hoàn trả|đổi trả|hoàn tiền|refunded|return",
        "cancelled": "cancelled|canceled|hủy|huỷ|đã hủy|đã huỷ|hủy đơn|huỷ đơn|khách hủy|cancel|thất bại|giao thất bại",
    },
    "tickets.status": {
        "open": "open|đang mở|mới|đang xử lý|chờ xử lý|chưa xử lý|new|in progress|pending|mở|đang chờ",
        "done": "done|hoàn thành|đã xử lý|đã đóng|đóng|xong|closed|resolved|hoàn tất|đã giải quyết",
        "cancelled": "cancelled|canceled|hủy|đã hủy|huỷ|đã huỷ|cancel",
    },
    "kind": {"csat": "csat|hài lòng|sao|mức độ hài lòng|khảo sát hài lòng", "nps": "nps|giới thiệu", "ces": "ces|nỗ lực"},
    "leave": {
        "none": "none|không|đi làm|làm việc|không nghỉ|x",
        "annual": "annual|phép|nghỉ phép|phép năm|nghỉ phép năm|p|annual leave",
        "sick": "sick|ốm|nghỉ ốm|bệnh|nghỉ bệnh|sick leave",
        "maternity": "maternity|thai sản|nghỉ thai sản|ts",
        "holiday": "holiday|lễ|nghỉ lễ|lễ tết|tết|nghỉ tết",
        "unpaid": "unpaid|không lương|nghỉ không lương|nghỉ không phép|kp|ko",
    },
    "wage_region": {"I": "i|1|vùng 1|vùng i", "II": "ii|2|vùng 2|vùng ii", "III": "iii|3|vùng 3|vùng iii", "IV": "iv|4|vùng 4|vùng iv"},
}


def _keys(names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key(name) for name in names.split("|")))


def _headers() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for table in TABLES.values():
        own = _OWN[table.name]
        found[table.name] = {
            name: tuple(dict.fromkeys((key(name), *_keys(own.get(name, "")), *_keys(_SHARED.get(name, ""))))) for name in table.names
        }
    return {table: {name: tuple(filter(None, keys)) for name, keys in columns.items()} for table, columns in found.items()}


HEADERS: Mapping[str, Mapping[str, tuple[str, ...]]] = _headers()
"""Table -> column -> its names as keys (``core.text.key``), the likeliest first."""


def values_of(table: str, column: str) -> Mapping[str, str]:
    """The contract's words by what people write for them, as keys.

    >>> values_of("orders", "status")["hoan_hang"], values_of("calls", "direction")["goi_ra"]
    ('returned', 'out')
    """
    column = "stage" if column == "best_stage" else column
    words = _VALUES.get(f"{table}.{column}") or _VALUES.get(column, {})
    return {name: target for target, names in words.items() for name in _keys(names)}
