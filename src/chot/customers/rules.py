"""Who may do what with customers and with what is under way for them."""

from __future__ import annotations

from chot.customers.models import Customer
from chot.people.models import Role, User
from chot.people.queries import team_of

_SEEING = {Role.AGENT, Role.LEADER, Role.MANAGER, Role.QUALITY, Role.AUDITOR}
_WORKING = {Role.AGENT, Role.LEADER, Role.MANAGER}


def sees_customers(user: User) -> bool:
    """Customers, their telephone numbers masked."""
    return user.role in _SEEING


def works_with_customers(user: User) -> bool:
    """Writes about customers: each for whom they answer (``works_for``)."""
    return user.role in _WORKING


def leads_with_customers(user: User) -> bool:
    """What concerns many customers at once: assignment, merging, files out and in."""
    return user.role in {Role.LEADER, Role.MANAGER}


def rules_customers(user: User) -> bool:
    """What holds for every customer: custom fields, the do-not-call list, requests about personal data."""
    return user.role == Role.MANAGER


def sees_data_requests(user: User) -> bool:
    """Requests about personal data, and what was answered."""
    return user.role in {Role.MANAGER, Role.AUDITOR}


def works_for(user: User, agent_id: str) -> bool:
    """Whether what that agent answers for is the user's to change: the own, the team's, or everything."""
    if user.role == Role.MANAGER:
        return True
    if not works_with_customers(user) or not user.agent_id:
        return False
    if agent_id == user.agent_id:
        return True
    return user.role == Role.LEADER and bool(team := team_of(user.agent_id)) and team == team_of(agent_id)


def edits(user: User, customer: Customer) -> bool:
    """A customer's page: one's own, one's team's, and whoever belongs to nobody yet; never one whose data was deleted."""
    return customer.erased_at is None and works_with_customers(user) and (not customer.owner or works_for(user, customer.owner))


def reveals(user: User, customer: Customer) -> bool:
    """Whole numbers of a customer: managers, and leaders for their team; agents call without seeing them."""
    return user.role == Role.MANAGER or (user.role == Role.LEADER and edits(user, customer))
