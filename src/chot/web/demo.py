"""The demo company in the application: facts in the data folder, and people, goals, plans and runs in the database."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from chot.campaigns.models import Campaign
from chot.core import clock
from chot.demo.making import make
from chot.demo.settings import Settings
from chot.demo.writing import MARKER
from chot.people.actions import copy_agents
from chot.people.models import Notification, Role, Team, User
from chot.people.queries import working_on
from chot.performance import actions, live_runs
from chot.performance.models import Acknowledgement, Goal, PlanVersion
from chot.performance.workplace import data_folder, read_plan, workplace
from chot.web.demo_customers import load_customers
from chot.web.demo_lines import load_lines
from chot.web.demo_queues import load_queues
from chot.web.demo_rows import load_rows

PASSWORD = "chot-demo-2026"  # noqa: S105 - printed at every start; the demo company is nobody's data
_MARK = "demo-company"
TEAM_TITLES = {"t1": "Bán hàng 1", "t2": "Bán hàng 2", "cs": "CSKH", "hq": "Văn phòng"}
_PLANS = ("telesale-truoc", "cskh-truoc", "telesale", "cskh")


def is_demo() -> bool:
    """Whether the people here are the demo company's."""
    return User.objects.filter(username="manager", name="Phạm Thu Hà").exists()


def this_company() -> Settings:
    """The demo company of today: fourteen months, and the running one up to this moment."""
    now = clock.now().astimezone(clock.ZONE)
    return Settings(agents=40, months=15, seed=7, end=f"{now:%Y-%m}", until=f"{now:%Y-%m-%dT%H:%M}")


def load(company: Settings | None = None) -> None:
    """Everything of the demo company, unless somebody is here already; killed halfway, the next start finishes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [_MARK])
    try:
        if User.objects.exists() and not is_demo():
            return
        folder = data_folder()
        if not (folder / MARKER).exists():
            make(folder, company or this_company(), force=True, stored=True)
        _people()
        _teams()
        load_rows(folder)
        _campaigns()
        load_customers()
        load_lines()
        load_queues()
        _goals()
        _plans(folder)
        live_runs.begin()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_MARK])


def _teams() -> None:
    """What the teams are called, and who leads them."""
    if Team.objects.exists():
        return
    leaders = {row.team_id: row.agent_id for row in working_on(clock.today()).filter(plan_role="lead")}
    Team.objects.bulk_create([Team(team_id=each, name=name, leader_id=leaders.get(each, "")) for each, name in TEAM_TITLES.items()])


def _campaigns() -> None:
    """The campaigns of the demo's calls."""
    named = {
        "dang-ky-web": "Đăng ký trên web", "doi-tac": "Khách từ đối tác", "gioi-thieu": "Khách được giới thiệu",
        "hoi-cho": "Khách gặp ở hội chợ",
    }  # fmt: skip
    running = Campaign.Status.RUNNING
    rows = [Campaign(code=code, name=name, purpose=Campaign.Purpose.SALES, status=running) for code, name in named.items()]
    Campaign.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def _people() -> None:
    if User.objects.exists():
        return
    with workplace() as work:
        copy_agents(work.facts.agents(), by=None)
    password = make_password(PASSWORD)
    office = [
        ("manager", "Phạm Thu Hà", Role.MANAGER), ("payroll", "Vũ Minh Châu", Role.PAYROLL), ("quality", "Bùi Thanh Tâm", Role.QUALITY),
        ("admin", "Đỗ Quang Huy", Role.ADMIN), ("auditor", "Ngô Bảo An", Role.AUDITOR), ("payroll2", "Lý Hồng Ngọc", Role.PAYROLL),
    ]  # fmt: skip
    users = [User(username=username, name=name, role=role, password=password) for username, name, role in office]
    users += [
        User(
            username=row.agent_id, name=row.name, role=Role.LEADER if row.plan_role == "lead" else Role.AGENT,
            agent_id=row.agent_id, password=password, sees_pay=True,
        )
        for row in working_on(clock.today())
    ]  # fmt: skip
    User.objects.bulk_create(users)


@transaction.atomic
def _goals() -> None:
    if Goal.objects.exists():
        return
    manager = User.objects.get(username="manager")
    year = clock.today().year
    grow = Goal.objects.create(
        slug="grow-revenue-20", title="Tăng doanh thu 20 % so với năm trước", horizon="long", metric="revenue_growth_yoy", owner=manager,
        target="0.20", due=f"{year}-12-31", rank=0,
    )  # fmt: skip
    keep = Goal.objects.create(
        slug="keep-customers-90", title="Giữ 90 % khách hàng hài lòng", horizon="long", metric="csat", owner=manager, target="4.1",
        due=f"{year}-12-31", rank=1,
    )  # fmt: skip
    Goal.objects.create(
        slug="convert-better", title="Chốt được nhiều khách tiềm năng hơn trong quý", parent=grow, metric="conversion_rate", owner=manager,
        target="0.4", due=f"{year}-12-31", rank=0,
    )  # fmt: skip
    Goal.objects.create(
        slug="solve-first-time", title="Xử lý xong ngay lần đầu", parent=keep, metric="first_contact_resolution", owner=manager,
        target="0.75", due=f"{year}-12-31", rank=0,
    )  # fmt: skip


def _plans(folder: Path) -> None:
    manager = User.objects.get(username="manager")
    for name in [name for name in _PLANS if (folder / "plans" / f"{name}.yaml").exists()]:
        saved = actions.save_plan((folder / "plans" / f"{name}.yaml").read_text(), by=manager)
        actions.announce(saved, by=manager)
        _answers(saved)
        for period in actions.periods_of(saved):
            if not saved.runs.filter(period=period).exists():
                actions.compute_run(PlanVersion.objects.get(pk=saved.pk), period)


def _answers(saved: PlanVersion) -> None:
    """The plan as sent on the day that it names, and acknowledged three days later; the latest by almost everyone."""
    sent = datetime.combine(read_plan(saved.text).announced or saved.starts, time(9), clock.ZONE)
    answered = Acknowledgement.objects.filter(plan=saved, state="sent")
    if saved.ends + timedelta(days=31) >= clock.today():
        answered = answered.exclude(agent_id__endswith="7")
    PlanVersion.objects.filter(pk=saved.pk).update(announced_at=sent)
    told = Notification.objects.filter(key=f"plan.sent:{saved.pk}")
    told.update(at=sent)
    told.filter(user__agent_id__in=answered.values("agent_id")).update(read_at=sent + timedelta(days=3))
    answered.update(state="agreed", answered_at=sent + timedelta(days=3), document_hash=saved.document_hash)
    Acknowledgement.objects.filter(plan=saved).update(sent_at=sent)
