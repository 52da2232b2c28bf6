"""What the demo company knows of its customers beside the facts: sources, tags, consent, notes, tasks, lines of orders, requests."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta

from django.db import connection, transaction

from chot.core import clock
from chot.customers.actions_requests import receive
from chot.customers.models import Consent, Customer, CustomField, DoNotCall, Note, Order, OrderItem, Tag, Task
from chot.customers.models_contact import Channel, Purpose
from chot.people.models import User

_STREETS = ("Nguyễn Trãi", "Lê Lợi", "Trần Hưng Đạo", "Hai Bà Trưng", "Phan Đình Phùng", "Lý Thường Kiệt", "Quang Trung")
_PLACES = ("Hà Nội", "TP. Hồ Chí Minh", "Đà Nẵng", "Hải Phòng", "Cần Thơ", "Bắc Ninh", "Đồng Nai", "Nghệ An", "Thanh Hóa", "Lâm Đồng")
_SOURCES = ("Facebook", "Website", "Hội chợ", "Khách giới thiệu", "Zalo OA", "Tổng đài gọi đến")
_TAGS = ("VIP", "Khách cũ", "Mua sỉ", "Hay đổi trả", "Thích gọi buổi chiều")
_NOTES = (
    "Khách muốn nghe lại bảng giá, hẹn gọi sau giờ làm.",
    "Đang dùng sản phẩm bên khác, hết hạn tháng sau.",
    "Nhờ gửi thông tin qua Zalo trước.",
    "Nhà có con nhỏ, tránh gọi buổi trưa.",
    "Hỏi về bảo hành, đã giải thích xong.",
    "Đã chốt giá, chờ hỏi ý kiến gia đình.",
    "Khách khen giao hàng nhanh.",
    "Số máy phụ là của vợ, gọi được cả hai.",
    "Muốn đổi địa chỉ giao hàng sang cơ quan.",
)
_TASKS = ("Gọi lại theo hẹn", "Gửi báo giá qua Zalo", "Hỏi thăm sau khi nhận hàng", "Nhắc gia hạn gói", "Xác nhận địa chỉ giao hàng")
_LEADS = ("Tư vấn gói mới", "Hỏi giá qua website", "Khách hội chợ", "Nâng cấp gói đang dùng", "Khách cũ giới thiệu")
_TICKETS = ("Đổi trả sản phẩm", "Chưa nhận được hàng", "Hỏi về hóa đơn", "Kích hoạt bảo hành", "Khiếu nại phí giao hàng", "Hỏi cách dùng")


@transaction.atomic
def load_customers() -> None:
    """Once, for the customers whom the running month names; nothing without them."""
    if Tag.objects.exists() or not Customer.objects.exists():
        return
    chance, now = random.Random(7), clock.now()  # noqa: S311 - a demo that repeats
    CustomField.objects.create(key="hang_khach", label="Hạng khách", kind="choice", choices=["Vàng", "Bạc", "Mới"], rank=1)
    CustomField.objects.create(key="gio_goi", label="Giờ tiện gọi", kind="text", rank=2)
    rows = list(Customer.objects.order_by("pk")[:30_000])
    _plain(rows, chance)
    _tags(rows, chance)
    _consents(rows, chance, now)
    _words(rows, chance, now)
    _titles()
    _items()
    _requests(rows, now)


def _plain(rows: list[Customer], chance: random.Random) -> None:
    for row in rows:
        row.source = chance.choice(_SOURCES)
        if chance.random() < 0.6:
            row.address = f"{chance.randint(1, 320)} {chance.choice(_STREETS)}, {chance.choice(_PLACES)}"
        if chance.random() < 0.25:
            given = row.search_name.split()
            row.email = f"{given[-1]}.{given[0]}{row.pk}@example.com"
        if chance.random() < 0.3:
            row.fields = {"hang_khach": chance.choice(["Vàng", "Bạc", "Mới", "Mới"])}
    columns = [[row.pk for row in rows], *([getattr(row, name) for row in rows] for name in ("source", "address", "email"))]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET source = given.source, address = given.address, email = given.email,"
            " fields = given.fields::jsonb"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS given(id, source, address, email, fields)"
            " WHERE customers_customer.id = given.id", [*columns, [json.dumps(row.fields) for row in rows]],
        )  # fmt: skip


def _tags(rows: list[Customer], chance: random.Random) -> None:
    for name in _TAGS:
        Tag(name=name).save()
    keys, through = list(Tag.objects.values_list("pk", flat=True)), Customer.tags.through
    pairs = [through(customer_id=row.pk, tag_id=chance.choice(keys)) for row in rows if chance.random() < 0.15]
    through._default_manager.bulk_create(pairs, batch_size=5000)


def _consents(rows: list[Customer], chance: random.Random, now: datetime) -> None:
    ways = [(Consent.How.FORM, "Biểu mẫu đăng ký"), (Consent.How.CALL, "Cuộc gọi có ghi âm"), (Consent.How.MESSAGE, "Tin nhắn Zalo OA")]
    lines = []
    for row in rows:
        (how, proof), at = chance.choice(ways), now - timedelta(days=chance.randint(40, 400), minutes=chance.randint(0, 600))
        common = {"customer": row, "how": how, "proof": f"{proof} {row.customer_id}", "noted_at": at, "at": at}
        lines.append(Consent(purpose=Purpose.CARE, channel=Channel.ANY, given=True, **common))
        if chance.random() < 0.72:
            lines.append(Consent(purpose=Purpose.ADVERTISING, channel=Channel.CALL, given=chance.random() < 0.95, **common))
        if chance.random() < 0.5:
            lines.append(Consent(purpose=Purpose.RECORDING, channel=Channel.CALL, given=True, **common))
    Consent.objects.bulk_create(lines, batch_size=5000)
    spared = chance.sample(rows, min(len(rows) // 100 + 1, 40))
    DoNotCall.objects.bulk_create(
        DoNotCall(customer=row, scope="advertising", source="customer", reason="Khách yêu cầu không gọi quảng cáo", noted_at=now)
        for row in spared
    )


def _words(rows: list[Customer], chance: random.Random, now: datetime) -> None:
    owned = [row for row in rows if row.owner]
    users = {user.agent_id: user for user in User.objects.exclude(agent_id="")}
    Note.objects.bulk_create(
        Note(customer=row, text=chance.choice(_NOTES), by=users.get(row.owner), at=now - timedelta(minutes=chance.randint(5, 40_000)))
        for row in chance.sample(owned, min(len(owned), 1_500))
    )
    Task.objects.bulk_create(
        Task(
            customer=row, agent_id=row.owner, title=chance.choice(_TASKS), due_at=now + timedelta(hours=chance.randint(-30, 100)),
            made_at=now - timedelta(hours=chance.randint(31, 90)),
        )
        for row in chance.sample(owned, min(len(owned), 160))
    )  # fmt: skip


def _titles() -> None:
    """What leads and tickets are about; the facts know no such words, so nothing else of a row changes."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_lead SET title = (%s::text[])[1 + id %% %s]", [list(_LEADS), len(_LEADS)])
        cursor.execute("UPDATE customers_ticket SET title = (%s::text[])[1 + id %% %s]", [list(_TICKETS), len(_TICKETS)])


def _items() -> None:
    """The line of each order whose amount its quantity divides."""
    rows = Order.objects.exclude(product="").filter(amount_vnd__gt=0).values_list("pk", "product", "quantity", "amount_vnd")
    found = [(pk, product, quantity or 1, amount or 0) for pk, product, quantity, amount in rows]
    OrderItem.objects.bulk_create(
        (
            OrderItem(order_id=pk, product=product, quantity=quantity, price_vnd=amount // quantity)
            for pk, product, quantity, amount in found
            if amount % quantity == 0
        ),
        batch_size=5000,
    )


def _requests(rows: list[Customer], now: datetime) -> None:
    manager = User.objects.get(username="manager")
    asked = [("access", 2, "Email"), ("correct", 6, "Cuộc gọi đến"), ("withdraw", 9, "Tin nhắn Zalo OA"), ("delete", 17, "Thư gửi công ty")]
    for (kind, days, how), row in zip(asked, rows[5::97], strict=False):
        receive(row, kind, now - timedelta(days=days), how, "", by=manager, address=None)
