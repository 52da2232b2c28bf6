"""Writes: quotas, and lifting one for a while with a reason."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chot.charges import quotas
from chot.charges.models import Quota, QuotaUse
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.actions_notifications import notify
from chot.people.audit import record
from chot.people.models import User

MOST_EXTRA = 100_000_000
"""What may be granted at once, in đồng: a slip of the finger stops here."""


def save_quota(row: Quota, *, by: User, address: str | None) -> Quota:
    """Add or change a quota; calls under way keep what was set aside. Raises ``InputError`` for a second one of the same kind."""
    try:
        with transaction.atomic():
            before = Quota.objects.select_for_update().filter(pk=row.pk).first() if row.pk else None
            row.save()
            record("quota.saved", _subject(row), by=by, address=address, before=_told(before), after=_told(row))
    except IntegrityError:
        fix = _("Change that one instead.")
        raise InputError(Problem(field="holder_id", what=_("There is such a quota already"), fix=fix)) from None
    return row


@transaction.atomic
def delete_quota(pk: int, *, by: User, address: str | None) -> None:
    """The limit holds no longer; what was used stays known."""
    row = Quota.objects.select_for_update().get(pk=pk)
    record("quota.deleted", _subject(row), by=by, address=address, before=_told(row))
    row.delete()


@transaction.atomic
def lift_quota(holder: str, holder_id: str, period: str, *, extra_vnd: int, why: str, by: User, address: str | None) -> QuotaUse:
    """Grant ``extra_vnd`` on top of the running period; 0: no limit until midnight. Raises ``InputError`` without a limit to lift."""
    now = clock.now()
    if not 0 <= extra_vnd <= MOST_EXTRA:
        raise InputError(Problem(field="extra_vnd", what=_("At most 100,000,000 ₫ are granted at once"), fix=_("Raise the quota itself.")))
    key = {"holder": holder, "holder_id": holder_id, "period": period, "since": quotas.since_of(period, clock.today())}
    QuotaUse.objects.bulk_create([QuotaUse(**key)], ignore_conflicts=True)
    use = QuotaUse.objects.select_for_update().get(**key)
    if quotas.limit_of(use) is None:
        raise InputError(Problem(what=_("There is no quota to lift"), fix=_("Look at the list again.")))
    before = {"extra": use.extra_vnd, "until": _moment(use.lifted_until) if use.lifted(now) else ""}
    if extra_vnd:
        use.extra_vnd += extra_vnd
        if not use.lifted(now):
            use.lifted_at = use.lifted_until = now  # told in the list, and lifts nothing
    else:
        use.lifted_at, use.lifted_until = now, midnight_after(now)
    use.lifted_by, use.lifted_why = by, why
    use.save()
    after = {"extra": use.extra_vnd, "until": _moment(use.lifted_until) if use.lifted(now) else "", "why": why}
    record("quota.lifted", f"quota:{holder}:{holder_id}:{period}", by=by, address=address, before=before, after=after)
    if holder == "agent":
        people = User.objects.filter(agent_id=holder_id, is_active=True)
        told = {"who": by.name, "extra": f"{extra_vnd:,}".replace(",", ".")}
        kind = "charges.quota_raised" if extra_vnd else "charges.quota_lifted"
        notify(people, kind, link="/desk", key=f"{kind}:{use.pk}:{now.isoformat()}", **told)
    return use


def midnight_after(now: datetime) -> datetime:
    """The end of the day of a moment, in the company's zone."""
    day = now.astimezone(clock.ZONE).date() + timedelta(days=1)
    return datetime.combine(day, time(), clock.ZONE)


def _moment(at: datetime | None) -> str:
    return at.astimezone(clock.ZONE).isoformat(timespec="minutes") if at else ""


def _subject(row: Quota) -> str:
    return f"quota:{row.holder}:{row.holder_id or '*'}:{row.period}"


def _told(row: Quota | None) -> dict[str, Any] | None:
    return {"limit": row.limit_vnd} if row else None
