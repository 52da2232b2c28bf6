"""Pay runs: exact figures, two people for one closing, and who may see or do what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chot.core import clock
from chot.core.errors import InputError
from chot.facts.importing import import_file
from chot.facts.runs import Archive
from chot.feed.actions import report_rejects
from chot.feed.models import RejectedRow
from chot.pay import actions, actions_closing, actions_jobs, queries
from chot.pay.models import PayEntry, PayJob, PayRun
from chot.people.models import AgentRow, AuditEntry, User
from chot.performance.models import PlanVersion, Result, Run

PERIOD = "2026-10"
SignIn = Callable[[str], Client]


@pytest.fixture
def telesale(db: None) -> PlanVersion:
    """The announced telesales plan."""
    return PlanVersion.objects.get(plan_id__startswith="telesale")


@pytest.fixture
def payroll(db: None) -> User:
    """The one who prepares."""
    return User.objects.get(username="payroll")


@pytest.fixture
def second(db: None) -> User:
    """The one who closes."""
    return User.objects.get(username="payroll2")


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, var: Path) -> Archive:
    """A data folder of this test's own, so that closing on disk is undone as well."""
    import shutil

    from django.conf import settings

    shutil.copytree(var / "data", tmp_path / "data")
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    return Archive(tmp_path / "data" / "runs")


@pytest.fixture
def draft(telesale: PlanVersion, payroll: User, archive: Archive) -> PayRun:
    """A draft of October."""
    return actions.prepare(telesale, PERIOD, by=payroll)


@pytest.fixture
def review(draft: PayRun, payroll: User) -> PayRun:
    """The draft, handed over."""
    return actions.submit(draft, by=payroll)


@pytest.fixture
def named(sign_in: SignIn) -> SignIn:
    """Like ``sign_in``, for "leader" and "agent" too: somebody of that role."""

    def named(who: str) -> Client:
        user = User.objects.filter(role=who).exclude(agent_id="").order_by("agent_id").first()
        return sign_in(user.username if user else who)

    return named


def worked() -> None:
    """The jobs that wait, as the worker does them."""
    for job in PayJob.objects.filter(state__in=PayJob.OPEN).select_related("plan", "by"):
        done = actions_jobs.work(job)
        assert done.state == "done", done.problem


