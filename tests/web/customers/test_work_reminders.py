"""Reminders of tickets and tasks: whoever has them is told ahead and when they are overdue, each once; leaders once a morning."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client

from chot.core import clock
from chot.customers import actions_work
from chot.customers.actions_requests import erase
from chot.customers.models import Customer, Reminded, Task, Ticket
from chot.customers.reminders_work import forget_reminded, remind_of_work, sum_up_overdue
from chot.people.models import AgentRow, Leave, Notification, PublicHoliday, Team, User
from chot.people.queries import team_of, working_on

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
At = Callable[[str], None]
NOBODY: dict[str, Any] = {"by": None, "address": None}


def moment(text: str) -> datetime:
    """``"10:30"`` of the third of November, or a whole ``"2026-11-05 10:30"``."""
    return datetime.fromisoformat(text if len(text) > 5 else f"2026-11-03 {text}").replace(tzinfo=clock.ZONE)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, db: None) -> At:
    """``at("10:30")``: it is that time, and nothing but what the test makes is to be done."""
    Ticket.objects.all().delete()
    Task.objects.all().delete()
    Notification.objects.all().delete()

    def at(text: str) -> None:
        monkeypatch.setenv("CHOT_TODAY", moment(text).isoformat())

    at("08:00")
    return at


@pytest.fixture
def leader(db: None) -> User:
    return next(user for user in User.objects.filter(role="leader").order_by("pk") if team_of(user.agent_id))


@pytest.fixture
def team(leader: User) -> list[User]:
    """The other people of the leader's team."""
    rows = working_on(clock.today()).filter(team_id=team_of(leader.agent_id)).exclude(agent_id=leader.agent_id)
    return list(User.objects.filter(agent_id__in=rows.values("agent_id")).order_by("pk"))


def ticket(user: User, due: str, title: str = "Đổi địa chỉ") -> Ticket:
    return actions_work.open_ticket(None, user.agent_id, title, "", moment(due), **NOBODY)


def task(user: User, due: str, title: str = "Gọi lại chị Hoa", customer: Customer | None = None) -> Task:
    return actions_work.new_task(user.agent_id, title, moment(due), customer, by=None)


def told(*kinds: str) -> list[tuple[str, str, str]]:
    """Who was told what, and where it leads; in the order of telling."""
    rows = Notification.objects.filter(kind__in=kinds) if kinds else Notification.objects.all()
    return list(rows.order_by("pk").values_list("user__username", "kind", "link"))


def test_an_owner_is_told_an_hour_before_and_when_it_is_overdue_once_each(at: At, team: list[User], sign_in: SignIn) -> None:
    agent = team[0]
    row = ticket(agent, "10:30")
    task(agent, "10:30")
    found = []
    for time in ("09:29", "09:30", "09:31", "10:29", "10:30", "10:31", "22:29", "22:31", "2026-11-05 10:30"):
        at(time)
        found.append((time, remind_of_work(), remind_of_work()))
    assert [each for each in found if each[1:] != (0, 0)] == [("09:30", 2, 0), ("10:30", 2, 0)]
    assert told() == [
        (agent.username, "work.due", f"/tickets/{row.pk}"), (agent.username, "work.due", "/tasks?whose=mine"),
        (agent.username, "work.late", f"/tickets/{row.pk}"), (agent.username, "work.late", "/tasks?whose=mine"),
    ]  # fmt: skip
    page = sign_in(agent.username).get("/notifications").content.decode()
    assert "Đến hạn lúc 03/11/2026 10:30: Đổi địa chỉ" in page and "Quá hạn từ 03/11/2026 10:30: Gọi lại chị Hoa" in page
    User.objects.filter(pk=agent.pk).update(language="en")
    assert "Overdue since 3 Nov 2026 10:30: Đổi địa chỉ" in sign_in(agent.username).get("/notifications").content.decode()


