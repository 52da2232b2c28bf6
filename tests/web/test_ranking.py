"""Places among colleagues: as much as the company's rule shows, never pay, and always one's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client

from chot.people.models import AuditEntry, User
from chot.people.queries import team_of
from chot.people.templatetags.figures import vnd
from chot.performance.actions_ranking import set_rule
from chot.performance.models import Result
from chot.performance.models_ranking import HiddenFromRanking, RankingRule

SignIn = Callable[[str], Client]
URL, PERIOD = "/ranking", {"period": "2026-10"}


@pytest.fixture
def manager(db: None) -> User:
    """Who sets the rule."""
    return User.objects.get(username="manager")


@pytest.fixture
def everyone(agent: str) -> list[Result]:
    """All results of the agent's plan, best first."""
    own = Result.objects.select_related("run").get(agent_id=agent, run__period="2026-10")
    return sorted(own.run.results.exclude(attainment=None), key=lambda each: -(each.attainment or 0))


def _peers(client: Client) -> list[tuple[int, str]]:
    standing = client.get(URL, PERIOD).context["standings"][0]
    return [(peer.place, peer.name) for peer in standing.peers]


@pytest.mark.parametrize(("shows", "top"), [("everyone", 3), ("top", 2), ("own", 3), ("teams", 3)])
def test_rule_decides_what_colleagues_see(sign_in: SignIn, manager: User, agent: str, everyone: list[Result], shows: str, top: int) -> None:
    """Everyone, the first places and the own one, the own one, or team averages."""
    set_rule(shows=shows, top=top, opt_out=True, by=manager)
    answer = sign_in(agent).get(URL, PERIOD)
    standing = answer.context["standings"][0]
    own = [each.agent_id for each in everyone].index(agent) + 1
    assert (standing.place, standing.people) == (own, len(everyone))
    expected = {"everyone": set(range(1, len(everyone) + 1)), "top": {*range(1, top + 1), own}}.get(shows, {own})
    assert {peer.place for peer in standing.peers} == expected
    assert bool(standing.teams) == (shows == "teams")
    said = answer.content.decode()
    assert not any(vnd(each.variable_vnd) in said for each in everyone if each.variable_vnd)
    hidden = [each for place, each in enumerate(everyone, start=1) if place not in expected]
    assert not any(each.name in said or each.agent_id in said for each in hidden)


def test_until_it_is_set_one_sees_oneself(sign_in: SignIn, agent: str) -> None:
    """The careful rule is the first one."""
    assert len(_peers(sign_in(agent))) == 1


def test_hidden_name_is_hidden_from_colleagues_and_not_from_oneself(
    sign_in: SignIn, manager: User, agent: str, everyone: list[Result]
) -> None:
    """The place stays, the name goes; twice is once; where hiding is not allowed it has no effect."""
    set_rule(shows="everyone", top=3, opt_out=True, by=manager)
    colleague = next(each for each in everyone if each.agent_id != agent)
    shy = sign_in(colleague.agent_id)
    for _again in range(2):
        assert shy.post(f"{URL}/visibility", {"hidden": "1"}).status_code == 302
    assert AuditEntry.objects.filter(action="ranking.hidden").count() == 1
    page = sign_in(agent).get(URL, PERIOD).content.decode()
    assert colleague.name not in page and len(_peers(sign_in(agent))) == len(everyone)
    assert colleague.name in [name for _place, name in _peers(shy)]
    set_rule(shows="everyone", top=3, opt_out=False, by=manager)
    assert colleague.name in [name for _place, name in _peers(sign_in(agent))]
    HiddenFromRanking.objects.all().delete()
    assert shy.post(f"{URL}/visibility", {"hidden": "1"}).status_code == 403
    assert not HiddenFromRanking.objects.exists()


def test_leader_reads_the_places_that_the_rule_names(sign_in: SignIn, manager: User, agent: str) -> None:
    """In the page and in the file; the figures stay, the manager sees all places."""
    leader = next(user for user in User.objects.filter(role="leader") if team_of(user.agent_id) == team_of(agent))
    for shows, most in (("everyone", None), ("top", 1), ("own", 0), ("teams", 0)):
        set_rule(shows=shows, top=1, opt_out=True, by=manager)
        text = sign_in(leader.username).get("/team", {**PERIOD, "export": "csv"}).content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))[1:]
        named = [int(row[1]) for row in rows if row[1]]
        assert len(named) == len(rows) if most is None else all(place <= most for place in named)
        everyone = list(csv.reader(io.StringIO(sign_in("manager").get("/team", {**PERIOD, "export": "csv"}).content.decode("utf-8-sig"))))[1:]
        assert all(row[1] for row in everyone)
        rows_shown = [row for section in sign_in(leader.username).get("/team", PERIOD).context["sections"] for row in section.rows]
        if most is not None:
            assert [row.result.agent_id for row in rows_shown] == [
                row.result.agent_id for row in sorted(rows_shown, key=lambda row: [*row.result.name.split()[-1:], row.result.name])
            ]


def test_rule_is_kept_in_the_audit_trail_and_once(sign_in: SignIn) -> None:
    """The form changes it; the same again writes nothing; nonsense is refused with words."""
    client = sign_in("manager")
    for _again in range(2):
        assert client.post(f"{URL}/rule", {"shows": "top", "top": "5", "opt_out": "on"}).status_code == 302
    rule = RankingRule.objects.get()
    assert (rule.shows, rule.top, rule.opt_out) == ("top", 5, True)
    entry = AuditEntry.objects.get(action="ranking.changed")
    assert (entry.before, entry.after) == ({"shows": "own", "top": 3, "opt_out": True}, {"shows": "top", "top": 5, "opt_out": True})
    assert client.post(f"{URL}/rule", {"shows": "all", "top": "0"}).status_code == 200
    assert RankingRule.objects.get().top == 5
