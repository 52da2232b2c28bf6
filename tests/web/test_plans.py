"""Plans: the document in and out, the designer, the guards, the replay, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chot.core.errors import InputError
from chot.people.models import AgentRow, AuditEntry, User
from chot.performance import plan_guards
from chot.performance.actions import save_plan
from chot.performance.actions_plans import announce_draft, change_draft, delete_draft, new_draft, ready
from chot.performance.models import Acknowledgement, PlanVersion
from chot.performance.plan_editing import with_entry, with_value, without_entry
from chot.performance.plan_form import Form, applied, problems_of
from chot.performance.queries_plans import TEMPLATES, from_template, next_version
from chot.performance.workplace import read_plan

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def manager() -> User:
    return User.objects.get(username="manager")


@pytest.fixture
def telesale() -> PlanVersion:
    return PlanVersion.objects.get(plan_id__startswith="telesale")


@pytest.fixture
def draft(manager: User) -> PlanVersion:
    return new_draft(from_template("telesale"), by=manager)


def posted(text: str, **changed: str) -> dict[str, str]:
    """What a browser sends for the form over ``text``."""
    fields = {field.name: field.value for field in Form(text).all_fields()}
    named = {name.replace("__", "."): value for name, value in changed.items()}
    return {"base": text, "text": text, **fields, **named}


# the document


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_a_plan_for_the_next_three_months(name: str) -> None:
    plan = read_plan(from_template(name))
    assert (plan.id, plan.starts, plan.ends) == (f"{name}-2026-12", date(2026, 12, 1), date(2027, 2, 28))
    assert sum(item.weight for item in plan.items) == 100


def test_the_next_version_follows_the_days_of_the_one_before(telesale: PlanVersion) -> None:
    plan, before = read_plan(next_version(telesale)), read_plan(telesale.text)
    assert plan.starts == date(2026, 11, 1) and before.ends == date(2026, 10, 31)
    assert plan.id == "telesale-2026-11" and plan.announced is None and plan.items == before.items


def test_a_form_sent_back_unchanged_changes_not_one_character(telesale: PlanVersion) -> None:
    text = "# ours\n" + telesale.text + "\n# and this\n"
    assert applied({name: value.replace("\n", "\r\n") for name, value in posted(text).items()}) == (text, [])


def test_fields_write_into_the_text_and_leave_everything_else(telesale: PlanVersion) -> None:
    text = telesale.text
    changed, both = applied(
        posted(text, title="Q: mới", items__0__weight="50", scales__standard__points="80 % → 0%; 100%->100%", guarantee__periods="4")
    )
    before, after = text.splitlines(), changed.splitlines()
    assert both == [] and len(before) == len(after)
    assert [line for old, line in zip(before, after, strict=True) if old != line] == [
        'title: "Q: mới"',
        "    weight: 50",
        "  standard: {mode: linear, points: [[80%, 0%], [100%, 100%]]}",
        "guarantee: {periods: 4, lookback: 3}",
    ]


def test_what_was_changed_in_the_text_and_in_the_form_is_named_and_the_text_wins(telesale: PlanVersion) -> None:
    sent = posted(telesale.text, items__0__weight="50", bonus_vnd="7000000")
    sent["text"] = sent["text"].replace("weight: 40", "weight: 45")
    changed, both = applied(sent)
    assert both == ["items[1].weight"] and "weight: 45" in changed and "weight: 50" not in changed and "bonus_vnd: 7000000" in changed


def test_entries_come_and_go(telesale: PlanVersion) -> None:
    sent = posted(telesale.text) | {
        "remove.items.1": "on", "new.items.metric": "csat", "new.items.weight": "30", "new.items.target": "4.1", "new.items.scale": "standard",
    }  # fmt: skip
    plan = read_plan(applied(sent)[0])
    assert [(item.metric.id, item.weight) for item in plan.items] == [("revenue", 40), ("successful_calls", 30), ("csat", 30)]


@pytest.mark.parametrize(
    ("text", "path", "value", "result"),
    [
        ("a: 1 # why\nb: 2\n", ("a",), "3", "a: 3 # why\nb: 2\n"),
        ("pool:\nlines: []\n", ("pool", "vnd"), "5", "pool: {vnd: 5}\nlines: []\n"),
        (
            "proration:\n  joins: true\n\n# next\nrounding: {}\n",
            ("proration", "absent"),
            "zero",
            "proration:\n  joins: true\n  absent: zero\n\n# next\nrounding: {}\n",
        ),
        ("title: x\nbonus_vnd: 1\n", ("supervisor",), "lan", "title: x\nsupervisor: lan\nbonus_vnd: 1\n"),
        (
            "lines:\n  - {name: a}\n",
            ("lines", 0, "formula"),
            "5 if orders >= 1 else 0",
            'lines:\n  - {name: a, formula: "5 if orders >= 1 else 0"}\n',
        ),
        ("goal: x\nplan: y\n", ("goal",), "", "goal: \nplan: y\n"),
    ],
)
def test_one_value_is_written_in_place(text: str, path: tuple[str | int, ...], value: str, result: str) -> None:
    assert with_value(text, path, value) == result


def test_entries_of_lists_in_either_style() -> None:
    flow = "items: [{metric: a}, {metric: b}]\n"
    assert without_entry(flow, ("items", 0)) == "items: [{metric: b}]\n"
    assert with_entry(flow, "items", {"metric": "c"}) == "items: [{metric: a}, {metric: b}, {metric: c}]\n"
    assert with_entry("plan: x\n", "gates", {"when": "csat"}) == "plan: x\ngates:\n  - {when: csat}\n"


# writes


def test_a_new_draft_is_kept_and_audited_once(manager: User) -> None:
    saved = new_draft(from_template("cskh"), by=manager)
    assert (saved.plan_id, saved.state, saved.author) == ("cskh-2026-12", "draft", manager)
    with pytest.raises(InputError, match="KPI chăm sóc"):
        new_draft(from_template("cskh"), by=manager)
    assert PlanVersion.objects.filter(plan_id="cskh-2026-12").count() == 1
    assert AuditEntry.objects.filter(action="plan.saved", subject__startswith="plan:cskh-2026-12").count() == 1


def test_a_changed_draft_gets_its_version_and_the_audit_both_texts(draft: PlanVersion, manager: User) -> None:
    text = with_value(draft.text, ("bonus_vnd",), "7000000")
    changed = change_draft(draft, text, by=manager)
    assert changed.pk == draft.pk and changed.version == read_plan(text).version != draft.version
    entry = AuditEntry.objects.filter(action="plan.changed").latest("pk")
    assert (entry.before or {})["text"] == draft.text and (entry.after or {})["text"] == text
    count = AuditEntry.objects.count()
    change_draft(changed, text, by=manager)
    assert AuditEntry.objects.count() == count


def test_an_announced_plan_never_changes_and_is_never_removed(telesale: PlanVersion, manager: User, sign_in: SignIn) -> None:
    with pytest.raises(InputError):
        change_draft(telesale, from_template("telesale"), by=manager)
    assert not delete_draft(telesale, by=manager)
    client = sign_in("manager")
    assert client.post(f"/plans/{telesale.pk}/edit", posted(telesale.text, bonus_vnd="1")).status_code == 302
    assert client.post(f"/plans/{telesale.pk}/delete").status_code == 403
    telesale.refresh_from_db()
    assert read_plan(telesale.text).bonus_vnd == 6_000_000 and telesale.state == "announced"


# pages


def test_the_designer_saves_what_was_typed(sign_in: SignIn) -> None:
    client = sign_in("manager")
    page = client.get("/plans/new?template=telesale")
    text = page.context["form"].text
    assert page.status_code == 200 and page.context["form"].weights() == 100
    answer = client.post("/plans/new", posted(text, title="Bán hàng tháng 12", items__0__target="70000000"))
    saved = PlanVersion.objects.get(plan_id="telesale-2026-12")
    assert answer.headers["Location"] == f"/plans/{saved.pk}" and saved.title == "Bán hàng tháng 12"
    target = read_plan(saved.text).items[0].target
    assert getattr(target, "value", None) == 70_000_000
    assert "từ kết quả của chính mỗi người" in saved.text  # the comment beside the field that was changed


def test_every_problem_stands_beside_its_field_and_nothing_is_saved(sign_in: SignIn) -> None:
    client, text = sign_in("manager"), from_template("telesale")
    answer = client.post("/plans/new", posted(text, items__0__weight="50", items__1__target="viel", gates__0__otherwise="200%"))
    assert answer.status_code == 422
    form = answer.context["form"]
    wrong = {field.name: [problem.what for problem in field.problems] for field in form.all_fields() if field.problems}
    assert sorted(wrong) == ["gates.0.otherwise", "items.1.target"]
    assert [problem.what for problem in form.loose()] == ["the weights sum to 110"]
    assert 'id="f-items-1-target-wrong"' in answer.content.decode() and 'value="viel"' in answer.content.decode()
    assert not PlanVersion.objects.filter(plan_id="telesale-2026-12").exists()


@pytest.mark.parametrize("text", ["- a\n", "a: [", "&x a: 1", "", "a: *x"])
def test_a_text_that_is_no_plan_can_still_be_edited(sign_in: SignIn, text: str) -> None:
    answer = sign_in("manager").post("/plans/new", {"base": text, "text": text})
    assert answer.status_code == 422 and problems_of(text) and answer.context["form"].loose()


def test_an_uploaded_document_is_opened_and_not_yet_kept(sign_in: SignIn, telesale: PlanVersion) -> None:
    client, count = sign_in("manager"), PlanVersion.objects.count()
    answer = client.post("/plans/new", {"file": SimpleUploadedFile("plan.yaml", telesale.text.encode())})
    assert answer.status_code == 200 and answer.context["form"].text == telesale.text and PlanVersion.objects.count() == count
    bad = client.post("/plans/new", {"file": SimpleUploadedFile("plan.yaml", b"\xff\xfe\x00")})
    assert bad.status_code == 200 and "UTF-8" in bad.content.decode()


def test_the_document_comes_down_as_it_is(sign_in: SignIn, telesale: PlanVersion) -> None:
    answer = sign_in("auditor").get(f"/plans/{telesale.pk}.yaml")
    assert answer.content.decode() == telesale.text and "attachment" in answer.headers["Content-Disposition"]


def test_beside_the_designer_stand_problems_the_sum_and_the_findings(sign_in: SignIn) -> None:
    client, text = sign_in("manager"), from_template("telesale")
    wrong = client.post("/plans/check", posted(text, items__0__weight="50")).content.decode()
    assert '<strong class="bad">110</strong>' in wrong and "tổng tỷ trọng là 110" in wrong and "<html" not in wrong
    assert 'hx-post="/plans/check?guards=1"' not in wrong
    fine = client.post("/plans/check", posted(text)).content.decode()
    assert '<strong class="good">100</strong>' in fine and 'hx-post="/plans/check?guards=1"' in fine
    found = client.post("/plans/check?guards=1", posted(text)).content.decode()
    assert "Chưa có biên bản tham khảo ý kiến" in found and 'hx-post="/plans/check?guards=1"' not in found
    assert not PlanVersion.objects.filter(plan_id="telesale-2026-12").exists()


def test_the_page_reads_the_plan_and_its_findings(sign_in: SignIn, telesale: PlanVersion) -> None:
    client = sign_in("manager")
    page = client.get(f"/plans/{telesale.pk}?findings=1&backtest=3")
    text = page.content.decode()
    assert "2.400.000 ₫" in text and "70 % → 0 %" in text and page.context["read"]["goal"] == "Tăng doanh thu 20 % so với năm trước"
    part = client.get(f"/plans/{telesale.pk}/findings").content.decode()
    assert all(each["what"]["vi"] in part for each in page.context["findings"]) and "<html" not in part
    ranks = [("error", "warning", "note").index(each["severity"]) for each in page.context["findings"]]
    assert ranks == sorted(ranks)
    backtest = page.context["backtest"]
    assert sum(row["new_vnd"] for row in backtest["people"]) == backtest["cost_vnd"] > 0


def test_findings_are_kept_until_something_changes(telesale: PlanVersion, manager: User) -> None:
    plan = read_plan(telesale.text)
    first = plan_guards.findings(plan)
    assert plan_guards.known_findings(plan, plan_guards.stand()) == first
    Acknowledgement.objects.filter(plan=telesale).update(state="sent")
    assert plan_guards.known_findings(plan, plan_guards.stand()) is None


def test_a_new_plan_is_compared_with_the_one_it_follows(telesale: PlanVersion, manager: User) -> None:
    saved = new_draft(with_value(next_version(telesale), ("bonus_vnd",), "3000000"), by=manager)
    plan = read_plan(ready(saved.text))
    before = plan_guards.predecessor(plan)
    assert before and before.id == telesale.plan_id and plan.announced is None  # it starts before today: no day to announce it on
    doc = plan_guards.backtest(plan, 3)
    assert doc["against"] == telesale.title and doc["compared"]["losers"] > 0 == doc["compared"]["winners"]


def test_a_leader_sees_nobody_elses_pay_and_no_finding_about_other_teams(sign_in: SignIn, telesale: PlanVersion) -> None:
    leader = User.objects.filter(role="leader").order_by("pk")[0]
    page = sign_in(leader.username).get(f"/plans/{telesale.pk}?findings=1&backtest=3")
    assert page.status_code == 200 and set(page.context["backtest"]) == {"periods", "shares", "reach"}
    everything = sign_in("manager").get(f"/plans/{telesale.pk}?findings=1").context["findings"]
    agents = dict(AgentRow.objects.values_list("name", "team_id"))
    own = AgentRow.objects.filter(agent_id=leader.agent_id).latest("pk").team_id
    teams = [{agents[subject] for subject in map(str, each["subjects"]) if subject in agents} for each in everything]
    assert [each["code"] for each in page.context["findings"]] == [
        each["code"] for each, named in zip(everything, teams, strict=True) if named <= {own}
    ]


@pytest.mark.parametrize("who", ["auditor", "payroll", "quality", "admin"])
def test_only_managers_design(sign_in: SignIn, draft: PlanVersion, who: str) -> None:
    client, text = sign_in(who), from_template("cskh")
    for address, sent in [
        ("/plans/new", posted(text)), ("/plans/check", posted(text)), (f"/plans/{draft.pk}/edit", posted(draft.text, bonus_vnd="1")),
        (f"/plans/{draft.pk}/delete", {}), (f"/plans/{draft.pk}/announce", {"override": "x"}),
    ]:  # fmt: skip
        assert client.post(address, sent).status_code == 403
    again = PlanVersion.objects.get(pk=draft.pk)
    assert (again.text, again.state) == (draft.text, "draft") and not PlanVersion.objects.filter(plan_id="cskh-2026-12").exists()


def test_agents_see_no_plans_as_documents(sign_in: SignIn, agent: str, telesale: PlanVersion) -> None:
    client = sign_in(agent)
    parts = ("", ".yaml", "/findings", "/backtest", "/answers")
    assert [client.get(f"/plans/{telesale.pk}{part}").status_code for part in parts] == [403] * 5
    assert client.get("/plans").status_code == 403


def test_the_list_asks_the_database_no_more_for_three_plans_than_for_one(sign_in: SignIn, manager: User) -> None:
    from django.db import connection

    client = sign_in("manager")
    Acknowledgement.objects.all().delete()
    first, *others = PlanVersion.objects.order_by("pk")
    for each in others:
        each.delete()
    client.get("/plans")
    with CaptureQueriesContext(connection) as one:
        assert len(client.get("/plans").context["rows"]) == 1
    for bonus in ("5000000", "5500000"):
        save_plan(with_value(first.text, ("bonus_vnd",), bonus), by=manager)
    with CaptureQueriesContext(connection) as three:
        assert len(client.get("/plans").context["rows"]) == 3
    assert len(one) == len(three)


def test_announcing_needs_a_reason_when_the_guards_find_an_error(draft: PlanVersion, manager: User, sign_in: SignIn) -> None:
    found = plan_guards.findings(read_plan(ready(draft.text)))
    errors = plan_guards.counts(found)["error"]
    client = sign_in("manager")
    page = client.get(f"/plans/{draft.pk}/announce")
    assert page.context["errors"] == errors and len(page.context["people"]) > 0
    if errors:
        assert client.post(f"/plans/{draft.pk}/announce", {"override": " "}).status_code == 422
        assert not Acknowledgement.objects.filter(plan=draft).exists()
    answer = client.post(f"/plans/{draft.pk}/announce", {"override": "Đã bàn với công đoàn"})
    saved = PlanVersion.objects.get(pk=draft.pk)
    assert answer.headers["Location"] == f"/plans/{draft.pk}/answers" and saved.state == "announced"
    assert saved.override == ("Đã bàn với công đoàn" if errors else "") and read_plan(saved.text).announced == date(2026, 11, 3)
    sent = list(Acknowledgement.objects.filter(plan=saved).values_list("agent_id", "state"))
    assert [each[0] for each in sent] == sorted(agent for _name, agent in page.context["people"]) and {each[1] for each in sent} == {"sent"}
    announce_draft(saved, by=manager)
    assert AuditEntry.objects.filter(action="plan.announced", subject__startswith="plan:telesale-2026-12").count() == 1


def test_a_draft_that_starts_today_is_too_late_to_announce(manager: User, sign_in: SignIn) -> None:
    saved = new_draft(with_value(from_template("telesale"), ("starts",), "2026-11-03"), by=manager)
    client = sign_in("manager")
    for page in (client.get(f"/plans/{saved.pk}?findings=1"), client.get(f"/plans/{saved.pk}/announce")):
        text = page.content.decode()
        assert "Đã quá muộn để công bố: kế hoạch áp dụng từ 03/11/2026" in text and "Kế hoạch chưa được công bố" not in text
        assert {each["code"] for each in page.context["findings"] if each["severity"] == "error"} >= {"K7", "L3"}
    assert "công bố ngày" not in text


# the designer's further fields


def test_new_scales_and_commissions_are_written(telesale: PlanVersion) -> None:
    text, both = applied(
        posted(telesale.text)
        | {"new.scales.name": "bac", "new.scales.mode": "step", "new.scales.points": "80% → 50%; 100% → 100%"}
        | {"new.commission.on": "revenue", "new.commission.tiers": "0 → 1%", "new.commission.title": "Thêm"}
    )
    plan = read_plan(text)
    assert both == [] and plan.commission[-1].title == "Thêm" and len(plan.commission) == len(read_plan(telesale.text).commission) + 1
    assert 'bac: {mode: step, points: [[80%, 50%], [100%, 100%]]}' in text


def test_the_roll_out_is_kept_beside_the_document(draft: PlanVersion, sign_in: SignIn) -> None:
    from chot.performance.models import Rollout

    sent = posted(draft.text) | {"rollout.review": "2027-01-05", "rollout.tools": "Kịch bản mới", "rollout.message": "Chào cả nhà"}
    client = sign_in("manager")
    assert client.post(f"/plans/{draft.pk}/edit", sent).status_code == 302
    kept = Rollout.objects.get(plan=draft)
    assert (kept.reviews, kept.tools, kept.message) == (["2027-01-05"], "Kịch bản mới", "Chào cả nhà")
    assert PlanVersion.objects.get(pk=draft.pk).text == draft.text
    assert AuditEntry.objects.latest("pk").action == "plan.rollout"
    page = client.get(f"/plans/{draft.pk}").content.decode()
    assert "Kịch bản mới" in page and "05/01/2027" in page


def test_problems_are_in_the_reader_s_language(draft: PlanVersion, sign_in: SignIn) -> None:
    found = sign_in("manager").post("/plans/check", posted(draft.text, items__0__weight="41"))
    assert "tổng tỷ trọng là 101" in found.content.decode() and "the weights sum" not in found.content.decode()


def test_a_plan_and_its_targets_are_uploaded_together(telesale: PlanVersion, sign_in: SignIn) -> None:
    from chot.performance.target_sets import names_in, stored

    agents = sorted(Acknowledgement.objects.filter(plan=telesale).values_list("agent_id", flat=True))
    text = with_value(telesale.text, ("items", 0, "target"), "{per_agent: mine.csv}")
    metric = read_plan(telesale.text).items[0].metric.id
    rows = "".join(f"{agent},{metric},{7 + number}\n" for number, agent in enumerate(agents))
    files = [
        SimpleUploadedFile("plan.yaml", text.encode()), SimpleUploadedFile("mine.csv", f"agent_id,metric,target\n{rows}".encode()),
    ]  # fmt: skip
    page = sign_in("manager").post("/plans/new", {"file": files}).content.decode()
    name = next(iter(name for name in names_in(page.replace("&quot;", '"')) if name.startswith("uploaded-targets-")))
    assert list(stored(f"per_agent: {name}")) == [name] and "problems keep" not in page
