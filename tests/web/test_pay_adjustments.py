"""Adjustments beside the KPI lines: typed, limited, by two people, in every total, and never after closing."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from chot.core import clock
from chot.core.errors import InputError
from chot.facts.runs import Archive
from chot.pay import actions, actions_adjustments, actions_closing, actions_disputes, adjusting, payslip, queries, queries_mine
from chot.pay.adjusting import Proposal
from chot.pay.core_words import core_words
from chot.pay.models import PayAdjustment, PayRun
from chot.people.models import AuditEntry, Notification, User
from chot.performance import live_runs
from chot.performance.models import PlanVersion, Result
from tests.web.test_pay_runs import PERIOD, SignIn, archive, draft, payroll, review, second, table, telesale  # noqa: F401


def wanted(agent: str, kind: str = "goodwill", amount: int = 500_000, **more: object) -> Proposal:
    return Proposal(agent_id=agent, kind=kind, amount_vnd=amount, reason="Vì đã trực đêm", **more)  # type: ignore[arg-type]


@pytest.fixture
def paid(draft: PayRun) -> Result:  # noqa: F811
    """The best paid in the draft."""
    return Result.objects.filter(run__plan=draft.plan, run__period=PERIOD).order_by("-variable_vnd")[0]


@pytest.fixture
def september(telesale: PlanVersion, payroll: User, second: User, archive: Archive) -> PayRun:  # noqa: F811
    """September, closed."""
    return actions_closing.close_run(actions.submit(actions.prepare(telesale, "2026-09", by=payroll), by=payroll), by=second)


@pytest.fixture
def next_plan(telesale: PlanVersion, archive: Archive) -> PlanVersion:  # noqa: F811
    """The plan of the next quarter: the same rules under another name."""
    named = telesale.text.replace(f"plan: {telesale.plan_id}\n", "plan: telesale-next\n", 1)
    assert named != telesale.text
    return PlanVersion.objects.create(
        plan_id="telesale-next", version="1" * 32, title="KPI telesale", text=named, starts=telesale.starts, ends=telesale.ends, state="announced",
        created_at=clock.now(),
    )  # fmt: skip


def test_two_people_and_every_total(
    draft: PayRun, paid: Result, payroll: User, second: User, archive: Archive, sign_in: SignIn  # noqa: F811
) -> None:
    made = actions_adjustments.propose(draft, wanted(paid.agent_id), by=payroll)
    with pytest.raises(InputError):
        actions_adjustments.approve(made, by=payroll)
    run = actions.submit(draft, by=payroll)
    with pytest.raises(InputError, match=r"wait for approval|chờ duyệt"):
        actions_closing.approve(run, by=second)
    made = actions_adjustments.approve(made, by=second)
    assert actions_adjustments.approve(made, by=second).decided_at == made.decided_at
    closed = actions_closing.close_run(run, by=second)
    doc = json.loads((archive.folder(closed.run_id) / "run.json").read_text())
    assert closed.total_vnd == doc["total_variable_vnd"]  # the KPI document knows nothing of it
    people = queries.people_of(closed, None)
    assert sum(each.paid_vnd for each in people) == closed.total_vnd + 500_000
    page = sign_in("manager").get(reverse("pay:run", args=[closed.pk])).context
    assert (page["figures"]["paid"], page["sums"]["paid"], page["sums"]["adjusted"]) == (closed.total_vnd + 500_000,) * 2 + (500_000,)
    client = sign_in("payroll")
    head, *rows, total = table(client, "export_people", closed)
    assert int(total[-2]) == closed.total_vnd + 500_000 and head[-3] in ("Khoản hỗ trợ thiện chí", "Goodwill payment")
    [own] = [row for row in rows if row[0] == paid.agent_id]
    assert (int(own[-3]), int(own[-2])) == (500_000, paid.variable_vnd + 500_000)
    assert sum(int(row[6]) for row in table(client, "export_lines", closed)[1:]) == closed.total_vnd + 500_000
    assert sum(int(row[3]) for row in table(client, "export_bank", closed)[1:]) == closed.total_vnd + 500_000
    slip = payslip.of_agent(closed, paid.agent_id)
    assert slip and slip.paid_vnd == paid.variable_vnd + 500_000 == sum(line.amount_vnd for line in slip.lines) + 500_000
    content = sign_in(paid.agent_id).get(reverse("pay:slip", args=[closed.pk, paid.agent_id])).content.decode()
    assert str(payroll) in content and str(second) in content and "Vì đã trực đêm" in content
    [history] = queries_mine.history(paid.agent_id)
    assert history.paid_vnd == slip.paid_vnd and history.kinds["beside"] == 500_000
    told = ["pay.adjustment_proposed", "pay.adjustment_approved"]
    assert [AuditEntry.objects.filter(action=action).count() for action in told] == [1, 1]
    assert Notification.objects.filter(kind="pay.adjustment_decided", user=payroll).count() == 1


def test_a_closed_run_takes_no_adjustment_and_changes_none(draft: PayRun, paid: Result, payroll: User, second: User, archive: Archive) -> None:  # noqa: F811
    made = actions_adjustments.approve(actions_adjustments.propose(draft, wanted(paid.agent_id), by=payroll), by=second)
    closed = actions_closing.close_run(actions.submit(draft, by=payroll), by=second)
    for step in (
        lambda: actions_adjustments.propose(closed, wanted(paid.agent_id), by=payroll),
        lambda: actions_adjustments.withdraw(made, by=payroll),
    ):
        with pytest.raises(InputError):
            step()
    for write in (
        lambda: PayAdjustment.objects.filter(pk=made.pk).update(amount_vnd=1),
        lambda: PayAdjustment.objects.filter(pk=made.pk).delete(),
        lambda: PayAdjustment.objects.create(
            run=closed, agent_id=paid.agent_id, kind="goodwill", amount_vnd=1, reason="x", proposed_by=payroll, proposed_at=made.proposed_at
        ),
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            write()


def test_the_database_holds_sign_and_four_eyes(draft: PayRun, paid: Result, payroll: User) -> None:  # noqa: F811
    made = actions_adjustments.propose(draft, wanted(paid.agent_id), by=payroll)
    for change in ({"amount_vnd": -1}, {"state": "approved"}, {"state": "approved", "decided_by": payroll}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PayAdjustment.objects.filter(pk=made.pk).update(**change)


@pytest.mark.parametrize("plan", ["telesale", "next_plan"])
def test_a_claw_back_takes_no_more_than_is_still_paid(
    september: PayRun, payroll: User, second: User, plan: str, request: pytest.FixtureRequest  # noqa: F811
) -> None:
    """Also when the plan of the quarter has followed another."""
    run = actions.prepare(request.getfixturevalue(plan), PERIOD, by=payroll)
    entries = [(each.agent_id, line) for each in september.entries.all() for line in each.lines if line["kind"] == "commission"]
    agent, line = max(entries, key=lambda each: each[1]["amount_vnd"])
    assert adjusting.commission_paid(run, agent)[september.pk, line["id"]] == line["amount_vnd"] > 1

    def claw(amount: int, of: str = line["id"]) -> PayAdjustment:
        return actions_adjustments.propose(run, wanted(agent, "claw_back", -amount, corrects=september, line=of), by=payroll)

    with pytest.raises(InputError):
        claw(line["amount_vnd"] + 1)
    with pytest.raises(InputError):
        claw(1, "item:revenue")
    claw(line["amount_vnd"] - 1)
    with pytest.raises(InputError):
        claw(2)
    made = claw(1)
    assert (september.pk, line["id"]) not in adjusting.commission_paid(run, agent)
    actions_adjustments.withdraw(made, by=payroll)
    assert adjusting.commission_paid(run, agent)[september.pk, line["id"]] == 1


def test_late_facts_and_people_never_take_the_same_commission_twice(september: PayRun, payroll: User, second: User) -> None:  # noqa: F811
    run = actions.prepare(september.plan, PERIOD, by=payroll)
    entries = [(each.agent_id, line) for each in september.entries.all() for line in each.lines if line["kind"] == "commission"]
    agent, line = max(entries, key=lambda each: each[1]["amount_vnd"])
    made = wanted(agent, "claw_back", -line["amount_vnd"], corrects=september, line=line["id"])
    actions_adjustments.approve(actions_adjustments.propose(run, made, by=payroll), by=second)
    adjusting.check_closable(run)
    result = Result.objects.get(run__plan=run.plan, run__period=PERIOD, agent_id=agent)
    corrects = {"run_id": september.run_id, "period": "2026-09", "line": line["id"]}
    result.lines = [*result.lines, {"id": "adjust:x", "kind": "adjust", "amount_vnd": -1, "corrects": corrects}]
    result.save()
    with pytest.raises(InputError, match=agent):
        adjusting.check_closable(run)


def test_damage_takes_at_most_30_percent_of_net_pay(draft: PayRun, paid: Result, payroll: User) -> None:  # noqa: F811
    def damage(amount: int, net: int | None) -> PayAdjustment:
        return actions_adjustments.propose(draft, wanted(paid.agent_id, "damage", -amount, net_pay_vnd=net), by=payroll)

    for amount, net in ((1, None), (300_001, 1_000_000)):
        with pytest.raises(InputError):
            damage(amount, net)
    damage(200_000, 1_000_000)
    with pytest.raises(InputError):
        damage(100_001, 1_000_000)
    damage(100_000, 1_000_000)
    assert sum(draft.adjustments.values_list("amount_vnd", flat=True)) == -300_000


def test_base_pay_is_never_reduced(draft: PayRun, paid: Result, payroll: User, second: User, archive: Archive) -> None:  # noqa: F811
    with pytest.raises(InputError):
        actions_adjustments.propose(
            draft, wanted(paid.agent_id, "damage", -paid.variable_vnd - 1, net_pay_vnd=10 * paid.variable_vnd), by=payroll
        )
    made = actions_adjustments.propose(draft, wanted(paid.agent_id, "damage", -1_000, net_pay_vnd=10_000_000), by=payroll)
    actions_adjustments.approve(made, by=second)
    run = actions.submit(draft, by=payroll)
    Result.objects.filter(pk=paid.pk).update(variable_vnd=999)  # the pay fell after it was approved
    with pytest.raises(InputError, match=paid.agent_id):
        actions_closing.approve(run, by=second)
    run.refresh_from_db()
    assert run.state == "review" and archive.manifests == []


def test_a_draft_with_adjustments_is_not_given_up(draft: PayRun, paid: Result, payroll: User) -> None:  # noqa: F811
    made = actions_adjustments.propose(draft, wanted(paid.agent_id), by=payroll)
    with pytest.raises(InputError):
        actions.discard(draft, by=payroll)
    actions_adjustments.withdraw(made, by=payroll)
    actions.discard(draft, by=payroll)
    assert not PayRun.objects.exists() and not PayAdjustment.objects.exists()


def test_the_way_on_the_pages(draft: PayRun, paid: Result, sign_in: SignIn) -> None:  # noqa: F811
    one, two, url = sign_in("payroll"), sign_in("manager"), reverse("pay:adjustment_new", args=[draft.pk])
    form = {"agent": paid.agent_id, "kind": "correction", "amount": "1.500.000", "reason": "Sai ngày công"}
    assert one.get(url, {"agent": paid.agent_id, "kind": "claw_back"}).status_code == 200
    for wrong in ({"amount": "1.500,50"}, {"amount": "-5"}, {"amount": "0"}, {"reason": " "}, {"kind": "fine"}):
        assert one.post(url, form | wrong).status_code == 422
    assert one.post(url, {**form, "attachment": SimpleUploadedFile("virus.pdf", b"MZ123")}).status_code == 422
    assert not PayAdjustment.objects.exists()
    one.post(url, {**form, "attachment": SimpleUploadedFile("biên bản.pdf", b"%PDF-1.7 x")})
    made = PayAdjustment.objects.get()
    assert (made.amount_vnd, made.attachment_name, made.state) == (1_500_000, "biên bản.pdf", "proposed")
    page, agent = reverse("pay:adjustment", args=[made.pk]), sign_in(paid.agent_id)
    assert agent.get(page).status_code == 404
    one.post(reverse("pay:adjustment_approve", args=[made.pk]))
    made.refresh_from_db()
    assert made.state == "proposed"
    assert two.post(reverse("pay:adjustment_refuse", args=[made.pk]), {"why": " "}).status_code == 422
    two.post(reverse("pay:adjustment_approve", args=[made.pk]))
    made.refresh_from_db()
    assert made.state == "approved" and agent.get(page).status_code == 200
    file = agent.get(reverse("pay:adjustment_attachment", args=[made.pk]))
    assert b"".join(file.streaming_content) == b"%PDF-1.7 x"  # type: ignore[attr-defined]
    other = User.objects.filter(role="agent").exclude(agent_id__in=["", paid.agent_id])[0]
    for name in ("adjustment", "adjustment_attachment"):
        assert sign_in(other.username).get(reverse(f"pay:{name}", args=[made.pk])).status_code == 403


def test_an_accepted_question_leads_to_its_adjustment(draft: PayRun, paid: Result, payroll: User, second: User, sign_in: SignIn) -> None:  # noqa: F811
    asker = User.objects.get(agent_id=paid.agent_id)
    asked = actions_disputes.ask(draft.plan, PERIOD, "total", "Thiếu một ca đêm", by=asker)
    assert Notification.objects.filter(kind="pay.asked", user=payroll).count() == 1
    new = reverse("pay:adjustment_new", args=[draft.pk])
    assert sign_in("payroll").get(new, {"dispute": asked.pk}).status_code == 404
    actions_disputes.answer(asked, "Đúng, sẽ trả thêm", accept=True, by=payroll)
    page = reverse("pay:dispute", args=[asked.pk])
    assert f"{new}?dispute={asked.pk}" in sign_in("payroll").get(page).content.decode()
    form = {"agent": paid.agent_id, "kind": "correction", "amount": "90000", "reason": "Ca đêm", "dispute": str(asked.pk)}
    sign_in("payroll").post(new, form)
    made = PayAdjustment.objects.get(dispute=asked)
    link = reverse("pay:adjustment", args=[made.pk])
    assert link not in sign_in(paid.agent_id).get(page).content.decode()
    actions_adjustments.approve(made, by=second)
    assert link in sign_in(paid.agent_id).get(page).content.decode()


def test_a_question_about_the_last_plan_is_settled_with_the_next(
    september: PayRun, next_plan: PlanVersion, payroll: User, sign_in: SignIn  # noqa: F811
) -> None:
    agent = september.entries.order_by("-variable_vnd")[0].agent_id
    asked = actions_disputes.ask(september.plan, "2026-09", "total", "Thiếu một đơn", by=User.objects.get(agent_id=agent))
    actions_disputes.answer(asked, "Đúng", accept=True, by=payroll)
    client, page = sign_in("payroll"), reverse("pay:dispute", args=[asked.pk])
    assert "ngay khi bảng lương kỳ tới được lập" in client.get(page).content.decode()
    run = actions.prepare(next_plan, PERIOD, by=payroll)
    new = reverse("pay:adjustment_new", args=[run.pk])
    assert f"{new}?dispute={asked.pk}" in client.get(page).content.decode()
    form = {"agent": agent, "kind": "correction", "amount": "90000", "reason": "Thiếu đơn", "dispute": str(asked.pk)}
    other = september.entries.exclude(agent_id=agent)[0].agent_id
    assert client.post(new, {**form, "agent": other}).status_code == 422 and not PayAdjustment.objects.exists()
    client.post(new, form)
    made = PayAdjustment.objects.get()
    assert (made.run_id, made.dispute_id, made.agent_id) == (run.pk, asked.pk, agent)


def test_a_closing_is_followed_by_open_periods(telesale: PlanVersion, payroll: User, second: User, archive: Archive) -> None:  # noqa: F811
    """Guarantees and corrections of the next months rest on it."""
    live_runs.follow_older()
    assert list(live_runs._stale(today=False)) == []
    actions_closing.close_run(actions.submit(actions.prepare(telesale, "2026-09", by=payroll), by=payroll), by=second)
    assert (telesale.pk, PERIOD) in {(saved.pk, period) for saved, period, _state in live_runs._stale(today=False)}
    live_runs.follow_older()
    assert list(live_runs._stale(today=False)) == []


def test_what_the_computation_says_of_a_gate_is_said_in_vietnamese() -> None:
    with translation.override("vi"):
        [said] = core_words(["gate:1: a18: does not apply: quality_score is not measured: sample 2 is under min_sample 3"])
    assert said == "điều kiện 1, a18: không áp dụng: điểm chất lượng chưa đo được: mới có 2 mẫu, cần ít nhất 3"


def test_the_run_takes_the_same_queries_for_one_and_three(draft: PayRun, payroll: User, second: User, sign_in: SignIn) -> None:  # noqa: F811
    agents = list(Result.objects.filter(run__plan=draft.plan, run__period=PERIOD).values_list("agent_id", flat=True)[:3])
    client, url = sign_in("manager"), reverse("pay:run", args=[draft.pk])

    def add(agent: str) -> None:
        actions_adjustments.approve(actions_adjustments.propose(draft, wanted(agent), by=payroll), by=second)

    add(agents[0])
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    add(agents[1])
    add(agents[2])
    with CaptureQueriesContext(connection) as three:
        assert len(client.get(url).context["manual"]) == 3
    assert len(one) == len(three)


def test_due_questions_are_reminded_of_once_a_day(draft: PayRun, paid: Result, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    actions_disputes.ask(draft.plan, PERIOD, "total", "Thiếu", by=User.objects.get(agent_id=paid.agent_id))
    office = User.objects.filter(role__in=["payroll", "manager"]).count()
    assert actions_disputes.remind_due() == 0
    monkeypatch.setenv("CHOT_TODAY", "2026-11-09")
    assert [actions_disputes.remind_due(), actions_disputes.remind_due()] == [office, 0]
    monkeypatch.setenv("CHOT_TODAY", "2026-11-10")
    assert actions_disputes.remind_due() == office