def test_another_due_time_and_another_owner_are_told_anew(at: At, team: list[User]) -> None:
    one, two = team[:2]
    row = ticket(one, "10:30")
    at("09:40")
    assert remind_of_work() == 1
    actions_work.change_ticket(row.pk, {"due_at": moment("11:00")}, **NOBODY)
    assert (remind_of_work(), remind_of_work()) == (0, 0)
    at("10:00")
    assert (remind_of_work(), remind_of_work()) == (1, 0)
    actions_work.change_ticket(row.pk, {"due_at": moment("10:30")}, **NOBODY)
    at("10:31")
    assert (remind_of_work(), remind_of_work()) == (1, 0)
    actions_work.change_ticket(row.pk, {"agent_id": two.agent_id}, **NOBODY)
    assert (remind_of_work(), remind_of_work()) == (1, 0)
    assert [(name, kind) for name, kind, _link in told()] == [
        (one.username, "work.due"), (one.username, "work.due"), (one.username, "work.late"), (two.username, "work.late"),
    ]  # fmt: skip


def test_nobody_is_told_of_what_is_done_cancelled_or_gone(at: At, team: list[User]) -> None:
    agent, by = team[0], {"by": User.objects.get(username="manager"), "address": None}
    done, cancelled, gone, undated = (ticket(agent, "10:30") for _each in range(4))
    actions_work.settle_ticket(done.pk, "done", **by)
    actions_work.settle_ticket(cancelled.pk, "cancelled", **by)
    gone.delete()
    actions_work.change_ticket(undated.pk, {"due_at": None}, **NOBODY)
    ticked = task(agent, "10:30")
    actions_work.tick_task(ticked.pk, done=True)
    for time in ("09:45", "10:45", "2026-11-04 09:00"):
        at(time)
        assert (remind_of_work(), sum_up_overdue()) == (0, 0)
    assert told() == [] and not Reminded.objects.exists()
    actions_work.settle_ticket(done.pk, "open", **by)
    at("11:00")
    assert (remind_of_work(), told()) == (1, [(agent.username, "work.late", f"/tickets/{done.pk}")])


def test_what_is_done_calls_nobody_any_more(at: At, leader: User, team: list[User]) -> None:
    """Its own reminders are read, the leader's in the place of somebody too; those of other items are not."""
    by = {"by": User.objects.get(username="manager"), "address": None}
    User.objects.filter(pk=team[1].pk).update(is_active=False)
    one, other, foreign, todo = ticket(team[0], "10:30"), ticket(team[0], "10:30"), ticket(team[1], "10:30"), task(team[0], "10:30")
    at("10:31")
    assert remind_of_work() == 4

    def unread() -> set[str]:
        return set(Notification.objects.filter(read_at=None).values_list("params__item", flat=True))

    assert unread() == {f"ticket {one.pk}", f"ticket {other.pk}", f"ticket {foreign.pk}", f"task {todo.pk}"}
    actions_work.settle_ticket(one.pk, "done", **by)
    actions_work.settle_ticket(foreign.pk, "cancelled", **by)
    actions_work.tick_task(todo.pk, done=True)
    assert unread() == {f"ticket {other.pk}"}
    actions_work.settle_ticket(one.pk, "open", **by)
    actions_work.tick_task(todo.pk, done=False)
    assert (unread(), remind_of_work()) == ({f"ticket {other.pk}"}, 0)


def test_what_was_made_within_the_hour_is_told_when_it_is_overdue_only(at: At, team: list[User]) -> None:
    ticket(team[0], "08:40")
    task(team[0], "08:59")
    assert remind_of_work() == 0
    at("09:00")
    assert (remind_of_work(), {kind for _name, kind, _link in told()}) == (2, {"work.late"})


