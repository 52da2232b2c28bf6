"""The app ``customers``."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Registered as ``customers``."""

    name = "chot.customers"
    label = "customers"

    def ready(self) -> None:
        """What is known of a customer's course here; the tables that name customers; whose numbers may be looked at."""
        from chot.customers import handovers, queries, references, reminders, reminders_work, timeline_sources
        from chot.customers.models import CustomerPhone, Lead, Order, Ticket
        from chot.customers.rules import reveals
        from chot.people.masking import register
        from chot.people.models import User
        from chot.people.notices import words

        def may_see(user: User, pk: str) -> bool:
            row = CustomerPhone.objects.select_related("customer").filter(pk=pk).first() if pk.isdigit() else None
            return row is not None and reveals(user, row.customer)

        words({"work.given": _("%(who)s gave you: %(what)s"), "leads.given": _("%(who)s gave you %(count)s leads.")})
        words({**reminders.WORDS, **reminders_work.WORDS})
        timeline_sources.register_all()
        handovers.register_all()
        for model in (Lead, Order, Ticket):
            references.register(model)
        register("customer", queries.phone_of, may_see)
