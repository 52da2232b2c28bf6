"""Who may do what with the lines to the telephone network."""

from __future__ import annotations

from chot.people.models import Role, User


def sees_lines(user: User) -> bool:
    """Trunks, numbers and their state."""
    return user.role in {Role.ADMIN, Role.MANAGER, Role.AUDITOR}


def manages_lines(user: User) -> bool:
    """What the exchange is connected with is the administrators'."""
    return user.role == Role.ADMIN


def manages_queues(user: User) -> bool:
    """What callers go through is run by managers, too."""
    return user.role in {Role.ADMIN, Role.MANAGER}
