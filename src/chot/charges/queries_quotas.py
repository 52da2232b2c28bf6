"""Reads of quotas: how much of each is used, set aside and left in the running period, and who may lift it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from chot.campaigns.queries import campaign_names
from chot.charges.models import Holder, Quota, QuotaPeriod, QuotaUse
from chot.charges.quotas import COMPANY, Held, limits_of, since_of
from chot.charges.refusals import rules
from chot.core import clock
from chot.people.models import Role, User
from chot.people.queries import agent_names, rows_on, team_of, working_on
from chot.people.queries_teams import team_titles


@dataclass(frozen=True, kw_only=True)
class QuotaLine:
    """One holder's quota in its running period.

    ``own`` is the quota of this holder alone, if there is one; ``may_lift`` the reader's right.
    """

    holder: str
    holder_id: str
    period: str
    name: str
    team: str
    held: Held
    own: int | None
    lifted: bool
    warn_percent: int
    may_lift: bool = False

    @property
    def used_share(self) -> Fraction:
        """How much of the limit is spent."""
        return self._share(self.held.use.used_vnd)

    @property
    def taken_share(self) -> Fraction:
        """How much of the limit is spent or set aside."""
        return self._share(self.held.taken_vnd)

    @property
    def state(self) -> str:
        """``lifted``, ``blocked``, ``warn`` or ``good``."""
        if self.lifted:
            return "lifted"
        if self.held.left_vnd == 0:
            return "blocked"
        return "warn" if self.held.percent >= self.warn_percent else "good"

    def _share(self, vnd: int) -> Fraction:
        return Fraction(vnd, self.held.limit_vnd) if self.held.limit_vnd else Fraction(1)


def quota_lines(user: User, holder: str, period: str) -> list[QuotaLine]:
    """The quotas of one kind that the person may see, those nearest to their end first."""
    today = clock.today()
    named = _holders(user, holder, today)
    quotas = {row.holder_id: row for row in Quota.objects.filter(holder=holder, period=period)}
    everyones = quotas.get("")
    limits = {each: quotas.get(each, everyones) for each in named}
    wanted = {each: quota for each, quota in limits.items() if quota is not None}
    uses = _uses(holder, wanted, period, today)
    now, percent = clock.now(), rules().warn_percent
    found = [
        QuotaLine(
            holder=holder, holder_id=each, period=period, name=named[each][0], team=named[each][1], warn_percent=percent,
            held=Held(uses[each], quota.limit_vnd + uses[each].extra_vnd), own=quota.pk if quota.holder_id else None,
            lifted=uses[each].lifted(now), may_lift=_may_lift(user, holder, each),
        )
        for each, quota in wanted.items()
    ]  # fmt: skip
    return sorted(found, key=lambda line: (-line.taken_share, line.name.split()[-1:], line.name))


def own_quotas(agent_id: str) -> list[QuotaLine]:
    """The quotas that an agent's next call without a campaign counts against, the tightest first."""
    today, now, team = clock.today(), clock.now(), team_of(agent_id)
    limits = limits_of(agent_id, team, "")
    names = holder_names(Holder.TEAM) if any(key[0] == Holder.TEAM for key in limits) else {}
    percent = rules().warn_percent if limits else 0
    found = []
    for (holder, holder_id, period), limit in limits.items():
        use = _uses(holder, [holder_id], period, today)[holder_id]
        found.append(
            QuotaLine(
                holder=holder, holder_id=holder_id, period=period, team=team, own=None,
                name=names.get(holder_id, holder_id if holder == Holder.TEAM else ""),
                held=Held(use, limit + use.extra_vnd), lifted=use.lifted(now), warn_percent=percent,
            )
        )  # fmt: skip
    return sorted(found, key=lambda line: (line.lifted, line.held.left_vnd))


def who_lifts(line: QuotaLine) -> list[str]:
    """The names of those who may lift a quota: the team's leaders for an agent's, else the managers."""
    people = User.objects.filter(is_active=True)
    if line.holder == Holder.AGENT and line.team:
        members = rows_on(clock.today()).filter(team_id=line.team).values("agent_id")
        leaders = people.filter(role=Role.LEADER, agent_id__in=members).exclude(agent_id=line.holder_id)
        if found := list(leaders.values_list("name", flat=True)):
            return found
    return list(people.filter(role=Role.MANAGER).values_list("name", flat=True)[:3])


def last_lifts(user: User, limit: int = 20) -> list[QuotaUse]:
    """What was lifted or granted lately, for those who may see all of it."""
    if user.role == Role.LEADER:
        return []
    return list(QuotaUse.objects.exclude(lifted_why="").select_related("lifted_by").order_by("-lifted_at", "-pk")[:limit])


def holder_names(holder: str) -> dict[str, str]:
    """What holders of a kind are called."""
    if holder == Holder.AGENT:
        return agent_names()
    if holder == Holder.CAMPAIGN:
        return campaign_names()
    if holder == Holder.COMPANY:
        return {COMPANY: str(Holder.COMPANY.label)}
    return dict(team_titles()) if holder == Holder.TEAM else {}


def _may_lift(user: User, holder: str, holder_id: str) -> bool:
    """``lifts_quota`` of a holder whom the person sees, without asking for each."""
    own = holder == Holder.AGENT and holder_id == user.agent_id
    return not own and (user.role == Role.MANAGER or (user.role == Role.LEADER and holder == Holder.AGENT))


def _holders(user: User, holder: str, today: date) -> dict[str, tuple[str, str]]:
    """The holders that the person may see: their id, name and team."""
    names = holder_names(holder)
    if holder == Holder.COMPANY:
        return {} if user.role == Role.LEADER else {COMPANY: (str(Holder.COMPANY.label), "")}
    if holder == Holder.CAMPAIGN:
        if user.role == Role.LEADER:
            return {}
        ids = {*Quota.objects.filter(holder=holder).exclude(holder_id="").values_list("holder_id", flat=True)}
        ids |= {*QuotaUse.objects.filter(holder=holder, since__gte=since_of(QuotaPeriod.MONTH, today)).values_list("holder_id", flat=True)}
        return {each: (names.get(each, each), "") for each in ids}
    rows = working_on(today)
    if user.role == Role.LEADER:
        rows = rows.filter(team_id=team_of(user.agent_id) or None)
    pairs = dict(rows.values_list("agent_id", "team_id"))
    if holder == Holder.AGENT:
        return {each: (names.get(each, each), team) for each, team in pairs.items()}
    return {team: (names.get(team, team), team) for team in set(pairs.values()) if team}


def _uses(holder: str, ids: Iterable[str], period: str, today: date) -> Mapping[str, QuotaUse]:
    """The use of each holder in the running period; one of nothing where no call was made yet."""
    since, wanted = since_of(period, today), list(ids)
    rows = QuotaUse.objects.filter(holder=holder, holder_id__in=wanted, period=period, since=since).select_related("lifted_by")
    found = {row.holder_id: row for row in rows}
    return {each: found.get(each) or QuotaUse(holder=holder, holder_id=each, period=period, since=since) for each in wanted}

