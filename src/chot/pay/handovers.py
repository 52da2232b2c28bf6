"""What is open about pay with somebody who leaves: nothing of it is handed over, all of it is seen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chot.pay.models import Dispute, PayAdjustment
from chot.people.handover import NOBODY, Holding, register


def register_all() -> None:
    """Said once, when the application starts."""
    register(
        Holding(
            kind="questions", title=_("Own questions about pay"), to=NOBODY, note=_("Payroll answers them before the last pay."),
            rows=lambda leaver: Dispute.objects.filter(agent_id=leaver.agent_id, state=Dispute.State.OPEN),
            link=lambda _leaver: "/disputes",
        ),
        Holding(
            kind="adjustments", title=_("Adjustments proposed"), to=NOBODY, note=_("A second person decides; payroll may withdraw them."),
            rows=lambda leaver: PayAdjustment.objects.filter(proposed_by=leaver.user, state=PayAdjustment.State.PROPOSED)
            if leaver.user
            else PayAdjustment.objects.none(),
            link=lambda _leaver: "/pay",
        ),
    )  # fmt: skip
