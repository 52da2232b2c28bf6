"""Notifications: who is told that a quota runs out, or that a brand name does."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from chot.charges.models import Brand, Holder, QuotaUse
from chot.charges.queries_quotas import holder_names
from chot.charges.quotas import Held, limit_of
from chot.core import clock
from chot.people.actions_notifications import notify
from chot.people.models import Role, User
from chot.people.queries import rows_on, team_of

WORDS = {
    "charges.quota_warning": _("%(percent)s %% of the charge quota of %(whose)s is used (%(left)s ₫ left)."),
    "charges.quota_lifted": _("%(who)s has lifted your charge quota until midnight."),
    "charges.quota_raised": _("%(who)s has granted you %(extra)s ₫ more for calls."),
    "charges.brand_expires": _("The brand name %(brand)s ends on %(day)s. Renew it in time: advertising calls stop without it."),
}
BRAND_DAYS = (60, 30, 7)


def warn(uses: Collection[int], percent: int) -> None:
    """Tell those concerned, once for each period, when so much of a quota is used or set aside."""
    for use in QuotaUse.objects.filter(pk__in=uses):
        limit = limit_of(use)
        held = Held(use, limit + use.extra_vnd) if limit is not None else None
        if held is None or held.percent < percent:
            continue
        told = {"percent": held.percent, "whose": _name(use), "left": f"{held.left_vnd:,}".replace(",", ".")}
        notify(_concerned(use), "charges.quota_warning", link="/charges/quotas", key=f"charges.quota:{use.pk}:{percent}", **told)


def remind_of_brands() -> int:
    """Warn 60, 30 and 7 days before a brand name ends, each time once; how many were told."""
    told, today = 0, clock.today()
    people = User.objects.filter(role__in=(Role.ADMIN, Role.MANAGER), is_active=True)
    for brand in Brand.objects.filter(enabled=True, valid_to__gte=today):
        left = (brand.valid_to - today).days
        step = min((days for days in BRAND_DAYS if left <= days), default=None)
        if step is not None:
            key = f"charges.brand:{brand.pk}:{brand.valid_to}:{step}"
            told += notify(people, "charges.brand_expires", link="/charges/brands", key=key, brand=brand.name, day=str(brand.valid_to))
    return told


def _name(use: QuotaUse) -> str:
    return holder_names(use.holder).get(use.holder_id, use.holder_id)


def _concerned(use: QuotaUse) -> Iterable[User]:
    """The agent and whoever leads the team; managers for a campaign, and for a team without a leader."""
    people = User.objects.filter(is_active=True)
    team_id = {Holder.AGENT: team_of(use.holder_id), Holder.TEAM: use.holder_id}.get(Holder(use.holder), "")
    members = rows_on(clock.today()).filter(team_id=team_id).values("agent_id") if team_id else ()
    leaders = people.filter(role=Role.LEADER, agent_id__in=members)
    found = [*leaders, *(people.filter(agent_id=use.holder_id) if use.holder == Holder.AGENT else ())]
    return found or people.filter(role=Role.MANAGER)
