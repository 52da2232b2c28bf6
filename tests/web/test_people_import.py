"""People from a file: read with Vietnamese headers, shown before anything is written, written once however often it is sent."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chot.people.models import AgentRow, AuditEntry, User

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
HEAD = ["Mã NV", "Họ tên", "Phòng", "Lương cơ bản", "Ngày vào làm"]


def _book(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _sent(client: Client, content: bytes, day: str = "2026-11-03", name: str = "nhan-su.xlsx") -> str:
    answer = client.post("/people/import", {"day": day, "file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


@pytest.fixture
def book(db: None) -> bytes:
    AgentRow.objects.create(agent_id="z1", name="Lê Thu Hà", team_id="t-a", base_pay_vnd=6_000_000, hired_on="2026-01-05", valid_from="2026-01-05")
    return _book([
        HEAD,
        ["z1", "Lê Thu Hà", "t-b", 6_500_000, date(2026, 1, 5)],
        ["z2", "Ngô Văn Minh", "t-a", 5_000_000, date(2026, 11, 2)],
        ["z3", "", "t-a", 5_000_000, date(2026, 11, 2)],
        ["z2", "Người trùng số", "t-a", 5_000_000, date(2026, 11, 2)],
        ["z4", "Trần An", "t-a", "nhiều", date(2026, 11, 2)],
    ])  # fmt: skip



def _taken_once(client: Client, manager: Client, sealed: str, username: str, password: str) -> None:
    """Whoever made the passwords takes them along one time; they are in no audit entry."""
    assert password not in sealed
    assert manager.post("/people/import/first-passwords", {"sealed": sealed}).status_code == 403
    assert client.post("/people/import/first-passwords", {"sealed": sealed[:-4] + "AAAA"}).status_code == 302
    taken = client.post("/people/import/first-passwords", {"sealed": sealed})
    assert taken.content.decode("utf-8-sig").splitlines()[1].split(",")[1:] == [username, password]
    assert taken.headers["Cache-Control"] == "no-store"
    assert client.post("/people/import/first-passwords", {"sealed": sealed}).status_code == 302
    entry = AuditEntry.objects.get(action="account.passwords_taken")
    assert entry.after == {"accounts": [username]}


def test_a_file_is_shown_before_it_is_written(sign_in: SignIn, book: bytes) -> None:
    client, rows = sign_in("manager"), AgentRow.objects.count()
    page = client.get(_sent(client, book))
    text = page.content.decode()
    assert page.context["numbers"] == {"new": 1, "changed": 1, "left": 0, "same": 0}
    assert [problem.line for problem in page.context["problems"]] == [4, 5, 6]
    assert "Ngô Văn Minh" in text
    assert AgentRow.objects.count() == rows


def test_valid_rows_are_written_once_and_by_date(sign_in: SignIn, book: bytes) -> None:
    client = sign_in("manager")
    place = _sent(client, book)
    assert client.post(place, {"does": "apply"}).status_code == 200
    spans = AgentRow.objects.filter(agent_id="z1").order_by("valid_from").values_list("team_id", "base_pay_vnd", "valid_from", "valid_to")
    assert list(spans) == [
        ("t-a", 6_000_000, date(2026, 1, 5), date(2026, 11, 3)),
        ("t-b", 6_500_000, date(2026, 11, 3), None),
    ]
    assert AgentRow.objects.get(agent_id="z2").valid_from == date(2026, 11, 2)
    assert not AgentRow.objects.filter(agent_id__in=["z3", "z4"]).exists()
    entries, rows = AuditEntry.objects.count(), AgentRow.objects.count()
    again = client.post(place, {"does": "apply"})
    assert again.context["numbers"] == {"new": 0, "changed": 0, "left": 0, "same": 2}
    assert AgentRow.objects.count() == rows
    assert AuditEntry.objects.count() == entries + 1  # that it was tried, and nothing else


def test_rows_left_out_can_be_taken_along(sign_in: SignIn, book: bytes) -> None:
    client = sign_in("manager")
    place = _sent(client, book)
    lines = client.post(f"{place}/skipped").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["4", "5", "6"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_comes_back_and_changes_nothing(sign_in: SignIn, kind: str) -> None:
    client = sign_in("manager")
    content = client.get(f"/people/export.{kind}?show=all").content
    page = client.get(_sent(client, content, name=f"people.{kind}"))
    assert list(page.context["problems"]) == []
    assert page.context["numbers"]["same"] > 10
    assert page.context["changing"] == 0


def test_base_pay_stays_without_the_right_to_set_it(sign_in: SignIn, book: bytes) -> None:
    client = sign_in("admin")
    client.post(_sent(client, book), {"does": "apply"})
    assert AgentRow.objects.get(agent_id="z2").base_pay_vnd is None
    assert AgentRow.objects.get(agent_id="z1", valid_to=None).base_pay_vnd == 6_000_000


def test_first_passwords_are_shown_once(sign_in: SignIn, book: bytes) -> None:
    client = sign_in("admin")
    place = _sent(client, book)
    made = client.post(place, {"does": "apply", "accounts": "1"})
    [(account, password)] = made.context["accounts"]
    assert User.objects.get(agent_id="z2") == account
    assert account.check_password(password)
    assert account.temporary_password
    assert made.headers["Cache-Control"] == "no-store"
    _taken_once(client, sign_in("manager"), made.context["sealed"], account.username, password)
    assert password not in client.post(place, {"does": "apply", "accounts": "1"}).content.decode()
    assert password not in str(list(AuditEntry.objects.values_list("after", flat=True)))


def test_a_file_is_its_senders_alone(sign_in: SignIn, book: bytes) -> None:
    place = _sent(sign_in("manager"), book)
    assert sign_in("admin").get(place).status_code == 404
    assert sign_in("manager").get("/people/import/forged").status_code == 404


def test_what_is_no_table_is_refused(sign_in: SignIn) -> None:
    answer = sign_in("manager").post("/people/import", {"day": "2026-11-03", "file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04broken")})
    assert answer.status_code == 422
