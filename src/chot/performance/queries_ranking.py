"""Reads about places: what an agent may see of colleagues, and which places a page or a file may name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chot.people.models import Role, User
from chot.performance.models import PlanVersion, Run
from chot.performance.models_ranking import HiddenFromRanking, RankingRule
from chot.performance.queries import published
from chot.performance.queries_team import Light, Total, light, places, totals


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One line of the ranking as a colleague sees it; ``name`` is empty for one who hides."""

    place: int
    name: str
    team_id: str
    attainment: float | None
    own: bool


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An agent's place among everyone of the plan, and what may be seen of the others."""

    plan: PlanVersion
    place: int | None
    people: int
    own: Light
    peers: Sequence[Peer]
    teams: Sequence[Total]


def rule() -> RankingRule:
    """The company's rule; the careful one until it is set."""
    return RankingRule.objects.filter(pk=1).first() or RankingRule(pk=1)


def hides(agent_id: str) -> bool:
    """Whether the agent hides from colleagues."""
    return HiddenFromRanking.objects.filter(agent_id=agent_id).exists()


def standings(agent_id: str, period: str) -> list[Standing]:
    """The agent's place in each plan that pays it in the period; equal attainment is an equal place, nobody unmeasured has one."""
    given = rule()
    hidden = set(HiddenFromRanking.objects.values_list("agent_id", flat=True)) if given.opt_out else set[str]()
    everyone: dict[str, list[Light]] = {}
    own: dict[str, Light] = {}
    for (plan_id, agent), result in light(published().filter(run__period=period)).items():
        everyone.setdefault(plan_id, []).append(result)
        if agent == agent_id:
            own[plan_id] = result
    runs = Run.objects.select_related("plan").only("plan").in_bulk([each.run_id for each in own.values()])
    return [_standing(runs[each.run_id].plan, each, everyone[plan_id], given, hidden) for plan_id, each in own.items()]


def _standing(plan: PlanVersion, own: Light, results: Sequence[Light], given: RankingRule, hidden: set[str]) -> Standing:
    ranked = sorted((each for each in results if each.attainment is not None), key=lambda each: (-(each.attainment or 0), each.agent_id))
    place = places(ranked)
    peers = [
        Peer(
            place=place[each.agent_id], own=(mine := each.agent_id == own.agent_id), team_id=each.team_id, attainment=each.attainment,
            name="" if each.agent_id in hidden and not mine else each.name or each.agent_id,
        )
        for each in ranked
        if each.agent_id == own.agent_id or _seen(place[each.agent_id], given)
    ]  # fmt: skip
    return Standing(
        plan=plan, place=place.get(own.agent_id), people=len(ranked), own=own, peers=peers,
        teams=list(totals(results)) if given.shows == RankingRule.Shows.TEAMS else [],
    )  # fmt: skip


def _seen(place: int, given: RankingRule) -> bool:
    return given.shows == RankingRule.Shows.EVERYONE or (given.shows == RankingRule.Shows.TOP and place <= given.top)


def last_place_named(user: User) -> int | None:
    """The last place that a leader's page and file may name; None for whoever sees the whole company, 0 for none at all.

    A leader goes on seeing the figures of the own people: they are what coaching is about.
    """
    if user.role != Role.LEADER:
        return None
    given = rule()
    return {RankingRule.Shows.EVERYONE: None, RankingRule.Shows.TOP: given.top}.get(RankingRule.Shows(given.shows), 0)