def entries(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


def test_a_draft_has_the_figures_of_the_computed_run(draft: PayRun, payroll: User) -> None:
    computed = Run.objects.get(plan=draft.plan, period=PERIOD)
    assert (draft.state, draft.run_id, draft.prepared_by) == ("draft", computed.run_id, payroll)
    assert draft.total_vnd == computed.document["total_variable_vnd"] > 0
    people = queries.people_of(draft, None)
    assert sum(person.variable_vnd for person in people) == draft.total_vnd
    assert all(sum(person.kinds.values()) == person.variable_vnd for person in people)
    assert entries("pay.prepared") == 1
    assert actions.prepare(draft.plan, PERIOD, by=payroll).pk == draft.pk
    assert entries("pay.prepared") == 1


def test_closing_gives_the_run_document_entry_by_entry(review: PayRun, second: User, archive: Archive) -> None:
    closed = actions_closing.close_run(review, by=second)
    doc = json.loads((archive.folder(closed.run_id) / "run.json").read_text())
    assert (closed.state, closed.closed_by, closed.run_id) == ("closed", second, doc["run_id"])
    assert closed.total_vnd == doc["total_variable_vnd"] == PayEntry.objects.filter(run=closed).aggregate(Sum("variable_vnd"))["variable_vnd__sum"]
    found = {each.agent_id: each for each in closed.entries.all()}
    assert [found[each["agent_id"]].lines for each in doc["agents"]] == [each["lines"] for each in doc["agents"]]
    assert [found[each["agent_id"]].carry_vnd for each in doc["agents"]] == [each["carry_vnd"] for each in doc["agents"]]
    assert len(found) == len(doc["agents"]) and all(each.name for each in found.values())


def test_closing_twice_is_one_closing(review: PayRun, second: User, payroll: User, archive: Archive) -> None:
    first = actions_closing.close_run(review, by=second)
    again = actions_closing.close_run(review, by=payroll)
    assert (again.pk, again.closed_at, again.closed_by) == (first.pk, first.closed_at, second)
    assert (entries("pay.closing"), entries("pay.closed"), len(archive.manifests)) == (1, 1, 1)
    assert actions_closing.finish_closings() == 0


def test_four_eyes(review: PayRun, payroll: User, second: User, archive: Archive) -> None:
    with pytest.raises(InputError, match=r"You prepared this run|Bạn đã lập"):
        actions_closing.close_run(review, by=payroll)
    review.refresh_from_db()
    assert (review.state, entries("pay.closing"), archive.manifests) == ("review", 0, [])


def test_only_the_preparer_hands_over(draft: PayRun, second: User) -> None:
    with pytest.raises(InputError):
        actions.submit(draft, by=second)
    taken_over = actions.prepare(draft.plan, PERIOD, by=second)
    assert taken_over.prepared_by == second
    assert actions.submit(taken_over, by=second).state == "review"


def test_a_draft_cannot_be_closed_and_a_review_not_recomputed(draft: PayRun, second: User, payroll: User, archive: Archive) -> None:
    with pytest.raises(InputError):
        actions_closing.close_run(draft, by=second)
    actions.submit(draft, by=payroll)
    with pytest.raises(InputError):
        actions.prepare(draft.plan, PERIOD, by=second)
    draft.refresh_from_db()
    assert (draft.state, draft.prepared_by, archive.manifests) == ("review", payroll, [])


def test_sent_back_with_the_reason(review: PayRun, second: User) -> None:
    back = actions.send_back(review, " An's orders are missing ", by=second)
    assert (back.state, back.problem, entries("pay.sent_back")) == ("draft", "An's orders are missing", 1)


def test_a_running_period_and_a_foreign_period_are_not_prepared(telesale: PlanVersion, payroll: User) -> None:
    for period in ("2026-11", "2031-01", "2026-Q4"):
        with pytest.raises(InputError):
            actions.prepare(telesale, period, by=payroll)
    assert not PayRun.objects.exists()


def test_changed_facts_are_not_closed(review: PayRun, second: User, archive: Archive) -> None:
    Run.objects.filter(plan=review.plan, period=PERIOD).update(run_id="0123456789abcdef")
    with pytest.raises(InputError):
        actions_closing.close_run(review, by=second)
    assert archive.manifests == []
    PayRun.objects.filter(pk=review.pk).update(state="closing", run_id="0123456789abcdef")
    assert actions_closing.finish(review.pk).state == "draft"
    assert (archive.manifests, PayEntry.objects.count(), entries("pay.closed")) == ([], 0, 0)


def test_earlier_periods_are_closed_first(review: PayRun, second: User, payroll: User, archive: Archive) -> None:
    earlier = actions.prepare(review.plan, "2026-09", by=payroll)
    with pytest.raises(InputError):
        actions_closing.close_run(review, by=second)
    actions.discard(earlier, by=payroll)
    assert actions_closing.close_run(review, by=second).state == "closed"


def test_rejected_rows_stop_closing_until_somebody_says_why(review: PayRun, second: User, archive: Archive, sign_in: SignIn) -> None:
    RejectedRow.objects.create(fact_table="reviews", key="r-bad", column="score_bp", value="99999", reason="is over 10000", at=clock.now())
    report_rejects(archive.path.parent)
    actions.send_back(review, "reviews changed", by=second)
    payroll = User.objects.get(username="payroll")
    actions.submit(actions.prepare(review.plan, PERIOD, by=payroll), by=payroll)
    client, url = sign_in("payroll2"), reverse("pay:close", args=[review.pk])
    refused = client.post(url)
    assert refused.status_code == 409 and "99999" in refused.content.decode()
    assert client.post(url, {"accept": "on"}).status_code == 409
    assert client.post(url, {"accepted_because": "no tick"}).status_code == 409
    assert (archive.manifests, entries("pay.closing")) == ([], 0)
    assert client.post(url, {"accept": "on", "accepted_because": "The review was a test"}).status_code == 302
    worked()
    review.refresh_from_db()
    said = AuditEntry.objects.get(action="pay.closing").after
    assert review.state == "closed" and said is not None
    assert (said["rejected_rows"], said["accepted_because"]) == (1, "The review was a test")


def test_adjustments_are_ticked_off_with_a_note(telesale: PlanVersion, payroll: User, second: User, archive: Archive, sign_in: SignIn) -> None:
    first = actions.prepare(telesale, "2026-09", by=payroll)
    actions_closing.close_run(actions.submit(first, by=payroll), by=second)
    _one_more_order(archive.path.parent, first)
    run = actions.submit(actions.prepare(telesale, PERIOD, by=payroll), by=payroll)
    wanted = actions_closing.adjustments_of(run)
    assert wanted
    client, url = sign_in("payroll2"), reverse("pay:close", args=[run.pk])
    page = client.get(reverse("pay:run", args=[run.pk])).content.decode()
    assert all(each.split("|")[0] in page for each in wanted) and reverse("pay:run", args=[first.pk]) in page
    assert client.post(url).status_code == 409
    assert client.post(url, {"adjust": sorted(wanted)}).status_code == 409
    assert client.post(url, {"note": "seen"}).status_code == 409
    run.refresh_from_db()
    assert (run.state, entries("pay.closing")) == ("review", 1)  # September's
    assert client.post(url, {"adjust": sorted(wanted), "note": "A late order of An"}).status_code == 302
    worked()
    run.refresh_from_db()
    assert run.state == "closed"
    assert actions_closing.approved(run)["adjustments"] == sorted(wanted) and actions_closing.approved(run)["note"] == "A late order of An"


def _one_more_order(data: Path, run: PayRun) -> None:
    """A large September order, known only after September was closed."""
    agent = run.entries.order_by("-variable_vnd")[0].agent_id
    path = data.parent / "late.csv"
    path.write_text(
        "order_id,agent_id,customer_id,ordered_at,status,status_at,amount_vnd,quantity\n"
        f"late-1,{agent},c-late,2026-09-20T10:00:00+07:00,completed,2026-10-20T10:00:00+07:00,90000000,1\n"
    )
    report = import_file(path, data, table="orders")
    assert report.imported == 1



def test_the_database_refuses_to_change_what_is_closed(review: PayRun, second: User, archive: Archive) -> None:
    closed = actions_closing.close_run(review, by=second)
    entry = closed.entries.all()[0]
    for change in (
        lambda: PayEntry.objects.filter(pk=entry.pk).update(variable_vnd=0), lambda: PayEntry.objects.filter(pk=entry.pk).delete(),
        lambda: PayRun.objects.filter(pk=closed.pk).update(total_vnd=0), lambda: closed.entries.create(agent_id="x", name="x", variable_vnd=1, lines=[]),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert PayEntry.objects.get(pk=entry.pk).variable_vnd == entry.variable_vnd


@pytest.mark.parametrize(
    ("username", "status"),
    [("payroll", 200), ("manager", 200), ("auditor", 200), ("leader", 200), ("agent", 403), ("quality", 403), ("admin", 403)],
)
def test_who_sees_runs(review: PayRun, named: SignIn, username: str, status: int) -> None:
    client = named(username)
    assert client.get(reverse("pay:runs")).status_code == status
    for url in (
        reverse("pay:run", args=[review.pk]), reverse("pay:export_people", args=[review.pk, "csv"]),
        reverse("pay:export_lines", args=[review.pk, "xlsx"]),
    ):  # fmt: skip
        assert client.get(url).status_code in ({200, 403} if username == "leader" else {status})


@pytest.mark.parametrize("username", ["auditor", "manager", "quality", "admin", "leader", "agent"])
def test_only_payroll_moves_a_run(review: PayRun, named: SignIn, archive: Archive, username: str) -> None:
    client, written = named(username), AuditEntry.objects.count()
    for name in ("submit", "send_back", "discard", "close"):
        assert client.post(reverse(f"pay:{name}", args=[review.pk]), {"reason": "x"}).status_code == 403
    assert client.post(reverse("pay:prepare"), {"plan": review.plan_id, "period": "2026-09"}).status_code == 403
    review.refresh_from_db()
    assert (review.state, AuditEntry.objects.count(), PayRun.objects.count(), archive.manifests) == ("review", written, 1, [])


def test_a_leader_sees_the_own_team_only(review: PayRun, sign_in: SignIn) -> None:
    agent = Result.objects.filter(run__plan=review.plan, run__period=PERIOD).order_by("team_id", "agent_id")[0]
    leader = User.objects.filter(role="leader").order_by("pk")[0]
    others = set(Result.objects.filter(run__plan=review.plan, run__period=PERIOD).exclude(team_id=agent.team_id).values_list("agent_id", flat=True))
    team = set(AgentRow.objects.filter(team_id=agent.team_id, valid_to=None).values_list("agent_id", flat=True))
    AgentRow.objects.filter(agent_id=leader.agent_id).update(team_id=agent.team_id)
    client = sign_in(leader.username)
    rows = list(csv.reader(io.StringIO(client.get(reverse("pay:export_people", args=[review.pk, "csv"])).content.decode("utf-8-sig"))))
    seen = {row[0] for row in rows[1:-1]}
    assert agent.agent_id in seen and seen <= team | {leader.agent_id} and not seen & (others - team)
    listed = queries.listed_runs(queries.visible_agents(leader))
    assert [each.total_vnd for each in listed] == [sum(int(row[-3]) for row in rows[1:-1])]
    page = client.get(reverse("pay:run", args=[review.pk])).content.decode()
    assert all(f">{other}<" not in page for other in others - team)
    User.objects.filter(pk=leader.pk).update(sees_pay=False)
    assert sign_in(leader.username).get(reverse("pay:run", args=[review.pk])).status_code == 403


def table(client: Client, name: str, run: PayRun, form: str = "csv") -> list[list[str]]:
    found = client.get(reverse(f"pay:{name}", args=[run.pk, form]))
    assert f"{run.period}-{name.removeprefix('export_')}.{form}" in found.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))