def test_many_at_once_are_told_as_their_number(at: At, team: list[User]) -> None:
    one, two = team[:2]
    for number in range(5):
        ticket(one, f"10:3{number}")
        task(two, "10:30")
    ticket(two, "12:00")
    task(one, "10:30")
    at("10:34")
    assert (remind_of_work(), remind_of_work()) == (11, 0)
    assert told() == [
        (one.username, "work.many_late", "/tickets?state=late&whose=mine"), (two.username, "work.many_late", "/tasks?whose=mine"),
    ]  # fmt: skip
    assert [row.params for row in Notification.objects.order_by("pk")] == [{"tickets": 5, "tasks": 1}, {"tickets": 0, "tasks": 5}]


def test_ten_thousand_old_ones_are_one_line_for_the_leader(at: At, leader: User, team: list[User]) -> None:
    """A file of old cases comes in: nobody hears of one of them, the leader of their number, once a day."""
    old = [
        Ticket(ticket_id=f"old{number}", agent_id=team[number % 2].agent_id, opened_at=moment("2026-09-01 09:00"),
               due_at=moment("2026-09-03 09:00") + timedelta(minutes=number), status="open")
        for number in range(10_000)
    ]  # fmt: skip
    Ticket.objects.bulk_create(old, batch_size=5_000)
    task(team[0], "2026-11-01 09:00")
    at("07:59")
    assert (remind_of_work(), sum_up_overdue()) == (0, 0)
    at("08:00")
    assert (remind_of_work(), sum_up_overdue(), sum_up_overdue()) == (0, 1, 0)
    assert told() == [(leader.username, "work.team_late", "/tickets?state=late&whose=")]
    assert Notification.objects.get().params == {"tickets": 10_000, "tasks": 1}
    at("2026-11-04 07:00")
    assert sum_up_overdue() == 0
    at("2026-11-04 15:00")
    assert (sum_up_overdue(), sum_up_overdue(), len(told())) == (1, 0, 2)


def test_the_sum_leads_to_the_list_that_it_counts(at: At, leader: User, team: list[User], sign_in: SignIn) -> None:
    ticket(team[0], "07:10", "Sáng nay")
    ticket(team[0], "09:00", "Chưa tới")
    stranger = working_on(clock.today()).exclude(team_id=team_of(leader.agent_id)).values_list("agent_id", flat=True)[0]
    Ticket.objects.create(ticket_id="zz", agent_id=stranger, due_at=moment("07:00"), title="Đội khác")
    at("08:30")
    sum_up_overdue()
    mine = Notification.objects.get(user=leader)
    assert mine.params == {"tickets": 1, "tasks": 0}
    page = sign_in(leader.username).get(mine.link)
    assert [row.title for row in page.context["rows"]] == ["Sáng nay"]
    assert "Sáng nay cả đội có 1 phiếu và 0 công việc quá hạn." in sign_in(leader.username).get("/notifications").content.decode()


def test_no_sum_on_a_holiday_nor_for_a_leader_on_leave(at: At, leader: User, team: list[User]) -> None:
    ticket(team[0], "2026-11-01 09:00")
    PublicHoliday.objects.create(day="2026-11-03", name="Nghỉ bù")
    at("09:00")
    assert sum_up_overdue() == 0
    PublicHoliday.objects.filter(day="2026-11-03").delete()
    day = moment("09:00").date()
    leave = Leave.objects.create(agent_id=leader.agent_id, first_day=day, last_day=day, kind="annual", state="approved", asked_at=clock.now())
    assert sum_up_overdue() == 0 and told() == []
    leave.delete()
    assert (sum_up_overdue(), len(told())) == (1, 1)


def test_the_leader_is_told_in_the_place_of_who_is_away_once_an_hour(at: At, leader: User, team: list[User]) -> None:
    away, gone = team[:2]
    day = moment("09:00").date()
    Leave.objects.create(agent_id=away.agent_id, first_day=day, last_day=day, kind="sick", state="approved", asked_at=clock.now())
    User.objects.filter(pk=gone.pk).update(is_active=False)
    first, second = ticket(away, "10:00", "Của người nghỉ"), task(gone, "10:10", "Của người đã đi")
    at("10:01")
    assert (remind_of_work(), remind_of_work()) == (1 + 1, 0)  # overdue, and due in nine minutes
    at("10:20")
    assert remind_of_work() == 0  # the task waits for the next hour
    at("11:01")
    assert (remind_of_work(), remind_of_work()) == (1, 0)
    assert told() == [
        (leader.username, "work.due_of", "/tasks?whose="), (leader.username, "work.late_of", f"/tickets/{first.pk}"),
        (leader.username, "work.late_of", "/tasks?whose="),
    ]  # fmt: skip
    assert Notification.objects.filter(params__item=f"task {second.pk}").count() == 2


