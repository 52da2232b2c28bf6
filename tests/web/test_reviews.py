"""Calls are scored by versions of forms: a changed form leaves reviews as they were given, and each says which version that was."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chot.calls.models import Call
from chot.core.errors import InputError
from chot.kpi.catalogue import METRICS
from chot.people.models import AgentRow, AuditEntry, Notification, User
from chot.performance.queries_agent import behind
from chot.performance.workplace import read_plan
from chot.quality import actions_forms, actions_reviews, queries_forms
from chot.quality.actions_forms import Written
from chot.quality.models import Review
from chot.quality.models_forms import Criterion, ScoreForm
from chot.recordings.models import Recording
from tests.web.test_pay_runs import SignIn

pytestmark = pytest.mark.django_db
SENT = {
    "code": "telesale", "title": "Gọi bán hàng", "plan_role": "", "campaign": "",
    "title_0": "Chào và xưng tên", "points_0": "20", "about_0": "Trong 10 giây đầu",
    "title_2": "Tư vấn đúng", "points_2": "50",
    "title_3": "Không nói sai về giá", "points_3": "30", "fails_3": "on",
}  # fmt: skip
CRITERIA = (
    Criterion(key="1", title="Chào và xưng tên", points=20, about="Trong 10 giây đầu"),
    Criterion(key="2", title="Tư vấn đúng", points=50),
    Criterion(key="3", title="Không nói sai về giá", points=30, fails=True),
)
WRITTEN = Written(title="Gọi bán hàng", plan_role="", campaign="", criteria=CRITERIA)


@pytest.fixture
def by(db: None) -> dict[str, Any]:
    return {"by": User.objects.get(username="manager"), "address": None}


@pytest.fixture
def form(by: dict[str, Any]) -> ScoreForm:
    return actions_forms.save_version("telesale", WRITTEN, before=0, reason="", **by)


@pytest.fixture
def call(db: None) -> Call:
    """A call of an agent whose leader is known, too."""
    for agent, name, team in [("z1", "Lê Thu Hà", "t-z"), ("z3", "Vũ Mai", "t-z"), ("z4", "Đỗ Bình", "t-y")]:
        AgentRow.objects.create(agent_id=agent, name=name, team_id=team, plan_role="telesale", hired_on="2020-03-01", valid_from="2020-03-01")
        User.objects.create_user(agent, "long-enough-words", name=name, agent_id=agent, role="leader" if agent == "z3" else "agent")
    at = datetime(2026, 11, 2, 3, tzinfo=UTC)
    Review.objects.all().delete()
    return Call.objects.create(call_id="c-1", agent_id="z1", direction="out", started_at=at, outcome="answered", campaign_id="thang-11")


def _quality(sign_in: SignIn) -> Client:
    return sign_in(User.objects.filter(role="quality")[0].username)


def test_a_form_is_written_on_a_page(sign_in: SignIn) -> None:
    client = _quality(sign_in)
    assert client.post("/score-forms/new", SENT).headers["Location"] == "/score-forms/telesale"
    made = ScoreForm.objects.get()
    assert (made.code, made.version, made.criteria) == ("telesale", 1, list(CRITERIA))
    entry = AuditEntry.objects.get(action="score_form.saved")
    assert entry.subject == "score_form:telesale" and entry.after and entry.after["version"] == 1
    page = client.get("/score-forms/telesale").content.decode()
    assert "Không nói sai về giá" in page and "Trong 10 giây đầu" in page and "0 – 50" in page
    assert "Gọi bán hàng" in client.get("/score-forms").content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "Bán hàng"}, "code"),
        ({"code": "new"}, "code"),
        ({"title": ""}, "title"),
        ({"points_2": ""}, "title_2"),
        ({"points_2": "0"}, "points_2"),
        ({"points_2": "101"}, "points_2"),
        ({"title_2": ""}, "title_2"),
        ({"campaign": "nowhere"}, "campaign"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_at_its_field(sign_in: SignIn, changed: dict[str, str], field: str) -> None:
    answer = _quality(sign_in).post("/score-forms/new", {**SENT, **changed})
    assert answer.status_code == 422 and set(answer.context["form"].errors) == {field}
    assert not ScoreForm.objects.exists()


def test_a_form_without_criteria_or_with_a_taken_code_is_refused(sign_in: SignIn, form: ScoreForm) -> None:
    client = _quality(sign_in)
    bare = {"code": "care", "title": "Chăm sóc", "plan_role": "", "campaign": ""}
    assert set(client.post("/score-forms/new", bare).context["form"].errors) == {"__all__"}
    assert set(client.post("/score-forms/new", SENT).context["form"].errors) == {"code"}
    assert ScoreForm.objects.count() == 1


def test_a_changed_form_leaves_reviews_as_they_were_given(sign_in: SignIn, form: ScoreForm, call: Call, by: dict[str, Any]) -> None:
    given = actions_reviews.review(call, form, {"1": Decimal(10), "2": Decimal(50), "3": Decimal(30)}, "", **by)
    assert (given.score_bp, given.auto_fail) == (9000, False)
    client = _quality(sign_in)
    change = {**SENT, "before": "1", "reason": "Chào hỏi quan trọng hơn", "points_0": "40"}
    assert client.post("/score-forms/telesale/change", change).status_code == 302
    second = ScoreForm.objects.get(version=2)
    assert second.points == 120 and second.reason == "Chào hỏi quan trọng hơn"
    kept = Review.objects.select_related("form").get(pk=given.pk)
    assert (kept.score_bp, kept.form and kept.form.version) == (9000, 1)
    page = client.get(f"/reviews/{given.pk}").content.decode()
    assert "10 / 20" in page and 'href="/score-forms/telesale?version=1"' in page
    assert [(each.form.version, each.reviews) for each in queries_forms.versions("telesale")] == [(2, 0), (1, 1)]
    old = client.get("/score-forms/telesale", {"version": "1"}).content.decode()
    assert "0 – 20" in old and "0 – 40" not in old
    assert client.get("/score-forms/telesale", {"version": "3"}).status_code == 404
    late = client.post("/score-forms/telesale/change", change | {"title": "Khác"})  # begun from version 1
    assert late.status_code == 422 and ScoreForm.objects.count() == 2
    same = client.post("/score-forms/telesale/change", change | {"before": "2"})
    assert same.status_code == 422 and ScoreForm.objects.count() == 2


def test_the_database_keeps_versions_as_they_are(form: ScoreForm, by: dict[str, Any]) -> None:
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic():
        ScoreForm.objects.filter(pk=form.pk).update(rows=[])
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic():
        ScoreForm.objects.filter(pk=form.pk).delete()
    actions_forms.put_away("telesale", away=True, **by)
    assert ScoreForm.objects.get().archived_at is not None


def test_a_call_is_scored_on_its_page(sign_in: SignIn, form: ScoreForm, call: Call) -> None:
    client = sign_in("z3")
    page = client.get("/reviews/new", {"call": "c-1"})
    assert [each.title for each, _field in page.context["form"].rows()] == [each.title for each in CRITERIA]
    sent = {"call": "c-1", "form": str(form.pk), "mark:1": "15", "mark:2": "37,5", "comment": "Chào hơi nhanh"}
    assert set(client.post("/reviews/new", sent | {"mark:1": "21"}).context["form"].errors) == {"mark:1"}
    assert set(client.post("/reviews/new", {"call": "c-1", "form": str(form.pk)}).context["form"].errors) == {"__all__"}
    assert not Review.objects.exists()
    assert client.post("/reviews/new", sent).status_code == 302
    made = Review.objects.get()
    assert (made.agent_id, made.call_id, made.score_bp, made.auto_fail, made.final) == ("z1", "c-1", 7500, False, True)
    assert (made.marks, made.comment, made.reviewed_by and made.reviewed_by.username) == ({"1": "15", "2": "37.5"}, "Chào hơi nhanh", "z3")
    told = Notification.objects.get(user__username="z1")
    assert (told.kind, told.link) == ("review.given", f"/reviews/{made.pk}")
    own = sign_in("z1").get(told.link).content.decode()
    assert "Chào hơi nhanh" in own and "37,5 / 50" in own and "75 %" in own
    again = client.post("/reviews/new", sent)
    assert again.status_code == 422 and Review.objects.count() == 1


def test_a_recording_leads_to_its_review(sign_in: SignIn, call: Call) -> None:
    """Whoever may score the call finds the way; the agent of it does not."""
    known = {"agents": ["z1"], "started_at": call.started_at, "noted_at": call.started_at}
    Recording.objects.create(call_id="c-1", agent_id="z1", **known)
    way = 'href="/reviews/new?call=c-1"'
    pages = {user: sign_in(user).get("/recordings/c-1").content.decode() for user in ("z1", "z3", "manager")}
    assert {user: way in page for user, page in pages.items()} == {"z1": False, "z3": True, "manager": True}
    assert way not in sign_in(User.objects.filter(role="auditor")[0].username).get("/recordings/c-1").content.decode()


def test_a_review_leads_to_the_recording_where_there_is_one_to_look_at(
    sign_in: SignIn, form: ScoreForm, call: Call, by: dict[str, Any]
) -> None:
    """Most calls of other systems have none; payroll sees reviews, and no recordings."""
    given = actions_reviews.review(call, form, {"1": Decimal(20)}, "", **by)
    readers = {role: sign_in(User.objects.filter(role=role)[0].username) for role in ("quality", "manager", "payroll")}

    def leads() -> dict[str, bool]:
        pages = {role: client.get(f"/reviews/{given.pk}").content.decode() for role, client in readers.items()}
        assert all("c-1" in page for page in pages.values())
        return {role: 'href="/recordings/c-1"' in page for role, page in pages.items()}

    way = 'href="/recordings/c-1"'
    assert leads() == {"quality": False, "manager": False, "payroll": False}
    assert way not in readers["manager"].get("/reviews/new", {"call": "c-1"}).content.decode()
    Recording.objects.create(call_id="c-1", agent_id="z1", agents=["z1"], started_at=call.started_at, noted_at=call.started_at)
    assert leads() == {"quality": True, "manager": True, "payroll": False}
    assert way in readers["manager"].get("/reviews/new", {"call": "c-1"}).content.decode()


def test_a_fault_fails_the_call(form: ScoreForm, call: Call, by: dict[str, Any]) -> None:
    failed = actions_reviews.review(call, form, {"1": Decimal(20), "3": Decimal(0)}, "", **by)
    assert (failed.score_bp, failed.auto_fail) == (4000, True)


def test_forms_fit_calls_by_role_and_campaign(form: ScoreForm, call: Call, by: dict[str, Any]) -> None:
    def made(code: str, role: str, campaign: str) -> ScoreForm:
        written = Written(title=code, plan_role=role, campaign=campaign, criteria=CRITERIA)
        return actions_forms.save_version(code, written, before=0, reason="", **by)

    particular, by_role = made("november", "telesale", "thang-11"), made("role", "telesale", "")
    made("care", "care", "")
    made("other", "", "thang-12")
    assert queries_forms.fitting(call) == [particular, by_role, form]
    actions_forms.put_away("november", away=True, **by)
    assert queries_forms.fitting(call) == [by_role, form]


def test_everyone_reviews_and_sees_as_far_as_the_role_goes(sign_in: SignIn, form: ScoreForm, call: Call, by: dict[str, Any]) -> None:
    given = actions_reviews.review(call, form, {"1": Decimal(20)}, "", **by)
    Call.objects.create(call_id="c-3", agent_id="z3", direction="out", started_at=call.started_at, outcome="answered")
    Call.objects.create(call_id="c-4", agent_id="z4", direction="out", started_at=call.started_at, outcome="answered")
    leader = sign_in("z3")
    assert leader.get("/reviews/new", {"call": "c-3"}).status_code == 403  # the own call
    assert leader.get("/reviews/new", {"call": "c-4"}).status_code == 403  # another team's
    assert leader.get("/reviews/new", {"call": "c-9"}).status_code == 404
    assert leader.get("/score-forms/new").status_code == 403
    assert sign_in("z4").get(f"/reviews/{given.pk}").status_code == 403
    assert sign_in("z1").post(f"/reviews/{given.pk}/remove", {"reason": "x"}).status_code == 403
    assert {row.agent_id for row in sign_in("z1").get("/reviews").context["page"]} == {"z1"}
    assert list(sign_in("z4").get("/reviews").context["page"]) == []
    auditor = sign_in(User.objects.filter(role="auditor")[0].username)
    assert auditor.get("/reviews").status_code == 200 and auditor.get("/reviews/new", {"call": "c-1"}).status_code == 403


def test_a_review_is_removed_with_a_reason(sign_in: SignIn, form: ScoreForm, call: Call, by: dict[str, Any]) -> None:
    given = actions_reviews.review(call, form, {"1": Decimal(20)}, "", **by)
    client = _quality(sign_in)
    assert client.post(f"/reviews/{given.pk}/remove", {"reason": ""}).status_code == 422 and Review.objects.exists()
    assert client.post(f"/reviews/{given.pk}/remove", {"reason": "nhầm cuộc gọi"}).status_code == 302
    assert not Review.objects.exists()
    entry = AuditEntry.objects.get(action="review.removed")
    assert entry.after == {"reason": "nhầm cuộc gọi"} and entry.before and entry.before["form"] == "telesale/1"
    with pytest.raises(InputError):
        actions_forms.save_version("telesale", WRITTEN, before=1, reason="", **by)


def test_the_list_is_narrowed_and_taken_along(sign_in: SignIn, form: ScoreForm, call: Call, by: dict[str, Any], monkeypatch: Any) -> None:
    actions_reviews.review(call, form, {"1": Decimal(15)}, "Tốt", **by)
    for number in (2, 3):
        Review.objects.create(review_id=f"x{number}", agent_id="z4", reviewed_at=datetime(2026, 10, number, 5, tzinfo=UTC), score_bp=8000)
    client = sign_in("manager")
    for asked, count in [({}, 3), ({"agent": "z4"}, 2), ({"form": "telesale"}, 1), ({"last": "2026-10-02"}, 1), ({"first": "2026-11-04"}, 0)]:
        assert len(client.get("/reviews", asked).context["page"]) == count, asked
    rows = list(csv.reader(io.StringIO(client.get("/reviews/export.csv", {"form": "telesale"}).content.decode("utf-8-sig"))))
    assert rows[1][1:10] == ["z1", "Lê Thu Hà", "c-1", "75 %", "", "Gọi bán hàng", "1", by["by"].name, "Tốt"]
    assert client.get("/reviews/export.xlsx").status_code == 200 and client.get("/reviews/export.pdf").status_code == 404
    counts = []
    for size in (1, 3):
        monkeypatch.setattr("chot.quality.views_reviews.ROWS", size)
        with CaptureQueriesContext(connection) as asked_of:
            assert len(client.get("/reviews").context["page"]) == size
        counts.append(len(asked_of))
    assert counts[0] == counts[1]


def test_the_rows_of_the_score_lead_to_the_review(form: ScoreForm, call: Call, agent: str, by: dict[str, Any]) -> None:
    from chot.performance.models import Result

    given = actions_reviews.review(call, form, {"1": Decimal(20)}, "", **by)
    measure = next(each for metric in METRICS.values() for each in metric.measures if each.name == "scored_reviews")
    plan = read_plan(Result.objects.select_related("run__plan").filter(agent_id=agent)[0].run.plan.text)
    row = {"id": given.review_id, "reviewed_at": "2026-11-02T12:00:00+07:00", "score_bp": 10000, "adds": 1}
    found = {"measure": measure.name, "table": "reviews", "title": {"vi": "", "en": ""}, "value": 1, "counted": [row], "not_counted": []}
    shown = behind(plan, found, scope="own", lang="vi", zone=UTC, everything=False)
    assert [each.link for each in shown.counted] == [f"/reviews/{given.pk}"]
