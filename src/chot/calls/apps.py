"""The app ``calls``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Registered as ``calls``."""

    name = "chot.calls"
    label = "calls"

    def ready(self) -> None:
        """Whoever signs out leaves the phone behind."""
        from django.contrib.auth.signals import user_logged_out

        from chot.calls.actions_phones import take_phone

        def left(user: Any = None, **_named: Any) -> None:
            if user is not None and user.agent_id:
                take_phone(user.agent_id)

        user_logged_out.connect(left, dispatch_uid="phone of an agent", weak=False)