def test_managers_are_told_where_nobody_leads(at: At, leader: User, team: list[User]) -> None:
    Ticket.objects.create(ticket_id="zz1", agent_id="khong-ai", due_at=moment("09:00"), title="Không của ai")
    at("09:00")
    assert remind_of_work() == 1
    managers = User.objects.filter(role="manager", is_active=True)
    assert {(name, kind) for name, kind, _link in told()} == {(user.username, "work.late_of") for user in managers}
    Notification.objects.all().delete()
    name = team_of(leader.agent_id)
    Team.objects.filter(team_id=name).update(leader_id="")
    User.objects.filter(role="leader", agent_id__in=AgentRow.objects.filter(team_id=name).values("agent_id")).update(role="agent")
    ticket(team[0], "2026-11-01 09:00")
    assert sum_up_overdue() == len(managers)


def test_deleting_a_customers_data_takes_the_reminders_along(at: At, team: list[User], customer: Callable[..., Customer]) -> None:
    made = customer("Lê Kín")
    actions_work.open_ticket(made, team[0].agent_id, "Phiếu của Lê Kín", "", moment("10:30"), **NOBODY)
    task(team[0], "10:30", "Gọi Lê Kín", made)
    task(team[0], "10:30", "Gọi Trần Mở")
    at("10:00")
    assert remind_of_work() == 3
    erase(made.pk, by=User.objects.get(username="manager"), address=None)
    assert [row.params["what"] for row in Notification.objects.all()] == ["Gọi Trần Mở"]


def test_the_database_keeps_one_mark_and_old_ones_go(at: At, team: list[User]) -> None:
    row = ticket(team[0], "09:00")
    at("09:00")
    assert remind_of_work() == 1
    mark = Reminded.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminded.objects.create(kind="ticket", item=row.pk, agent_id=mark.agent_id, due_at=mark.due_at, step="late")
    at("2026-11-10 09:00")
    assert forget_reminded() == 0
    at("2026-11-10 09:01")
    assert (forget_reminded(), remind_of_work(), len(told())) == (1, 0, 1)


def test_two_workers_at_once_tell_once(at: At, team: list[User]) -> None:
    """Eight jobs at the same moment, each in a transaction of its own."""
    at("2026-11-06 10:00")
    at_once, agent = 8, team[0].agent_id
    ready = threading.Barrier(at_once)

    def elsewhere(work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    def given() -> None:
        rows = [Task(agent_id=agent, title=f"zz {number}", due_at=moment("2026-11-06 09:59"), made_at=moment("08:00")) for number in range(3)]
        Task.objects.bulk_create(rows)

    def clean() -> None:
        names = [f"task {pk}" for pk in Task.objects.filter(title__startswith="zz ").values_list("pk", flat=True)]
        Notification.objects.filter(params__item__in=names).delete()
        Reminded.objects.filter(kind="task").delete()
        Task.objects.filter(title__startswith="zz ").delete()

    def remind() -> int:
        ready.wait()
        return remind_of_work()

    with ThreadPoolExecutor(at_once) as pool:
        pool.submit(elsewhere, given).result()
        try:
            assert sorted(pool.map(lambda _each: elsewhere(remind), range(at_once))) == [0] * 7 + [3]
            assert Notification.objects.filter(kind="work.late", params__what__startswith="zz ").count() == 3
        finally:
            pool.submit(elsewhere, clean).result()
