"""Who may see and enter what about quality."""

from __future__ import annotations

from chot.people.models import Role, User
from chot.people.rules import is_agent, may_see_agent, sees_teams

_ENTERING = {Role.LEADER, Role.MANAGER, Role.QUALITY}


def sees_exams(user: User) -> bool:
    """Results of exams and reviews: one's own, one's team's, or everyone's; and the forms that calls are scored by."""
    return is_agent(user) or sees_teams(user)


def enters_exams(user: User) -> bool:
    """Results and reviews of others: each for whom ``enters_exam_of`` says so."""
    return user.role in _ENTERING


def enters_exam_of(user: User, agent_id: str) -> bool:
    """The results and reviews of one agent: a leader's own team, everyone's for quality and managers; never the own ones."""
    return enters_exams(user) and user.agent_id != agent_id and may_see_agent(user, agent_id)


def sets_score_forms(user: User) -> bool:
    """What calls are scored by: quality and managers."""
    return user.role in {Role.MANAGER, Role.QUALITY}
