"""Who may do what with quotas, prices and the rules for calling out."""

from __future__ import annotations

from chot.charges.models import Holder
from chot.people.models import Role, User
from chot.people.queries import team_of


def sees_quotas(user: User) -> bool:
    """Quotas: a leader's own team, everybody else's all."""
    return user.role in {Role.LEADER, Role.MANAGER, Role.ADMIN, Role.AUDITOR}


def sets_quotas(user: User) -> bool:
    """What may be spent is the managers' to say."""
    return user.role == Role.MANAGER


def lifts_quota(user: User, holder: str, holder_id: str) -> bool:
    """A manager lifts any quota, a leader those of the own team's agents; nobody the own."""
    if holder == Holder.AGENT and user.agent_id == holder_id:
        return False
    if user.role == Role.MANAGER:
        return True
    team = team_of(user.agent_id)
    return user.role == Role.LEADER and holder == Holder.AGENT and bool(team) and team == team_of(holder_id)


def sees_prices(user: User) -> bool:
    """Tariffs, brand names, rules and what carriers report."""
    return user.role in {Role.MANAGER, Role.ADMIN, Role.AUDITOR}


def manages_prices(user: User) -> bool:
    """Tariffs, brand names, outbound rules, carriers' reports."""
    return user.role in {Role.MANAGER, Role.ADMIN}


def sets_calling_rules(user: User) -> bool:
    """What nobody may dial is the administrators'."""
    return user.role == Role.ADMIN