def test_exports_add_up_to_the_run(review: PayRun, sign_in: SignIn) -> None:
    client = sign_in("payroll")
    head, *rows, total = table(client, "export_people", review)
    variable, kinds = len(head) - 3, range(4, len(head) - 3)
    assert sum(int(row[variable]) for row in rows) == int(total[variable]) == review.total_vnd
    assert all(sum(int(row[place]) for place in kinds) == int(row[variable]) == int(row[variable + 1]) for row in rows)
    assert all(int(total[place]) == sum(int(row[place] or 0) for row in rows) for place in range(3, len(head)))
    lines = table(client, "export_lines", review)[1:]
    assert sum(int(row[6]) for row in lines) == review.total_vnd
    bank = table(client, "export_bank", review)[1:]
    assert sum(int(row[3]) for row in bank) == review.total_vnd and all(row[2].isascii() and row[2].isupper() for row in bank)
    with connection.cursor() as cursor:  # the same sum, by hand from the stored lines
        cursor.execute(
            "SELECT sum((line->>'amount_vnd')::bigint) FROM performance_result r JOIN performance_run n ON n.id = r.run_id,"
            " jsonb_array_elements(r.lines) line WHERE n.plan_id = %s AND n.period = %s",
            [review.plan_id, PERIOD],
        )
        assert cursor.fetchone()[0] == review.total_vnd
    offered = [name for name, _title, _kept in client.get(reverse("pay:run", args=[review.pk])).context["choice"]["columns"]]
    assert len(offered) == len(head)
    client.post("/reports/columns", {"table": "pay", "offered": offered, "kept": ["agent", "paid"]})
    assert table(client, "export_people", review) == [[row[0], row[-2]] for row in (head, *rows, total)]
    book = client.get(reverse("pay:export_people", args=[review.pk, "xlsx"]))
    assert book.status_code == 200 and book.content[:2] == b"PK"
    assert client.get(reverse("pay:export_people", args=[review.pk, "pdf"])).status_code == 404


