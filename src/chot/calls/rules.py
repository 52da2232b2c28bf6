"""Who may do what with desks and calls."""

from __future__ import annotations

from chot.people.models import Role, User
from chot.people.queries import team_of


def leads_desks(user: User) -> bool:
    """The states of agents: a leader's own team, a manager's every team."""
    return user.role in {Role.LEADER, Role.MANAGER}


def sets_state_of(user: User, agent_id: str) -> bool:
    """The state of one agent who is not oneself."""
    if not agent_id or user.agent_id == agent_id:
        return False
    if user.role == Role.MANAGER:
        return True
    team = team_of(user.agent_id)
    return user.role == Role.LEADER and bool(team) and team == team_of(agent_id)


def sees_wallboard(user: User) -> bool:
    """What everybody is doing now: a leader's own team; managers and quality every team."""
    return user.role in {Role.LEADER, Role.MANAGER, Role.QUALITY}


def supervises(user: User, agent_id: str, mode: str) -> bool:
    """Beside the call of an agent in that way."""
    team = team_of(user.agent_id)
    return mode in modes_of(user, agent_id, same_team=bool(team) and team == team_of(agent_id))


def modes_of(user: User, agent_id: str, *, same_team: bool) -> tuple[str, ...]:
    """How one may be beside an agent's call: the leader of the team in every way, managers and quality listen. It takes a phone."""
    if not user.agent_id or not agent_id or user.agent_id == agent_id:
        return ()
    if user.role in {Role.MANAGER, Role.QUALITY}:
        return ("listen",)
    return ("listen", "whisper", "barge", "take_over") if user.role == Role.LEADER and same_team else ()


def manages_outcomes(user: User) -> bool:
    """Dispositions, fields and the rules of desks."""
    return user.role == Role.MANAGER


def looks_after_messages(user: User) -> bool:
    """What callers of queues left: the own team's; managers everybody's."""
    return user.role in {Role.AGENT, Role.LEADER, Role.MANAGER}
