"""Who may do what: named predicates over a user, and over a user and an agent. Nothing else decides."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from chot.people.models import Role, User
from chot.people.queries import team_of

Predicate = Callable[[User], bool]
View = Callable[..., HttpResponseBase]


def anyone_signed_in(user: User) -> bool:
    """Every role."""
    return user.is_authenticated


def is_agent(user: User) -> bool:
    """Someone whose own calls are in the facts."""
    return bool(user.agent_id)


def sees_teams(user: User) -> bool:
    """The figures of at least one team."""
    return user.role in {Role.LEADER, Role.MANAGER, Role.QUALITY, Role.PAYROLL, Role.AUDITOR}


def sees_company(user: User) -> bool:
    """The figures of every team."""
    return user.role in {Role.MANAGER, Role.QUALITY, Role.PAYROLL, Role.AUDITOR}


def sets_goals(user: User) -> bool:
    """Goals, plans and targets are the managers'."""
    return user.role == Role.MANAGER


def sees_plans(user: User) -> bool:
    """Goals and plans as documents; agents see their own plan as an announcement."""
    return user.role in {Role.LEADER, Role.MANAGER, Role.PAYROLL, Role.AUDITOR}


def sees_pay(user: User) -> bool:
    """The pay of others, of the own team or of all."""
    return user.role in {Role.MANAGER, Role.PAYROLL, Role.AUDITOR} or (user.role == Role.LEADER and user.sees_pay)


def closes_pay(user: User) -> bool:
    """Pay runs: compute, review, close."""
    return user.role == Role.PAYROLL


def answers_disputes(user: User) -> bool:
    """Questions about pay are answered by payroll or a manager."""
    return user.role in {Role.PAYROLL, Role.MANAGER}


def decides_adjustments(user: User) -> bool:
    """Adjustments of pay are approved by payroll or a manager, never by the one who proposed them."""
    return user.role in {Role.PAYROLL, Role.MANAGER}


def imports_facts(user: User) -> bool:
    """Files into the facts."""
    return user.role in {Role.ADMIN, Role.MANAGER}


def sees_facts(user: User) -> bool:
    """What was imported, and what was rejected."""
    return imports_facts(user) or user.role == Role.AUDITOR


def manages_users(user: User) -> bool:
    """Who may sign in, and as what."""
    return user.role == Role.ADMIN


def sees_people(user: User) -> bool:
    """The list of people and accounts."""
    return user.role in {Role.ADMIN, Role.MANAGER, Role.AUDITOR}


def manages_people(user: User) -> bool:
    """Who joins, moves and leaves, and what the teams are."""
    return user.role in {Role.ADMIN, Role.MANAGER}


def sets_base_pay(user: User) -> bool:
    """Base pay is changed by those who may see it and manage people."""
    return manages_people(user) and sees_pay(user)


def reveals_phones(user: User) -> bool:
    """Whole telephone numbers, each look noted: for those who have to reach people."""
    return user.role in {Role.ADMIN, Role.MANAGER}


def makes_rosters(user: User) -> bool:
    """Shifts and leave: a leader's own team, a manager's every team."""
    return user.role in {Role.LEADER, Role.MANAGER}


def sees_rosters(user: User) -> bool:
    """The roster of at least one team."""
    return makes_rosters(user) or user.role in {Role.PAYROLL, Role.AUDITOR}


def makes_roster_of(user: User, agent_id: str) -> bool:
    """The shifts and the leave of one agent; nobody approves the own leave."""
    return user.agent_id != agent_id and (user.role == Role.MANAGER or (user.role == Role.LEADER and _same_team(user, agent_id)))


def sees_roster_of(user: User, agent_id: str) -> bool:
    """The annual leave of one agent: a leader's team, everyone's for those who see every roster."""
    return sees_rosters(user) and (user.role != Role.LEADER or _same_team(user, agent_id))


def sets_annual_leave(user: User) -> bool:
    """Days carried over, corrected and agreed are the managers'."""
    return user.role == Role.MANAGER


def reads_audit(user: User) -> bool:
    """The audit trail."""
    return user.role in {Role.ADMIN, Role.AUDITOR}


def may_see_agent(user: User, agent_id: str) -> bool:
    """The figures of one agent: one's own, one's team's, or everyone's."""
    return _own(user, agent_id) or sees_company(user) or (user.role == Role.LEADER and _same_team(user, agent_id))


def may_see_pay_of(user: User, agent_id: str) -> bool:
    """The pay of one agent: one's own; a leader's team only where allowed."""
    if user.role == Role.LEADER:
        return _own(user, agent_id) or (user.sees_pay and _same_team(user, agent_id))
    return _own(user, agent_id) or sees_pay(user)


def _own(user: User, agent_id: str) -> bool:
    return bool(agent_id) and user.agent_id == agent_id


def _same_team(user: User, agent_id: str) -> bool:
    team = team_of(user.agent_id)
    return bool(team) and team == team_of(agent_id)


def public(view: View) -> View:
    """A view for everyone, signed in or not."""
    view.public = True  # type: ignore[attr-defined]
    return view


def allowed(predicate: Predicate) -> Callable[[View], View]:
    """A view for those whom ``predicate`` lets in, signed in before; the predicate stays readable on the view."""

    def bound(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                from django.contrib.auth.views import redirect_to_login

                return redirect_to_login(request.get_full_path())
            if not predicate(request.user):
                raise PermissionDenied
            return view(request, *arguments, **named)

        guarded.predicate = predicate  # type: ignore[attr-defined]
        return guarded

    return bound
