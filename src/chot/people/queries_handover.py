"""Reads for the hand-over of somebody who leaves."""

from __future__ import annotations

from dataclasses import dataclass

from chot.core import clock
from chot.people import handover
from chot.people.handover import ACCOUNT, NOBODY, Holding, Leaver
from chot.people.models import HandOver, Role, User
from chot.people.queries import team_of, working_on
from chot.people.queries_people import given_name_first
from chot.people.queries_teams import team_titles

Choice = tuple[str, str]


@dataclass(frozen=True)
class Held:
    """One kind with how many the leaver has, and who may take it."""

    holding: Holding
    count: int
    link: str
    choices: list[Choice]

    @property
    def given(self) -> bool:
        """Whether a colleague takes it."""
        return self.holding.to != NOBODY


def held_by(leaver: Leaver) -> list[Held]:
    """Everything that the person has, and what ends with the account; kinds of which there is nothing last."""
    agents, accounts = successors(leaver), _accounts(leaver)
    found = []
    for each in handover.holdings():
        choices = [] if each.to == NOBODY else _of_role(accounts, each) if each.to == ACCOUNT else agents
        count = each.count(leaver)
        found.append(Held(each, count, each.link(leaver) if each.link and count else "", choices))
    return sorted(found, key=lambda held: (not held.count, not held.given))


def successors(leaver: Leaver) -> list[Choice]:
    """Who works here today and does not leave: the own team first, by given name."""
    team = team_of(leaver.agent_id)
    rows = [row for row in working_on(clock.today()).filter(left_on=None) if row.agent_id != leaver.agent_id]
    rows.sort(key=lambda row: (row.team_id != team, given_name_first(row.name), row.agent_id))
    titles = team_titles()
    of = {row.agent_id: f", {titles[row.team_id]}" if row.team_id else "" for row in rows}
    return [(row.agent_id, f"{row.name} ({row.agent_id}{of[row.agent_id]})") for row in rows]


def _accounts(leaver: Leaver) -> list[User]:
    return list(User.objects.filter(is_active=True).exclude(agent_id=leaver.agent_id).order_by("name", "pk"))


def _of_role(accounts: list[User], holding: Holding) -> list[Choice]:
    fitting = [user for user in accounts if not holding.roles or user.role in holding.roles]
    return [(str(user.pk), f"{user.name} ({Role(user.role).label})") for user in fitting]


def hand_overs_of(agent_id: str) -> list[HandOver]:
    """What was handed over before, the latest first."""
    return list(HandOver.objects.select_related("by", "undone_by").filter(agent_id=agent_id)[:20])
