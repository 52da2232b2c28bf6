"""Exam results: listed, entered for a team at once, corrected and removed with a reason, and found behind the figures that they make."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from chot.core.errors import InputError
from chot.feed import actions as feed
from chot.kpi.catalogue import METRICS
from chot.pay.models import PayRun
from chot.people.models import AgentRow, AuditEntry, Notification, User
from chot.performance.figures_shown import FIGURES, Figure
from chot.performance.models import Result
from chot.performance.queries_agent import behind
from chot.performance.workplace import read_plan
from chot.quality import actions, queries
from chot.quality.actions import Sitting
from chot.quality.models import Exam
from chot.quality.queries import Asked
from tests.web.test_pay_runs import SignIn

pytestmark = pytest.mark.django_db
SITTING = Sitting(day=date(2026, 11, 2), name="Sản phẩm mới", maximum=Decimal(10), note="Đợt 1")
SENT = {"team": "t-z", "name": " Sản phẩm mới ", "day": "2026-11-02", "maximum": "10", "note": "Đợt 1"}
LIST = "/exams"


@pytest.fixture
def team(db: None) -> list[str]:
    """Two agents, their leader, and somebody of another team; all with accounts."""
    people = [("z1", "Lê Thu Hà", "t-z"), ("z2", "Trần Văn An", "t-z"), ("z3", "Vũ Mai", "t-z"), ("z4", "Đỗ Bình", "t-y")]
    for agent, name, team_id in people:
        AgentRow.objects.create(agent_id=agent, name=name, team_id=team_id, hired_on="2020-03-01", valid_from="2020-03-01")
        User.objects.create_user(agent, "long-enough-words", name=name, agent_id=agent, role="leader" if agent == "z3" else "agent")
    Exam.objects.all().delete()
    return [agent for agent, _name, _team in people]


@pytest.fixture
def by(db: None) -> dict[str, Any]:
    return {"by": User.objects.get(username="manager"), "address": None}


def _quality(sign_in: SignIn) -> Client:
    return sign_in(User.objects.filter(role="quality")[0].username)


def _listed(answer: Any) -> list[str]:
    return [row.agent_id for row in answer.context["page"]]


def test_results_of_a_team_are_entered_at_once(sign_in: SignIn, team: list[str]) -> None:
    client = sign_in("z3")
    page = client.get("/exams/new")
    assert [agent for agent, _field in page.context["form"].rows()] == ["z2", "z1"]  # by given name, the leader's own is for others
    sent = client.post("/exams/new", {**SENT, "points:z1": "8,5", "points:z2": "7"}, follow=True)
    assert "Đã nhập 2 kết quả của “Sản phẩm mới”." in sent.content.decode()
    rows = {row.agent_id: row for row in Exam.objects.all()}
    assert {agent: (row.name, row.points, row.maximum, row.score_bp, row.note, row.day) for agent, row in rows.items()} == {
        "z1": ("Sản phẩm mới", Decimal("8.50"), Decimal(10), 8500, "Đợt 1", date(2026, 11, 2)),
        "z2": ("Sản phẩm mới", Decimal(7), Decimal(10), 7000, "Đợt 1", date(2026, 11, 2)),
    }
    entry = AuditEntry.objects.get(subject=f"exam:{rows['z1'].exam_id}")
    assert (entry.action, entry.user and entry.user.username) == ("exam.entered", "z3")
    assert entry.after == {
        "agent": "z1", "day": "2026-11-02", "name": "Sản phẩm mới", "points": "8.5", "maximum": "10", "score_bp": 8500, "note": "Đợt 1",
    }  # fmt: skip
    told = Notification.objects.get(user__username="z1")
    assert (told.kind, told.link, told.params) == ("exam.entered", f"/exams/{rows['z1'].pk}", {"name": "Sản phẩm mới", "day": "2026-11-02"})
    assert sign_in("z1").get(told.link).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"points:z1": "10,5"}, "points:z1"),
        ({"points:z1": "8,555"}, "points:z1"),
        ({"points:z1": "-1"}, "points:z1"),
        ({"points:z1": "tám"}, "points:z1"),
        ({"day": "2026-11-04"}, "day"),  # tomorrow
        ({"day": ""}, "day"),
        ({"name": "  "}, "name"),
        ({"maximum": "0"}, "maximum"),
        ({"maximum": "x"}, "maximum"),
        ({"points:z1": ""}, "__all__"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    sign_in: SignIn, team: list[str], changed: dict[str, str], field: str
) -> None:
    answer = sign_in("manager").post("/exams/new", {**SENT, "points:z1": "8", **changed})
    assert answer.status_code == 422 and set(answer.context["form"].errors) == {field}
    assert not Exam.objects.exists() and not AuditEntry.objects.filter(action="exam.entered").exists()
    assert answer.context["form"].errors[field][0] in answer.content.decode().replace("&#x27;", "'")


def test_the_same_exam_of_a_day_has_one_result(sign_in: SignIn, team: list[str], by: dict[str, Any]) -> None:
    actions.enter(SITTING, {"z1": Decimal(8)}, **by)
    answer = sign_in("manager").post("/exams/new", {**SENT, "name": "SẢN PHẨM MỚI", "points:z1": "9", "points:z2": "9"})
    assert answer.status_code == 422 and set(answer.context["form"].errors) == {"points:z1"}
    assert "8 / 10" in answer.context["form"].errors["points:z1"][0] and Exam.objects.count() == 1
    assert sign_in("manager").post("/exams/new", {**SENT, "day": "2026-11-01", "points:z1": "9"}).status_code == 302


def test_everyone_sees_and_enters_as_far_as_the_role_goes(sign_in: SignIn, team: list[str], by: dict[str, Any]) -> None:
    made = {row.agent_id: row.pk for row in actions.enter(SITTING, {agent: Decimal(8) for agent in team}, **by)}
    everyone = {"z1", "z2", "z3", "z4"}
    for user, seen in {"z1": {"z1"}, "z3": {"z1", "z2", "z3"}, "manager": everyone, "payroll": everyone}.items():
        assert set(_listed(sign_in(user).get(LIST))) == seen, user
    assert set(_listed(_quality(sign_in).get(LIST))) == everyone
    auditor = sign_in(User.objects.filter(role="auditor")[0].username)
    assert set(_listed(auditor.get(LIST))) == everyone and auditor.get("/exams/new").status_code == 403
    page = auditor.get(f"/exams/{made['z1']}")
    assert page.status_code == 200 and not page.context["edits"]
    assert sign_in("z1").get(f"/exams/{made['z2']}").status_code == 403
    assert sign_in("z1").post(f"/exams/{made['z1']}", {}).status_code == 403  # not the own one
    leader = sign_in("z3")
    assert leader.get(f"/exams/{made['z4']}").status_code == 403
    assert leader.get("/exams/new", {"team": "t-y"}).status_code == 403
    assert leader.post(f"/exams/{made['z3']}/remove", {"reason": "x"}).status_code == 403  # nor the own one
    assert leader.post("/exams/new", {**SENT, "name": "Khác", "points:z4": "9"}).status_code == 422  # z4 has no field there
    assert Exam.objects.count() == 4


def test_a_correction_needs_a_reason_and_is_kept(sign_in: SignIn, team: list[str], by: dict[str, Any]) -> None:
    made = actions.enter(SITTING, {"z1": Decimal(8)}, **by)[0]
    client, url = _quality(sign_in), f"/exams/{made.pk}"
    page = client.get(url).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    sent = {"name": "Sản phẩm mới", "day": "2026-11-02", "points": "9", "maximum": "12", "note": "", "reason": "", "seen": seen[1]}
    assert set(client.post(url, sent).context["form"].errors) == {"reason"}
    assert client.post(url, {**sent, "reason": "chấm sót câu"}).status_code == 302
    made.refresh_from_db()
    assert (made.points, made.maximum, made.score_bp, made.note) == (Decimal(9), Decimal(12), 7500, "")
    entry = AuditEntry.objects.get(action="exam.corrected")
    assert entry.before and entry.before["score_bp"] == 8000
    assert entry.after and (entry.after["score_bp"], entry.after["reason"]) == (7500, "chấm sót câu")
    done = client.get(url).content.decode()
    assert "chấm sót câu" in done and "8 / 10" in done and "Sửa kết quả bài kiểm tra" in done
    late = client.post(url, {**sent, "points": "10", "reason": "lần nữa"})  # somebody has changed it since
    assert late.status_code == 422 and made.score_bp == Exam.objects.get(pk=made.pk).score_bp
    assert {each.kind for each in Notification.objects.filter(user__username="z1")} == {"exam.entered", "exam.corrected"}


def test_a_result_that_should_not_be_there_goes_and_its_story_stays(sign_in: SignIn, team: list[str], by: dict[str, Any]) -> None:
    made = actions.enter(SITTING, {"z1": Decimal(8)}, **by)[0]
    client = sign_in("z3")
    assert client.post(f"/exams/{made.pk}/remove", {"reason": " "}).status_code == 422 and Exam.objects.exists()
    assert client.post(f"/exams/{made.pk}/remove", {"reason": "nhầm người"}).status_code == 302
    assert not Exam.objects.exists()
    entry = AuditEntry.objects.get(action="exam.removed")
    assert entry.subject == f"exam:{made.exam_id}" and entry.after == {"reason": "nhầm người"}
    assert entry.before and entry.before["points"] == "8"
    actions.enter(SITTING, {"z1": Decimal(8)}, **by)
    with pytest.raises(InputError):
        actions.enter(SITTING, {"z1": Decimal(7)}, **by)


def test_a_change_says_which_pay_it_moves(sign_in: SignIn, agent: str, by: dict[str, Any]) -> None:
    result = Result.objects.select_related("run__plan").filter(agent_id=agent, run__period="2026-10").first()
    assert result
    PayRun.objects.update_or_create(plan=result.run.plan, period="2026-10", defaults={"state": "closed"})
    made = actions.enter(Sitting(day=date(2026, 10, 5), name="Quy trình", maximum=Decimal(10)), {agent: Decimal(8)}, **by)[0]
    client = sign_in("manager")
    assert client.get(f"/exams/{made.pk}").context["paid"]
    said = client.post(f"/exams/{made.pk}/remove", {"reason": "nhầm"}, follow=True).content.decode()
    assert "đã chốt lương" in said and "khoản điều chỉnh" in said
    later = {**SENT, "team": AgentRow.objects.filter(agent_id=agent).latest("valid_from").team_id, f"points:{agent}": "9"}
    assert "đã chốt lương" not in client.post("/exams/new", later, follow=True).content.decode()


def test_the_list_is_narrowed_searched_and_taken_along(sign_in: SignIn, team: list[str], by: dict[str, Any]) -> None:
    actions.enter(SITTING, {"z1": Decimal("8.25"), "z4": Decimal(6)}, **by)
    actions.enter(Sitting(day=date(2026, 10, 20), name="Quy trình", maximum=Decimal(100)), {"z2": Decimal(90)}, **by)
    Exam.objects.create(exam_id="LMS-7", agent_id="z2", taken_at=datetime(2026, 10, 31, 17, 30, tzinfo=UTC), score_bp=5050)
    client = sign_in("manager")
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["z4", "z1", "z2", "z2"]),
        ({"name": "Quy trình"}, ["z2"]),
        ({"team": "t-y"}, ["z4"]),
        ({"agent": "z1"}, ["z1"]),
        ({"first": "2026-11-01", "last": "2026-11-01"}, ["z2"]),  # half past midnight of the first
        ({"last": "2026-10-31"}, ["z2"]),
        ({"q": "san pham"}, ["z4", "z1"]),
        ({"q": "tran quy"}, ["z2"]),
        ({"q": "lms-7"}, ["z2"]),
        ({"q": "nobody"}, []),
    ]
    for asked, found in cases:
        assert _listed(client.get(LIST, asked)) == found, asked
    assert "Không có kết quả nào phù hợp." in client.get(LIST, {"q": "nobody"}).content.decode()
    rows = list(csv.reader(io.StringIO(client.get("/exams/export.csv", {"first": "2026-11-01"}).content.decode("utf-8-sig"))))
    assert rows[0][:5] == ["Ngày", "Nhân viên", "Họ tên", "Nhóm", "Bài kiểm tra"] and len(rows) == 4
    assert rows[2] == ["2026-11-02", "z1", "Lê Thu Hà", "t-z", "Sản phẩm mới", "8.25", "10.00", "82,5 %", "Đợt 1", rows[2][9]]
    assert rows[3] == ["2026-11-01", "z2", "Trần Văn An", "t-z", "", "", "", "50,5 %", "", "LMS-7"]
    book = load_workbook(io.BytesIO(client.get("/exams/export.xlsx").content)).active
    assert book and book.max_row == 5 and book.cell(3, 6).value == 8.25
    assert client.get("/exams/export.pdf").status_code == 404
    assert len(list(csv.reader(io.StringIO(sign_in("z4").get("/exams/export.csv").content.decode("utf-8-sig"))))) == 2


def test_nothing_yet_says_what_to_do(sign_in: SignIn, team: list[str]) -> None:
    said = sign_in("manager").get(LIST).content.decode()
    assert "Chưa có kết quả bài kiểm tra nào." in said and 'href="/exams/new"' in said
    assert 'href="/exams/new"' not in sign_in("z1").get(LIST).content.decode()


def test_one_row_and_three_rows_ask_equally_often(sign_in: SignIn, team: list[str], by: dict[str, Any], monkeypatch: Any) -> None:
    actions.enter(SITTING, {agent: Decimal(8) for agent in team}, **by)
    counts: dict[str, set[int]] = {}
    for user in ("manager", "z3"):
        client = sign_in(user)
        client.get(LIST)
        for size in (1, 3):
            monkeypatch.setattr("chot.quality.views.ROWS", size)
            with CaptureQueriesContext(connection) as asked:
                assert len(_listed(client.get(LIST))) == size
            counts.setdefault(user, set()).add(len(asked))
    assert {user: len(found) for user, found in counts.items()} == {"manager": 1, "z3": 1}
    assert 'href="?page=2"' in sign_in("manager").get(LIST).content.decode()


def test_a_score_that_another_system_corrects_hides_the_points(team: list[str], by: dict[str, Any]) -> None:
    made = actions.enter(SITTING, {"z1": Decimal(8)}, **by)[0]
    Exam.objects.filter(pk=made.pk).update(score_bp=9000)
    found = queries.exams(by["by"], Asked()).get(pk=made.pk)
    assert found.as_entered is None and found.share == Decimal("0.9")


def test_what_is_entered_reaches_the_facts_and_the_rows_lead_back(
    sign_in: SignIn, agent: str, by: dict[str, Any], var: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = actions.enter(SITTING, {agent: Decimal(9)}, **by)[0]
    while feed.move(var / "data"):
        pass
    scored = next(each for each in METRICS["exam_score"].measures if each.name == "scored_exams")
    figure = Figure(name="exams", title=METRICS["exam_score"].title, about=METRICS["exam_score"].about, unit="count", measure=scored)
    monkeypatch.setitem(FIGURES, "exams", figure)
    asked = {"first": "2026-11-02", "last": "2026-11-02", "agent": agent, "figure": "exams"}
    page = sign_in("manager").get("/reports/rows", asked)
    assert [(row.id, row.link) for row in page.context["page"].rows] == [(made.exam_id, f"/exams/{made.pk}")]
    said = page.content.decode()
    assert f'<a href="/exams/{made.pk}">{made.exam_id}</a>' in said
    assert f'href="{reverse("quality:knowledge_exams")}?agent={agent}&amp;team=&amp;first=2026-11-02&amp;last=2026-11-02"' in said


def test_the_rows_of_a_statement_lead_to_the_results(agent: str, by: dict[str, Any]) -> None:
    made = actions.enter(SITTING, {agent: Decimal(9)}, **by)[0]
    plan = read_plan(Result.objects.select_related("run__plan").filter(agent_id=agent)[0].run.plan.text)
    rows = [{"id": each, "taken_at": "2026-11-02T12:00:00+07:00", "score_bp": 9000, "adds": 1} for each in (made.exam_id, "kt9")]
    found = {"measure": "scored_exams", "table": "exams", "title": {"vi": "", "en": ""}, "value": 2, "counted": rows, "not_counted": []}
    shown = behind(plan, found, scope="own", lang="vi", zone=UTC, everything=False)
    assert [(row.id, row.link) for row in shown.counted] == [(made.exam_id, f"/exams/{made.pk}"), ("kt9", "")]
