"""Reads about teams: what they are called, who leads them, how many are in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q

from chot.core import clock
from chot.people.asked_once import once_a_request
from chot.people.models import AgentRow, Role, Team, User
from chot.people.queries import agent_names, team_of, working_on
from chot.people.queries_people import teams


@dataclass(frozen=True)
class TeamView:
    """A team on a day."""

    team_id: str
    name: str
    leader_id: str
    leader: str
    people: int


def teams_on(day: date) -> list[TeamView]:
    """Every team that is known or that somebody is in, by name."""
    rows = {
        row.team_id: row for row in Team.objects.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day))
    }
    people, names = Counter(working_on(day).values_list("team_id", flat=True)), agent_names()
    found = []
    for team_id in {*rows, *teams()}:
        row = rows.get(team_id)
        leader = row.leader_id if row else ""
        found.append(TeamView(team_id, row.name if row else team_id, leader, names.get(leader, leader), people[team_id]))
    return sorted(found, key=lambda team: (team.name, team.team_id))


class TeamTitles(dict[str, str]):
    """What teams are called, by id; one that nobody named is called by its id."""

    def __missing__(self, team_id: str) -> str:
        return team_id


@once_a_request
def team_titles(day: date | None = None) -> TeamTitles:
    """What each team is called on a day (today), or was last before: the only place that says so."""
    begun = Team.objects.filter(Q(valid_from=None) | Q(valid_from__lte=day or clock.today())).exclude(name="")
    return TeamTitles(begun.order_by(F("valid_from").asc(nulls_first=True)).values_list("team_id", "name"))


def leaders_of(agent_id: str) -> set[str]:
    """Who leads the agent's team today, and has an account as a leader in it."""
    team = team_of(agent_id)
    return leaders_by_team(clock.today()).get(team, set()) if team else set()


def leaders_by_team(day: date) -> dict[str, set[str]]:
    """Who leads each team on a day: whom the team names, and who has an account as a leader in it; agent ids."""
    named = Team.objects.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day)).exclude(leader_id="")
    accounts = User.objects.filter(role=Role.LEADER, is_active=True).exclude(agent_id="").values("agent_id")
    members = working_on(day).filter(agent_id__in=accounts).exclude(team_id="")
    found: dict[str, set[str]] = defaultdict(set)
    for team, leader in [*named.values_list("team_id", "leader_id"), *members.values_list("team_id", "agent_id")]:
        found[team].add(leader)
    return dict(found)


def plan_roles() -> list[str]:
    """Every role in plans that somebody ever had."""
    return list(AgentRow.objects.exclude(plan_role="").values_list("plan_role", flat=True).distinct().order_by("plan_role"))
