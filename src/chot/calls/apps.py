"""The app ``calls``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    """Registered as ``calls``."""

    name = "chot.calls"
    label = "calls"

    def ready(self) -> None:
        """Whoever signs out leaves the phone behind; calls are part of a customer's course; dispositions to begin with."""
        from django.contrib.auth.signals import user_logged_out

        from chot.calls import dossier_calls, handovers, timeline_calls
        from chot.calls.actions_desk_phones import leave_desk_phone
        from chot.calls.actions_forget import erase_of_customers
        from chot.calls.actions_phones import take_phone
        from chot.calls.actions_telephony import send_to_every_node
        from chot.calls.models import Call
        from chot.calls.queries_current import current_call
        from chot.customers import current_calls, references, timeline
        from chot.people.notices import words
        from chot.switchboard import exchange

        def left(user: Any = None, **_named: Any) -> None:
            if user is not None and user.agent_id:
                take_phone(user.agent_id)
                leave_desk_phone(user)

        exchange.register(send_to_every_node)
        words({"queue.message": _("A caller of %(queue)s left a message.")})
        words({"queue.callback": _("A caller of %(queue)s asks to be called back.")})
        handovers.register_all()
        dossier_calls.register_all()
        words({"desk_phone.declined": _("Your desk phone did not call %(number)s: %(reason)s")})
        words({"callback.due": _("Call %(who)s again now.")})
        timeline.register("call", _("Calls"), timeline_calls.calls)
        references.register(Call)
        current_calls.register(current_call)
        references.on_erase("call_notes", erase_of_customers)
        post_migrate.connect(_defaults, sender=self, dispatch_uid="calls.defaults")
        user_logged_out.connect(left, dispatch_uid="phone of an agent", weak=False)


def _defaults(sender: AppConfig, **_named: Any) -> None:
    from chot.calls.actions_settings import load_defaults

    load_defaults()
