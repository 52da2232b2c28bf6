"""Quotas and what is used of them, locked while they change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q

from chot.charges.models import Holder, Quota, QuotaPeriod, QuotaUse


@dataclass(frozen=True)
class Held:
    """A quota that a call counts against: its use in the running period, and its limit with what was granted on top."""

    use: QuotaUse
    limit_vnd: int

    @property
    def taken_vnd(self) -> int:
        """What is used or set aside."""
        return self.use.used_vnd + self.use.reserved_vnd

    @property
    def left_vnd(self) -> int:
        """What is neither used nor set aside; never negative."""
        return max(0, self.limit_vnd - self.taken_vnd)

    @property
    def percent(self) -> int:
        """How much is used or set aside, whole percent, rounded down; 100 for a quota of nothing."""
        return self.taken_vnd * 100 // self.limit_vnd if self.limit_vnd else 100


COMPANY = "company"
"""The one holder of the whole company's quota."""


def since_of(period: str, day: date) -> date:
    """The first day of the period that a day lies in."""
    return day if period == QuotaPeriod.DAY else day.replace(day=1)


def limits_of(agent_id: str, team_id: str, campaign_id: str) -> dict[tuple[str, str, str], int]:
    """The quotas that a call counts against: (holder, its id, period) -> đồng. A holder's own goes before everyone's."""
    whose = {Holder.AGENT: agent_id, Holder.TEAM: team_id, Holder.CAMPAIGN: campaign_id, Holder.COMPANY: COMPANY}
    asked = Q()
    for holder, holder_id in whose.items():
        asked |= Q(holder=holder, holder_id__in=("", holder_id)) if holder_id else Q(pk__in=())
    found: dict[tuple[str, str, str], int] = {}
    for row in Quota.objects.filter(asked).order_by("holder_id"):
        found[(row.holder, whose[Holder(row.holder)], row.period)] = row.limit_vnd  # everyone's ("") comes first, the own one replaces it
    return found


def lock(limits: dict[tuple[str, str, str], int], day: date) -> list[Held]:
    """The uses of those quotas in the periods of a day, made where missing and locked until the transaction ends, in one order."""
    keys = {(holder, holder_id, period, since_of(period, day)): limit for (holder, holder_id, period), limit in limits.items()}
    QuotaUse.objects.bulk_create(
        [QuotaUse(holder=holder, holder_id=holder_id, period=period, since=since) for holder, holder_id, period, since in keys],
        ignore_conflicts=True,
    )
    asked = Q(pk__in=())
    for holder, holder_id, period, since in keys:
        asked |= Q(holder=holder, holder_id=holder_id, period=period, since=since)
    rows = QuotaUse.objects.select_for_update().filter(asked).order_by("pk")
    return [Held(row, keys[(row.holder, row.holder_id, row.period, row.since)] + row.extra_vnd) for row in rows]


def limit_of(use: QuotaUse) -> int | None:
    """The limit that holds for a use now; None when the quota was taken away."""
    given = [use.holder_id if use.holder == each else "" for each in (Holder.AGENT, Holder.TEAM, Holder.CAMPAIGN)]
    return limits_of(*given).get((use.holder, use.holder_id, use.period))


def lock_again(uses: Sequence[int]) -> list[Held]:
    """Uses in which something is set aside, locked, with the limits that hold now; those without any are left out."""
    rows = QuotaUse.objects.select_for_update().filter(pk__in=uses).order_by("pk")
    return [Held(row, limit + row.extra_vnd) for row in rows if (limit := limit_of(row)) is not None]


def set_aside(uses: Sequence[int], vnd: int) -> None:
    """Set more aside in locked uses."""
    if vnd:
        QuotaUse.objects.filter(pk__in=uses).update(reserved_vnd=F("reserved_vnd") + vnd)


def hold(uses: Collection[int]) -> None:
    """Lock uses until the transaction ends, in the one order."""
    list(QuotaUse.objects.select_for_update().filter(pk__in=uses).order_by("pk").values_list("pk", flat=True))


def take_back(uses: Sequence[int], reserved_vnd: int, spent_vnd: int = 0) -> None:
    """What was set aside in locked uses is set free, and what was spent counts."""
    QuotaUse.objects.filter(pk__in=uses).update(reserved_vnd=F("reserved_vnd") - reserved_vnd, used_vnd=F("used_vnd") + spent_vnd)