def test_the_whole_way_on_the_pages(telesale: PlanVersion, archive: Archive, sign_in: SignIn) -> None:
    one, two = sign_in("payroll"), sign_in("payroll2")
    assert "10/2026" in one.get(reverse("pay:runs")).content.decode()
    assert one.post(reverse("pay:prepare"), {"plan": telesale.pk, "period": PERIOD}).status_code == 302
    worked()
    run = PayRun.objects.get()
    page = one.get(reverse("pay:run", args=[run.pk]), {"sort": "change"})
    assert page.status_code == 200 and page.context["sums"]["variable"] == run.total_vnd
    changes = [abs(each.difference_vnd) for each in page.context["shown"] if each.difference_vnd is not None]
    assert changes == sorted(changes, reverse=True) and changes
    assert one.post(reverse("pay:submit", args=[run.pk])).status_code == 302
    assert one.post(reverse("pay:close", args=[run.pk])).status_code == 409
    assert two.post(reverse("pay:close", args=[run.pk])).status_code == 302
    worked()
    run.refresh_from_db()
    assert (run.state, run.closed_by and run.closed_by.username) == ("closed", "payroll2")
    assert (telesale.plan_id, PERIOD) not in {(each.plan.plan_id, each.period) for each in queries.offers()}


def test_slip_is_the_agents_own_and_only_once_closed(review: PayRun, second: User, sign_in: SignIn, agent: str) -> None:
    url = reverse("pay:slip", args=[review.pk, agent])
    assert sign_in(agent).get(url).status_code == 404
    assert sign_in("payroll").get(url).status_code == 200
    actions_closing.close_run(review, by=second)
    assert sign_in(agent).get(url).status_code == 200
    other = review.entries.exclude(agent_id=agent)[0].agent_id
    assert sign_in(other).get(url).status_code == 403
    assert sign_in("quality").get(url).status_code == 403


