"""Who may do what with campaigns."""

from __future__ import annotations

from chot.people.models import Role, User


def sees_campaigns(user: User) -> bool:
    """Leaders see those of the own team, everybody else all."""
    return user.role in {Role.LEADER, Role.MANAGER, Role.ADMIN, Role.AUDITOR}


def manages_campaigns(user: User) -> bool:
    """What is called for is the managers' to say."""
    return user.role == Role.MANAGER
