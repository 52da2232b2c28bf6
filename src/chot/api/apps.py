"""The app ``api``."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registered as ``api``."""

    name = "chot.api"
    label = "api"

    def ready(self) -> None:
        """What somebody who leaves made."""
        from chot.api import handovers

        handovers.register_all()