def test_the_list_takes_the_same_queries_for_one_and_three_runs(draft: PayRun, payroll: User, sign_in: SignIn) -> None:
    client = sign_in("manager")
    client.get(reverse("pay:runs"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("pay:runs"))
    actions.prepare(draft.plan, "2026-09", by=payroll)
    actions.prepare(PlanVersion.objects.get(plan_id__startswith="cskh"), PERIOD, by=payroll)
    with CaptureQueriesContext(connection) as three:
        assert len(client.get(reverse("pay:runs")).context["page"]) == 3
    assert len(one) == len(three)


def test_law_checks_compare_with_the_minimum_wage_of_the_region(draft: PayRun) -> None:
    from chot.core.periods import parse
    from chot.pay.law_checks import law_checks
    from chot.performance.workplace import read_plan

    plan = read_plan(draft.plan.text)

    def found(base: int | None, variable: int, region: str = "I") -> list[tuple[str, str]]:
        row = AgentRow(agent_id="x", name="X", base_pay_vnd=base, wage_region=region)
        return [(each.code, each.severity) for each in law_checks(plan, parse(PERIOD), {"x": variable}, [row], consulted=plan.announced)]

    assert found(5_310_000, 0) == []
    assert found(5_309_999, 0) == [("L1", "error")]
    assert found(5_000_000, 310_000) == [("L1", "warning")]
    assert found(5_000_000, 309_999) == [("L1", "error")]
    assert found(3_700_000, 0, "IV") == []
    assert found(None, 0) == [("L1", "note")]
    assert found(9_000_000, -1) == [("L2", "error")]


def test_pages_are_the_same_in_both_languages(review: PayRun, sign_in: SignIn) -> None:
    for language in ("vi", "en"):
        User.objects.filter(username="payroll2").update(language=language)
        client: Any = sign_in("payroll2")
        assert client.get(reverse("pay:runs")).status_code == 200
        assert client.get(reverse("pay:run", args=[review.pk])).status_code == 200
