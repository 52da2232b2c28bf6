"""Notifications: a ticket or a task comes due or is overdue, and each morning what of a team is overdue.

Whoever it belongs to is told an hour before and when the time has passed; leaders in the place of those who are on leave or
have no account. What has been overdue for long when it is first seen, as after an import, stands in the morning's sum alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.customers.models import Reminded, Task, Ticket
from chot.customers.queries_work import NOT_DONE
from chot.people.actions_notifications import notify
from chot.people.models import Leave, LeavePart, LeaveState, Notification, Role, User
from chot.people.queries import agent_names, working_on
from chot.people.queries_teams import leaders_by_team
from chot.people.working_days import public_holidays

LEAD = timedelta(hours=1)
FRESH = timedelta(hours=12)
"""Overdue for longer at the first sight, a thing is in the morning's sum alone."""
MORNING = time(8)
APART = timedelta(hours=1)
"""So far apart leaders hear of the work of people who are not here."""
ONE_BY_ONE = 3
"""More at once are told to a person as their number."""
MOST = 20_000
KEPT = timedelta(days=7)

WORDS = {
    "work.due": _("Due on %(at)s: %(what)s"),
    "work.late": _("Overdue since %(at)s: %(what)s"),
    "work.due_of": _("Due on %(at)s, and %(who)s is on leave or has no account: %(what)s"),
    "work.late_of": _("Overdue since %(at)s, and %(who)s is on leave or has no account: %(what)s"),
    "work.many_due": _("Due within the hour: %(tickets)s tickets and %(tasks)s tasks."),
    "work.many_late": _("Overdue now: %(tickets)s tickets and %(tasks)s tasks."),
    "work.many_due_of": _("Due within the hour, of people on leave or without an account: %(tickets)s tickets and %(tasks)s tasks."),
    "work.many_late_of": _("Overdue now, of people on leave or without an account: %(tickets)s tickets and %(tasks)s tasks."),
    "work.team_late": _("Overdue in the team this morning: %(tickets)s tickets and %(tasks)s tasks."),
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """A ticket or a task that is not done."""

    kind: str
    pk: int
    agent_id: str
    what: str
    due_at: datetime

    @property
    def name(self) -> str:
        """What notifications of it are found by."""
        return item_name(self.kind, self.pk)


def item_name(kind: str, pk: int) -> str:
    """A ticket or task as notifications name it (``params["item"]``)."""
    return f"{kind} {pk}"


@transaction.atomic
def remind_of_work() -> int:
    """Tell of tickets and tasks that come due within ``LEAD`` or are overdue since less than ``FRESH``; how many were new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('remind of work'))")
    now = clock.now()
    due, late = _items(Reminded.Step.DUE, now, now + LEAD), _items(Reminded.Step.LATE, now - FRESH, now)
    if due or late:
        told = _Told(now)
        due, late = told.tell(Reminded.Step.DUE, due), told.tell(Reminded.Step.LATE, late)
        rows = [
            Reminded(kind=each.kind, item=each.pk, agent_id=each.agent_id, due_at=each.due_at, step=step)
            for step, items in ((Reminded.Step.DUE, due), (Reminded.Step.LATE, late))
            for each in items
        ]
        Reminded.objects.bulk_create(rows, batch_size=5_000)
    return len(due) + len(late)


def _items(step: Reminded.Step, after: datetime, until: datetime) -> list[Item]:
    """What comes due in a span and was not told of at this step; of what was made within the last hour before, nobody is told ahead."""
    tickets: QuerySet[Any] = Ticket.objects.filter(NOT_DONE)
    tasks: QuerySet[Any] = Task.objects.filter(done_at=None)
    if step == Reminded.Step.DUE:
        tickets = tickets.filter(Q(opened_at=None) | Q(opened_at__lte=F("due_at") - LEAD))
        tasks = tasks.filter(made_at__lte=F("due_at") - LEAD)
    found = []
    for kind, rows in ((Reminded.Kind.TICKET, tickets), (Reminded.Kind.TASK, tasks)):
        told = Reminded.objects.filter(kind=kind, step=step, item=OuterRef("pk"), agent_id=OuterRef("agent_id"), due_at=OuterRef("due_at"))
        fresh = rows.filter(~Exists(told), due_at__gt=after, due_at__lte=until).order_by("due_at", "pk")
        given = fresh.values_list("pk", "agent_id", "title", "due_at")[:MOST]
        found += [Item(kind=kind, pk=pk, agent_id=agent, what=title, due_at=due) for pk, agent, title, due in given]
    return found


class _Told:
    """Who is told of whose work at a moment."""

    def __init__(self, now: datetime) -> None:
        self.now, self.away = now, _away(now.date())
        self.users = {user.agent_id: user for user in User.objects.filter(is_active=True).exclude(agent_id="")}
        self.names, self.heads = agent_names(), _Heads(now.date())

    def tell(self, step: str, items: Sequence[Item]) -> list[Item]:
        """Tell whom it concerns; the items that were told of. Of others' work a person hears once an hour, the rest waits for that."""
        lately = Notification.objects.filter(kind__in=(f"work.{step}_of", f"work.many_{step}_of"), at__gt=self.now - APART)
        heard = set(lately.values_list("user_id", flat=True))
        own: dict[User, list[Item]] = defaultdict(list)
        others: dict[User, list[Item]] = defaultdict(list)
        for item in items:
            if item.agent_id in self.users and item.agent_id not in self.away:
                own[self.users[item.agent_id]].append(item)
            else:
                for user in self.heads.of(item.agent_id):
                    if user.pk not in heard:
                        others[user].append(item)
        for user, given in own.items():
            self._tell(user, step, given, whose="mine")
        for user, given in others.items():
            self._tell(user, f"{step}_of", given, whose="")
        told = {item for given in (*own.values(), *others.values()) for item in given}
        return [item for item in items if item in told]

    def _tell(self, user: User, kind: str, items: Sequence[Item], *, whose: str) -> None:
        """A few one by one, many by their number."""
        if len(items) > ONE_BY_ONE:
            counted = Counter(item.kind for item in items)
            link = _list(counted, "late" if kind.startswith(Reminded.Step.LATE) else "open", whose)
            notify([user], f"work.many_{kind}", link=link, key=f"work {kind} {self.now.isoformat()}", **_numbers(counted))
            return
        for item in items:
            link = f"/tickets/{item.pk}" if item.kind == Reminded.Kind.TICKET else f"/tasks?whose={whose}"
            told = {"what": item.what or item.name, "at": item.due_at.isoformat(timespec="minutes"), "item": item.name}
            who = self.names.get(item.agent_id, item.agent_id)
            notify([user], f"work.{kind}", link=link, key=f"{item.name} {kind} {item.due_at.isoformat()}", who=who, **told)


def _list(counted: Mapping[str, int], state: str, whose: str) -> str:
    """The filtered list behind a number: of tickets where there are any."""
    return f"/tickets?state={state}&whose={whose}" if counted.get(Reminded.Kind.TICKET) else f"/tasks?whose={whose}"


def _numbers(counted: Mapping[str, int]) -> dict[str, int]:
    return {"tickets": counted.get(Reminded.Kind.TICKET, 0), "tasks": counted.get(Reminded.Kind.TASK, 0)}


def _away(day: date) -> set[str]:
    """The agents whose approved leave takes the whole day."""
    rows = Leave.objects.filter(state=LeaveState.APPROVED, part=LeavePart.DAY, first_day__lte=day, last_day__gte=day)
    return set(rows.values_list("agent_id", flat=True))


class _Heads:
    """Who answers for agents: the leaders of their team; managers for those of no team and of teams that nobody leads."""

    def __init__(self, day: date) -> None:
        self.teams = dict(working_on(day).values_list("agent_id", "team_id"))
        leading = User.objects.filter(is_active=True, role__in=(Role.LEADER, Role.MANAGER)).exclude(agent_id="")
        users = {user.agent_id: user for user in leading}
        named = leaders_by_team(day)
        self.leaders = {team: [users[agent] for agent in sorted(agents) if agent in users] for team, agents in named.items()}
        self.managers = list(User.objects.filter(is_active=True, role=Role.MANAGER))

    def of(self, agent_id: str) -> list[User]:
        """The users who answer for an agent."""
        return self.leaders.get(self.teams.get(agent_id, "")) or self.managers


@transaction.atomic
def sum_up_overdue() -> int:
    """Tell leaders once a day, in the morning of working days, how much of their team was overdue by then; how many were told."""
    now = clock.now()
    morning = datetime.combine(now.date(), MORNING, clock.ZONE)
    if now < morning or now.date() in public_holidays(now.year):
        return 0
    heads, away = _Heads(now.date()), _away(now.date())
    counted: dict[User, Counter[str]] = defaultdict(Counter)
    for kind, agent, count in _overdue_by_agent(morning):
        for user in heads.of(agent):
            if user.agent_id not in away or not user.agent_id:
                counted[user][kind] += count
    key = f"work overdue {now.date().isoformat()}"
    return sum(notify([user], "work.team_late", link=_list(each, "late", ""), key=key, **_numbers(each)) for user, each in counted.items())


def _overdue_by_agent(moment: datetime) -> Iterable[tuple[str, str, int]]:
    tickets: QuerySet[Any] = Ticket.objects.filter(NOT_DONE, due_at__lt=moment)
    tasks: QuerySet[Any] = Task.objects.filter(done_at=None, due_at__lt=moment)
    for kind, rows in ((Reminded.Kind.TICKET, tickets), (Reminded.Kind.TASK, tasks)):
        for agent, count in rows.order_by().values_list("agent_id").annotate(Count("pk")):
            yield kind, agent, count


def need_no_reminder(kind: str, pk: int) -> int:
    """A ticket or task is done or cancelled: what people were reminded of it and have not read yet is read; how many."""
    waiting = Notification.objects.filter(read_at=None, kind__in=WORDS, params__item=item_name(kind, pk))
    return waiting.update(read_at=clock.now())


def forget_reminded() -> int:
    """Delete the marks of due times that are long past; nothing so old is told of. How many."""
    done, _by_model = Reminded.objects.filter(due_at__lt=clock.now() - KEPT).delete()
    return done
