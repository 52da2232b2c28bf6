"""Reads of campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chot.campaigns.models import Campaign
from chot.people.models import Role, User
from chot.people.queries import team_of

ADVERTISING = (Campaign.Purpose.ADVERTISING, Campaign.Purpose.SALES)
"""Purposes that the law takes for advertising."""


def campaigns(user: User, *, archived: bool = False) -> QuerySet[Campaign]:
    """The campaigns that the person may see: of a leader's team and everyone's, or all."""
    over = Q(status=Campaign.Status.ARCHIVED)
    rows = Campaign.objects.filter(over if archived else ~over)
    if user.role == Role.LEADER:
        return rows.filter(Q(teams=[]) | Q(teams__contains=[team_of(user.agent_id) or "-"]))
    return rows


def campaign_names() -> dict[str, str]:
    """What campaigns are called, by code; archived ones too."""
    return dict(Campaign.objects.values_list("code", "name"))


def campaign_choices(empty: Any, keep: str = "") -> Sequence[tuple[str, Any]]:
    """Choices of a form: nothing, the campaigns that are not archived, and ``keep``, the code that is chosen already."""
    rows = Campaign.objects.filter(~Q(status=Campaign.Status.ARCHIVED) | Q(code=keep))
    found = [(code, name if name == code else f"{name} ({code})") for code, name in rows.values_list("code", "name")]
    unknown = [(keep, _("%(code)s (not known)") % {"code": keep})] if keep and keep not in dict(found) else []
    return [("", empty), *found, *unknown]


def advertises(code: str) -> bool:
    """Whether every call of a campaign is an advertising call."""
    return bool(code) and Campaign.objects.filter(code=code, purpose__in=ADVERTISING).exists()
