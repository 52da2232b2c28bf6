"""What somebody who leaves has in hand among goals and plans."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chot.people.handover import ACCOUNT, Holding, register
from chot.people.models import Role
from chot.performance.models import Goal, PlanVersion


def register_all() -> None:
    """Said once, when the application starts."""
    register(
        Holding(
            kind="goals", title=_("Goals answered for"), to=ACCOUNT, field="owner_id",
            roles=frozenset({Role.MANAGER, Role.LEADER, Role.QUALITY}), rows=lambda leaver: Goal.objects.filter(owner=leaver.user),
            link=lambda _leaver: "/goals",
        ),
        Holding(
            kind="plans", title=_("Drafts of plans"), to=ACCOUNT, field="author_id", roles=frozenset({Role.MANAGER}),
            rows=lambda leaver: PlanVersion.objects.filter(author=leaver.user, state=PlanVersion.State.DRAFT),
            link=lambda _leaver: "/plans",
        ),
    )  # fmt: skip
