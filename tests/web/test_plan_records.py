"""Consultation and publication of a plan, reminders, and the proof of who read what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from chot.core import clock
from chot.people.models import AuditEntry, Notification, User
from chot.people.signing import signature
from chot.performance import actions, plan_guards
from chot.performance.actions_records import add_record, void_record
from chot.performance.actions_reminders import remind_everyone
from chot.performance.models import Acknowledgement, PlanRecord, PlanVersion
from chot.performance.plan_changes import changes
from chot.performance.queries_records import consulted_on
from chot.performance.workplace import read_plan

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
HELD = {"kind": "consulted", "on": "2026-09-10", "place": "Phòng họp tầng 3", "who": "Công đoàn cơ sở: Trần Văn Bình"}


@pytest.fixture
def telesale() -> PlanVersion:
    return PlanVersion.objects.filter(plan_id__startswith="telesale", state="announced").latest("starts")


@pytest.fixture
def given(telesale: PlanVersion, agent: str) -> Acknowledgement:
    """The agent has still to answer, everyone else has answered."""
    telesale.acknowledgements.update(state="agreed", answered_at=clock.now())
    telesale.acknowledgements.filter(agent_id=agent).update(state="sent", answered_at=None, sent_at=clock.now() - timedelta(days=3))
    Notification.objects.all().delete()
    return telesale.acknowledgements.get(agent_id=agent)


def l3(saved: PlanVersion) -> list[str]:
    return [each["severity"] for each in plan_guards.findings(read_plan(saved.text)) if each["code"] == "L3"]


def test_a_recorded_consultation_satisfies_the_guard_until_it_is_voided(telesale: PlanVersion, sign_in: SignIn) -> None:
    assert l3(telesale) == ["note"] and consulted_on(telesale.plan_id) is None
    client = sign_in("manager")
    minutes = SimpleUploadedFile("bien-ban.pdf", b"%PDF-1.7 signed")
    answer = client.post(f"/plans/{telesale.pk}/records", {**HELD, "file": minutes, "on": str(read_plan(telesale.text).announced)})
    assert answer.status_code == 302
    found = PlanRecord.objects.get()
    assert (found.plan_id, found.place, found.file_name) == (telesale.plan_id, "Phòng họp tầng 3", "bien-ban.pdf")
    assert l3(telesale) == [] and consulted_on(telesale.plan_id) == found.on
    file = client.get(f"/plans/records/{found.pk}/minutes")
    assert b"".join(file) == b"%PDF-1.7 signed" and file.headers["Content-Disposition"].startswith("attachment")  # type: ignore[arg-type]
    assert AuditEntry.objects.latest("pk").action == "plan.recorded"
    client.post(f"/plans/records/{found.pk}/void", {"why": " "})
    assert l3(telesale) == []
    client.post(f"/plans/records/{found.pk}/void", {"why": "Sai ngày"})
    assert l3(telesale) == ["note"]
    assert "Sai ngày" in client.get(f"/plans/{telesale.pk}/records").content.decode()


def test_consulted_after_publication_is_a_warning(telesale: PlanVersion) -> None:
    announced = read_plan(telesale.text).announced
    assert announced
    add_record(telesale.plan_id, "consulted", on=announced + timedelta(days=1), place="A", by=User.objects.get(username="manager"))
    assert l3(telesale) == ["warning"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"who": ""}, "who"), ({"minutes": ""}, "minutes"), ({"on": "2026-11-04"}, "on"), ({"place": ""}, "place"),
        ({"file": SimpleUploadedFile("bien-ban.pdf", b"MZ not a pdf")}, "file"), ({"file": SimpleUploadedFile("a.exe", b"%PDF-")}, "file"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(telesale: PlanVersion, sign_in: SignIn, given: dict[str, Any], field: str) -> None:
    page = sign_in("manager").post(f"/plans/{telesale.pk}/records", {**HELD, "minutes": "Đồng ý", **given})
    assert page.status_code == 422 and list(page.context["form"].errors) == [field]
    assert not PlanRecord.objects.exists()


def test_the_same_record_twice_is_one_and_only_managers_record(telesale: PlanVersion, sign_in: SignIn) -> None:
    sent = {**HELD, "minutes": "Đồng ý"}
    for _again in range(2):
        assert sign_in("manager").post(f"/plans/{telesale.pk}/records", sent).status_code == 302
    assert PlanRecord.objects.count() == 1
    assert sign_in("payroll").get(f"/plans/{telesale.pk}/records").status_code == 200
    assert sign_in("payroll").post(f"/plans/{telesale.pk}/records", {**sent, "place": "B"}).status_code == 403
    void_record(PlanRecord.objects.get(), "Sai", by=User.objects.get(username="manager"))
    sign_in("manager").post(f"/plans/{telesale.pk}/records", sent)
    assert PlanRecord.objects.count() == 2


def test_a_record_without_a_file_has_none_to_fetch(telesale: PlanVersion, sign_in: SignIn) -> None:
    made = add_record(telesale.plan_id, "published", on=date(2026, 9, 20), place="Bảng tin", by=User.objects.get(username="manager"))
    assert sign_in("manager").get(f"/plans/records/{made.pk}/minutes").status_code == 404
    assert made.file_hash == ""


def test_reminders_come_once_a_day_until_the_plan_starts(
    given: Acknowledgement, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    PlanVersion.objects.filter(pk=given.plan_id).update(starts=date(2026, 11, 5))
    person = User.objects.get(agent_id=agent)
    for today, sent in (("2026-11-03", 1), ("2026-11-03", 0), ("2026-11-04", 1), ("2026-11-05", 1), ("2026-11-06", 0)):
        monkeypatch.setenv("CHOT_TODAY", today)
        assert remind_everyone() == sent, today
    given.refresh_from_db()
    assert (given.reminders, given.reminded_on) == (3, date(2026, 11, 5))
    told = Notification.objects.get(user=person, kind="plan.reminder")
    assert told.link == f"/announcements/{given.plan_id}" and told.read_at is None
    assert AuditEntry.objects.filter(action="plan.reminded").count() == 3


def test_who_has_answered_is_not_reminded(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    client = sign_in("manager")
    client.post(f"/plans/{given.plan_id}/remind")
    client.post(f"/plans/{given.plan_id}/remind")
    assert Notification.objects.filter(kind="plan.reminder").count() == 1
    assert "đã nhắc 1 lần" in client.get(f"/plans/{given.plan_id}/answers").content.decode()
    actions.acknowledge(given, by=User.objects.get(agent_id=agent), address="203.0.113.7")
    assert not Notification.objects.filter(kind="plan.reminder", read_at=None).exists()


def test_an_acknowledgement_keeps_the_document_the_time_and_the_address(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    sign_in(agent).post(f"/announcements/{given.plan_id}/acknowledge", {"does": "agree"}, REMOTE_ADDR="203.0.113.7")
    given.refresh_from_db()
    assert (given.document_hash, given.address, given.answered_at) == (given.plan.document_hash, "203.0.113.7", clock.now())
    assert given.document_hash[:16] in sign_in(agent).get(f"/announcements/{given.plan_id}").content.decode()
    proof = sign_in("manager").get(f"/plans/{given.plan_id}/answers?export=proof").content.decode("utf-8-sig")
    row = next(line for line in proof.splitlines() if f",{agent}," in line)
    assert "203.0.113.7" in row and row.endswith(given.document_hash)


def test_the_paper_says_what_the_page_says(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    client = sign_in(agent)
    answer = client.get(f"/announcements/{given.plan_id}.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert given.plan.document_hash in text and "KPI không bao giờ làm giảm lương cơ bản" in text
    example = client.get(f"/announcements/{given.plan_id}").context["example"]
    assert f"{example['variable_vnd']:,}".replace(",", ".") in text
    assert client.get(f"/announcements/{given.plan_id}.pdf").content == answer.content
    found = signature(answer.content)
    assert found and found.whole and found.ours
    colleague = Acknowledgement.objects.filter(plan=given.plan).exclude(agent_id=agent)[0].agent_id
    assert client.get(f"/announcements/{given.plan_id}.pdf?agent={colleague}").status_code == 403
    assert sign_in("quality").get(f"/announcements/{given.plan_id}.pdf").status_code == 403


def test_an_agent_reads_what_changed_since_the_plan_acknowledged_before(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    text = given.plan.text.replace("bonus_vnd: ", "bonus_vnd: 1", 1)
    actions.acknowledge(given, by=User.objects.get(agent_id=agent))
    Acknowledgement.objects.filter(pk=given.pk).update(sent_at=clock.now() - timedelta(days=30))
    newer = actions.save_plan(text, by=None)
    actions.announce(newer, by=None)
    page = sign_in(agent).get(f"/announcements/{newer.pk}")
    assert page.context["before"] == given.plan
    assert [each.what for each in page.context["changes"]] == ["Thưởng khi đạt 100 %"]
    stranger = newer.acknowledgements.exclude(agent_id=agent)[0]
    Acknowledgement.objects.filter(agent_id=stranger.agent_id).exclude(pk=stranger.pk).update(state="sent")
    assert sign_in("manager").get(f"/announcements/{newer.pk}?agent={stranger.agent_id}").context["before"] is None


def test_every_kind_of_change_is_a_sentence(telesale: PlanVersion) -> None:
    import dataclasses

    old = read_plan(telesale.text)
    first, *others = old.items
    heavier = dataclasses.replace(others[0], weight=others[0].weight + 5)
    new = dataclasses.replace(old, items=(heavier, *others[1:]), gates=(), bonus_vnd=old.bonus_vnd + 1)
    found = {(each.kind, each.what, each.before, each.after) for each in changes(old, new)}
    title = others[0].title or others[0].metric.title.vi
    assert ("changed", f"{title}: tỷ trọng", f"{others[0].weight} %", f"{others[0].weight + 5} %") in found
    assert [what for kind, what, _b, _a in found if kind == "removed" and what != "Điều kiện"] == [first.title or first.metric.title.vi]
    assert len([1 for kind, what, *_rest in found if (kind, what) == ("removed", "Điều kiện")]) == len(old.gates)
    back = {(each.kind, each.what) for each in changes(new, old)}
    assert ("added", first.title or first.metric.title.vi) in back
    assert changes(old, old) == []
