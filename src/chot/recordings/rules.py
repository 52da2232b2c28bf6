"""Who may hear, comment, take along and delete recordings."""

from __future__ import annotations

from chot.calls.queries_queues import message_for
from chot.people.models import Role, User
from chot.people.queries import team_of
from chot.recordings.models import Recording

_ALL = {Role.MANAGER, Role.QUALITY, Role.AUDITOR}


def hears_recordings(user: User) -> bool:
    """Recordings at all: each as far as ``hears`` says."""
    return user.role in {Role.AGENT, Role.LEADER} | _ALL


def hears_all(user: User) -> bool:
    """Recordings of everybody."""
    return user.role in _ALL


def hears(user: User, recording: Recording) -> bool:
    """One recording: of a call in which an agent, or somebody of a leader's team, took part; a message for the own team.

    Quality, managers and auditors hear everyone's.
    """
    if hears_all(user):
        return True
    if not hears_recordings(user) or not user.agent_id:
        return False
    if user.agent_id in recording.agents or (not recording.agents and message_for(user, recording.call_id)):
        return True
    return user.role == Role.LEADER and bool(team := team_of(user.agent_id)) and any(team == team_of(each) for each in recording.agents)


def comments_recordings(user: User) -> bool:
    """Comments: whoever hears, but for the auditor, who changes nothing."""
    return hears_recordings(user) and user.role != Role.AUDITOR


def scores_call_of(user: User, recording: Recording) -> bool:
    """A review of the call: quality, managers and leaders, for agents other than themselves."""
    return user.role in {Role.LEADER, Role.MANAGER, Role.QUALITY} and bool(recording.agent_id) and recording.agent_id != user.agent_id


def downloads_recordings(user: User) -> bool:
    """A recording as a file outside the house: managers and quality."""
    return user.role in {Role.MANAGER, Role.QUALITY}


def keeps_recordings(user: User) -> bool:
    """How long recordings are kept."""
    return user.role == Role.MANAGER


def sees_retention(user: User) -> bool:
    """The rules by which recordings are deleted."""
    return user.role in {Role.MANAGER, Role.AUDITOR}
