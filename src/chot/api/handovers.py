"""What somebody who leaves made for other systems: the tokens go on, and should be renewed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chot.api.models import Client
from chot.people.handover import NOBODY, Holding, register


def register_all() -> None:
    """Said once, when the application starts."""
    register(
        Holding(
            kind="tokens", title=_("Tokens of other systems that the person made"), to=NOBODY,
            note=_("They go on working: renew them, for the person may know them."),
            rows=lambda leaver: Client.objects.filter(created_by=leaver.user, is_active=True) if leaver.user else Client.objects.none(),
            link=lambda _leaver: "/settings/api",
        )
    )  # fmt: skip
