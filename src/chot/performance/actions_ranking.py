"""Writes: the rule of the ranking, and who hides from it."""

from __future__ import annotations

from django.db import transaction

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User
from chot.performance.models_ranking import HiddenFromRanking, RankingRule
from chot.performance.queries_ranking import rule


@transaction.atomic
def set_rule(*, shows: str, top: int, opt_out: bool, by: User, address: str | None = None) -> RankingRule:
    """Change what colleagues see of each other; the same rule again changes nothing."""
    RankingRule.objects.get_or_create(pk=1)
    found = RankingRule.objects.select_for_update().get(pk=1)
    before = {"shows": found.shows, "top": found.top, "opt_out": found.opt_out}
    after = {"shows": shows, "top": top, "opt_out": opt_out}
    if before == after:
        return found
    found.shows, found.top, found.opt_out = shows, top, opt_out
    found.full_clean()
    found.save()
    record("ranking.changed", "ranking", by=by, address=address, before=before, after=after)
    return found


@transaction.atomic
def hide(agent_id: str, *, hidden: bool, by: User, address: str | None = None) -> None:
    """Hide one's name from colleagues, or show it again; twice is once. Raises ``InputError`` where the company does not allow hiding."""
    if hidden and not rule().opt_out:
        raise InputError(Problem(what="the company does not let agents hide from the ranking"))
    if hidden:
        _row, changed = HiddenFromRanking.objects.get_or_create(agent_id=agent_id, defaults={"since": clock.now()})
    else:
        changed = bool(HiddenFromRanking.objects.filter(agent_id=agent_id).delete()[0])
    if changed:
        record("ranking.hidden" if hidden else "ranking.shown", f"agent:{agent_id}", by=by, address=address)
